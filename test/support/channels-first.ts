/** Convolution as ONNX defines it, channels-first and loop by loop: an independent reference for the frontend. */

export interface ReferenceConvolution {
  readonly input: readonly [channels: number, height: number, width: number];
  readonly filters: readonly [outputs: number, inputs: number, height: number, width: number];
  readonly group?: number;
  readonly stride?: number;
  /** Top, left, bottom, right. */
  readonly pads?: readonly [number, number, number, number];
}

/** Output values, [outputs, h, w] flattened. */
export function convolve(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  b: ArrayLike<number> | null,
  { input, filters, group = 1, stride = 1, pads = [0, 0, 0, 0] }: ReferenceConvolution,
): number[] {
  const [, height, width] = input;
  const [outputs, inputs, kh, kw] = filters;
  const outHeight = Math.floor((height + pads[0] + pads[2] - kh) / stride) + 1;
  const outWidth = Math.floor((width + pads[1] + pads[3] - kw) / stride) + 1;
  const at = (c: number, row: number, column: number): number =>
    row < 0 || column < 0 || row >= height || column >= width ? 0 : x[(c * height + row) * width + column]!;
  const result: number[] = [];
  for (let o = 0; o < outputs; o += 1) {
    const first = Math.floor(o / (outputs / group)) * inputs;
    for (let p = 0; p < outHeight * outWidth; p += 1) {
      const [row, column] = [Math.floor(p / outWidth) * stride - pads[0], (p % outWidth) * stride - pads[1]];
      let sum = b?.[o] ?? 0;
      for (let t = 0; t < inputs * kh * kw; t += 1) {
        const [c, i, j] = [Math.floor(t / (kh * kw)), Math.floor(t / kw) % kh, t % kw];
        sum += at(first + c, row + i, column + j) * w[o * inputs * kh * kw + t]!;
      }
      result.push(sum);
    }
  }
  return result;
}
