/**
 * Weights from the channels-first layout that PyTorch and ONNX share, [outputs, inputs / groups, height, width], into the
 * layouts of snug's operators.
 */

/** [outputs, inputs of one group, kernel height, kernel width]. */
export type TorchFilterShape = readonly [outputs: number, inputs: number, height: number, width: number];

/** OIHW to OHWI, the layout of `conv2d`. */
export function filtersFromTorch(
  values: Float32Array,
  [outputs, inputs, height, width]: TorchFilterShape,
): Float32Array {
  const taps = height * width;
  const result = new Float32Array(values.length);
  let from = 0;
  for (let o = 0; o < outputs; o += 1) {
    for (let i = 0; i < inputs; i += 1) {
      for (let tap = 0; tap < taps; tap += 1, from += 1) result[(o * taps + tap) * inputs + i] = values[from]!;
    }
  }
  return result;
}

/** O1HW to 1HWO, the layout of `depthwiseConv2d`; with a channel multiplier, outputs of one input lie side by side. */
export function depthwiseFromTorch(values: Float32Array, [outputs, , height, width]: TorchFilterShape): Float32Array {
  const taps = height * width;
  const result = new Float32Array(values.length);
  let from = 0;
  for (let o = 0; o < outputs; o += 1) {
    for (let tap = 0; tap < taps; tap += 1, from += 1) result[tap * outputs + o] = values[from]!;
  }
  return result;
}
