/**
 * batchNorm: inference-time batch normalization (Ioffe and Szegedy 2015, algorithm 2), per channel:
 *
 *   out = gamma · (in − mean) / sqrt(variance + epsilon) + beta
 *
 * It exists in float graphs only: `fold-batch-norm` turns it into the weights and bias of the convolution before it.
 */
import { mapShape } from '../ir/shape.ts';
import { macs } from '../ir/units.ts';
import type { FloatOperator } from './operator.ts';

/** Each parameter has one value for each channel. */
export interface BatchNorm {
  readonly attributes: { readonly epsilon: number };
  readonly float: {
    readonly gamma: Float32Array;
    readonly beta: Float32Array;
    readonly mean: Float32Array;
    readonly variance: Float32Array;
  };
  readonly quantized: never;
}

/** The same as one factor and one offset per channel, in double precision: out = in · factor + offset. */
export function asAffine(
  { epsilon }: BatchNorm['attributes'],
  { gamma, beta, mean, variance }: BatchNorm['float'],
): { readonly factor: Float64Array; readonly offset: Float64Array } {
  const factor = Float64Array.from(gamma, (value, c) => value / Math.sqrt(variance[c]! + epsilon));
  const offset = Float64Array.from(beta, (value, c) => value - mean[c]! * factor[c]!);
  return { factor, offset };
}

export const batchNorm: FloatOperator<BatchNorm> = {
  inputs: 1,
  outputShape: (_attributes, [input = []]) => input,
  parameterShapes(_attributes, [input = []]) {
    const shape = [mapShape(input).channels];
    return { gamma: shape, beta: shape, mean: shape, variance: shape };
  },
  macs: () => macs(0),
  runFloat({ attributes, parameters, inputs: [input], output }) {
    const { factor, offset } = asAffine(attributes, parameters);
    const channels = factor.length;
    for (let i = 0; i < output.data.length; i += 1) {
      const c = i % channels;
      output.data[i] = input!.data[i]! * factor[c]! + offset[c]!;
    }
  },
};
