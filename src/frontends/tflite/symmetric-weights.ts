/**
 * Integer weights of a file as symmetric int8. Files of today hold them so; those of 2018 hold uint8 with a zero point and one
 * scale, which is exact where the values fit around it and takes a scale for each output channel where they do not.
 */
import { clamp, roundAwayFromZero } from '../../numerics/fixed-point.ts';
import { type ChannelAxis, type ConvolutionIntegers, channelWeights } from '../../ops/convolution-quantization.ts';
import type { FileTensor } from './tensors.ts';
import { integersOf } from './values.ts';

const INT8_MIN = -128;
const WEIGHT_MAX = 127;
const INT32_MAX = 2 ** 31 - 1;

/** Integers for snug, and whether they stand for the very numbers of the file. */
export interface SymmetricWeights extends ConvolutionIntegers {
  readonly exact: boolean;
}

/** A channel's weights around their zero point, and its bias, under a scale that they fit. */
interface Channel {
  readonly weights: readonly number[];
  readonly bias: number;
  readonly scale: number;
  readonly exact: boolean;
}

function symmetricChannel(centred: readonly number[], bias: number, scale: number): Channel {
  const largest = centred.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (centred.every(value => value >= INT8_MIN && value <= WEIGHT_MAX)) {
    return { weights: centred, bias, scale, exact: true };
  }
  const factor = largest / WEIGHT_MAX;
  return {
    weights: centred.map(value => roundAwayFromZero(value / factor)),
    bias: clamp(roundAwayFromZero(bias / factor), -INT32_MAX, INT32_MAX),
    scale: scale * factor,
    exact: false,
  };
}

/**
 * Weights of int8 or uint8 and a bias of int32 as snug takes them; null where scales and channels do not fit together. Int8
 * weights without zero points are a view of the file and no copy.
 */
export function symmetricWeights(
  tensor: FileTensor,
  bias: FileTensor | null,
  axis: ChannelAxis,
): SymmetricWeights | null {
  const { quantization, type, shape } = tensor;
  const values = type === 'INT8' || type === 'UINT8' ? integersOf(tensor) : null;
  const dimension = axis === 'first' ? 0 : shape.length - 1;
  const channels = shape[dimension] ?? 0;
  const biases = bias === null ? new Int32Array(channels) : bias.type === 'INT32' ? integersOf(bias) : null;
  if (values === null || quantization === null || biases?.length !== channels) return null;
  const { scales, zeroPoints } = quantization;
  if (scales.length !== 1 && (scales.length !== channels || quantization.axis !== dimension)) return null;
  const of = (list: readonly number[], channel: number): number => list[list.length === 1 ? 0 : channel]!;
  const weightScales = Float64Array.from({ length: channels }, (_, channel) => of(scales, channel));
  if (type === 'INT8' && zeroPoints.every(zeroPoint => zeroPoint === 0)) {
    return { weights: values as Int8Array, weightScales, bias: Int32Array.from(biases), exact: true };
  }
  const weights = new Int8Array(values.length);
  const symmetricBias = new Int32Array(channels);
  let exact = true;
  for (let channel = 0; channel < channels; channel += 1) {
    const { first, step, count } = channelWeights(values.length, channels, channel, axis);
    const centred = Array.from({ length: count }, (_, i) => values[first + i * step]! - of(zeroPoints, channel));
    const symmetric = symmetricChannel(centred, biases[channel]!, of(scales, channel));
    for (const [i, value] of symmetric.weights.entries()) weights[first + i * step] = value;
    symmetricBias[channel] = symmetric.bias;
    weightScales[channel] = symmetric.scale;
    exact &&= symmetric.exact;
  }
  return { weights, weightScales, bias: symmetricBias, exact };
}
