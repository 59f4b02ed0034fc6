/**
 * Weights into the layouts of snug's operators: from the channels-first layout that PyTorch and ONNX share, [outputs,
 * inputs / groups, height, width], and from TensorFlow's, which has the outputs last. TensorFlow's depthwise filters,
 * [height, width, channels, multiplier], lie as snug's 1HWC do.
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

/** [rows, columns] to [columns, rows]. */
function transposed(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  const result = new Float32Array(values.length);
  let from = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, from += 1) result[column * rows + row] = values[from]!;
  }
  return result;
}

/** O1HW to 1HWO, the layout of `depthwiseConv2d`; with a channel multiplier, outputs of one input lie side by side. */
export function depthwiseFromTorch(values: Float32Array, [, , height, width]: TorchFilterShape): Float32Array {
  return transposed(values, height * width);
}

/** [...taps and inputs, outputs] to [outputs, ...taps and inputs]: HWIO to OHWI, and the matrix of a dense layer. */
export function outputsFirst(values: Float32Array, outputs: number): Float32Array {
  return transposed(values, outputs);
}
