/**
 * Convolution by its definition over a padded copy, for float and for int8 in unbounded integers. It shares no code with
 * `src/ops`, which clip windows, gather rows and multiply matrices.
 */
import type { Quantization } from '../../src/ir/quantization.ts';
import type { Shape } from '../../src/ir/shape.ts';
import type { ExplicitPadding } from '../../src/ops/window.ts';
import { exactClamp, exactRequantize } from './fixed-point-oracle.ts';

export interface NaiveConvolution {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: ExplicitPadding;
  readonly outputChannels: number;
  /** Input channels that output channel `o` sees, with the index of each one's weight for tap (i, j). */
  readonly sees: (o: number) => readonly number[];
  readonly weightIndex: (o: number, i: number, j: number, place: number) => number;
}

/** Which inputs and weights an output channel is made of. */
export type Wiring = Pick<NaiveConvolution, 'outputChannels' | 'sees' | 'weightIndex'>;

export interface QuantizedConstants {
  readonly weights: Int8Array;
  readonly bias: Int32Array;
  readonly multipliers: Int32Array;
  readonly shifts: Int32Array;
  readonly activation: { readonly min: number; readonly max: number };
}

/** TensorFlow's "SAME" as its documentation words it, one axis. */
export function samePadding(input: number, kernel: number, stride: number): readonly [number, number] {
  const total = Math.max(input % stride === 0 ? kernel - stride : kernel - (input % stride), 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

export function grouped(inputs: number, outputs: number, groups: number, kernel: readonly [number, number]): Wiring {
  const depth = inputs / groups;
  return {
    outputChannels: outputs,
    sees: (o: number) => Array.from({ length: depth }, (_, c) => Math.floor(o / (outputs / groups)) * depth + c),
    weightIndex: (o: number, i: number, j: number, c: number) => ((o * kernel[0] + i) * kernel[1] + j) * depth + c,
  };
}

export function depthwise(inputs: number, multiplier: number, kernel: readonly [number, number]): Wiring {
  const outputs = inputs * multiplier;
  return {
    outputChannels: outputs,
    sees: (o: number) => [Math.floor(o / multiplier)],
    weightIndex: (o: number, i: number, j: number) => (i * kernel[1] + j) * outputs + o,
  };
}

function sumsOf<T>(
  convolution: NaiveConvolution,
  [, height = 0, width = 0, channels = 0]: Shape,
  data: ArrayLike<number>,
  outside: number,
  sum: (terms: readonly (readonly [value: number, weight: number])[], o: number) => T,
): T[] {
  const { kernel, stride, padding, outputChannels, sees, weightIndex } = convolution;
  const paddedHeight = height + padding.top + padding.bottom;
  const paddedWidth = width + padding.left + padding.right;
  const at = (y: number, x: number, c: number): number => {
    const [row, column] = [y - padding.top, x - padding.left];
    const inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? data[(row * width + column) * channels + c]! : outside;
  };
  const results: T[] = [];
  for (let y = 0; y + kernel[0] <= paddedHeight; y += stride[0]) {
    for (let x = 0; x + kernel[1] <= paddedWidth; x += stride[1]) {
      for (let o = 0; o < outputChannels; o += 1) {
        const terms: [number, number][] = [];
        for (let i = 0; i < kernel[0]; i += 1) {
          for (let j = 0; j < kernel[1]; j += 1) {
            sees(o).forEach((c, place) => {
              terms.push([at(y + i, x + j, c), weightIndex(o, i, j, place)]);
            });
          }
        }
        results.push(sum(terms, o));
      }
    }
  }
  return results;
}

export function naiveFloat(
  convolution: NaiveConvolution,
  input: { readonly shape: Shape; readonly data: Float32Array },
  { weights, bias }: { readonly weights: Float32Array; readonly bias: Float32Array },
  [min, max]: readonly [number, number] = [-Infinity, Infinity],
): number[] {
  return sumsOf(convolution, input.shape, input.data, 0, (terms, o) => {
    const sum = terms.reduce((total, [value, weight]) => total + value * weights[weight]!, bias[o]!);
    return Math.min(Math.max(sum, min), max);
  });
}

export function naiveInt8(
  convolution: NaiveConvolution,
  input: { readonly shape: Shape; readonly data: Int8Array; readonly quantization: Quantization },
  { weights, bias, multipliers, shifts, activation }: QuantizedConstants,
  outputZeroPoint: number,
): number[] {
  const { zeroPoint } = input.quantization;
  return sumsOf(convolution, input.shape, input.data, zeroPoint, (terms, o) => {
    const acc = terms.reduce(
      (total, [value, weight]) => total + BigInt(value - zeroPoint) * BigInt(weights[weight]!),
      BigInt(bias[o]!),
    );
    return exactClamp(exactRequantize(acc, multipliers[o]!, shifts[o]!) + BigInt(outputZeroPoint), activation);
  });
}
