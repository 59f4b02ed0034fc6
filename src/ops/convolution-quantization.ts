/**
 * What the convolutions and the fully connected operator share in quantization: symmetric int8 weights with one scale per
 * output channel, an int32 bias, one fixed-point factor per output channel, and the proof that no int32 sum overflows.
 * Source: TensorFlow Lite 8-bit quantization specification; Jacob et al. 2018, section 2.
 */
import { accumulatorOverflow, rescaleOutOfRange } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';
import type { ConstTable, StructLocal } from '../ir/kernel-call.ts';
import { type Int8Clamp, int8Clamp, type RealClamp } from '../ir/quantization.ts';
import { clamp, quantizeMultiplier, requantize, roundAwayFromZero } from '../numerics/fixed-point.ts';
import { struct } from './lowering.ts';
import type { TensorInfo } from './operator.ts';

/** Constants before quantization; the bias has one value for each output channel. */
export interface ConvolutionParameters {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** The same in integers, with all that has one value for each output channel. Weights keep their layout. */
export interface QuantizedConvolution {
  readonly weights: Int8Array;
  /** Scale of the weights of each output channel; the bias has inputScale · weightScales[c]. */
  readonly weightScales: Float64Array;
  readonly bias: Int32Array;
  /** inputScale · weightScales[c] / outputScale in fixed point, as `Multiplier` has it. */
  readonly multipliers: Int32Array;
  readonly shifts: Int32Array;
  readonly activation: Int8Clamp;
}

/** `first`: weights of an output channel are contiguous (OHWI); `last`: output channels alternate (1HWC). */
export type ChannelAxis = 'first' | 'last';

const WEIGHT_MAX = 127;
/** A bias keeps 2 bits of headroom in int32, so that channels of tiny weights cannot push it over. */
const BIAS_LIMIT = 2 ** 29;
const INT32_LIMIT = 2 ** 31;
const LARGEST_ZERO_POINT = 128;

/** The scale of one channel: the largest weight at 127, widened where the bias would not fit into int32. */
function weightScale(largest: number, bias: number, inputScale: number): number {
  const scale = Math.max(largest / WEIGHT_MAX, Math.abs(bias) / (inputScale * BIAS_LIMIT));
  // A channel without weights and bias computes 0 under any scale.
  return scale === 0 ? 1 : scale;
}

/**
 * Refuses a channel whose sum Σ|w|·255 + |bias|, shifted left as requantization does, could leave int32, also once the
 * output's zero point is added: a factor's mantissa is below 1, so that requantization gives no more than it is given, and
 * CMSIS-NN adds the zero point before it clamps.
 */
function proveAccumulator(channel: number, sumOfWeights: number, bias: number, shift: number, origin: Origin): void {
  const bound = (sumOfWeights * 255 + Math.abs(bias)) * 2 ** Math.max(shift, 0) + LARGEST_ZERO_POINT;
  if (bound >= INT32_LIMIT) throw new SnugError(accumulatorOverflow({ channel, bound }, origin));
}

/**
 * Chooses the weight scales max|w[c]| / 127 and rounds weights, bias and factors; `axis` says where the channels lie.
 * @throws SnugError `rescaleOutOfRange` for factors of 2^30 and more; `accumulatorOverflow` where int32 could overflow
 */
export function quantizeConvolution(
  { weights, bias }: ConvolutionParameters,
  axis: ChannelAxis,
  activation: RealClamp | null,
  input: TensorInfo,
  output: TensorInfo,
  origin: Origin,
): QuantizedConvolution {
  const channels = bias.length;
  const inputScale = input.quantization.scale;
  const perChannel = weights.length / channels;
  // Where the weights of a channel lie: one after another, or one in every pixel of the kernel.
  const [next, step] = axis === 'first' ? [perChannel, 1] : [1, channels];
  const weightScales = new Float64Array(channels);
  const quantized = new Int8Array(weights.length);
  const sums = new Float64Array(channels);
  for (let channel = 0; channel < channels; channel += 1) {
    const first = channel * next;
    const end = first + perChannel * step;
    let largest = 0;
    for (let i = first; i < end; i += step) largest = Math.max(largest, Math.abs(weights[i]!));
    const scale = weightScale(largest, bias[channel]!, inputScale);
    let sum = 0;
    for (let i = first; i < end; i += step) {
      const q = clamp(roundAwayFromZero(weights[i]! / scale), -WEIGHT_MAX, WEIGHT_MAX);
      quantized[i] = q;
      sum += Math.abs(q);
    }
    weightScales[channel] = scale;
    sums[channel] = sum;
  }

  const bias32 = Int32Array.from(bias, (value, channel) =>
    roundAwayFromZero(value / (inputScale * weightScales[channel]!)),
  );
  const multipliers = new Int32Array(channels);
  const shifts = new Int32Array(channels);
  for (let channel = 0; channel < channels; channel += 1) {
    const factor = (inputScale * weightScales[channel]!) / output.quantization.scale;
    const { multiplier, shift } = quantizeMultiplier(factor);
    if (shift > 30) throw new SnugError(rescaleOutOfRange({ factor }, origin));
    multipliers[channel] = multiplier;
    shifts[channel] = shift;
    proveAccumulator(channel, sums[channel]!, bias32[channel]!, shift, origin);
  }
  return {
    weights: quantized,
    weightScales,
    bias: bias32,
    multipliers,
    shifts,
    activation: int8Clamp(activation, output.quantization),
  };
}

/** The last step of every convolution: out = clamp(requantize(acc) + zeroPoint), for one output channel. */
export function requantizeTo(
  acc: number,
  channel: number,
  parameters: QuantizedConvolution,
  zeroPoint: number,
): number {
  const { multipliers, shifts, activation } = parameters;
  return clamp(requantize(acc, multipliers[channel]!, shifts[channel]!) + zeroPoint, activation.min, activation.max);
}

/** The four constant tables of a convolution. `layout` says how the weights lie, for the comment in the C. */
export function convolutionTables(parameters: QuantizedConvolution, layout: string): readonly ConstTable[] {
  return [
    { name: 'weights', comment: layout, data: parameters.weights },
    { name: 'bias', comment: 'int32, one per output channel', data: parameters.bias },
    { name: 'multipliers', comment: 'Q31, one per output channel', data: parameters.multipliers },
    { name: 'shifts', comment: 'left where positive, one per output channel', data: parameters.shifts },
  ];
}

/** The struct through which the kernels find the two tables of factors. */
export const PER_CHANNEL: StructLocal = struct('cmsis_nn_per_channel_quant_params', 'quant_params', {
  multiplier: { table: 'multipliers' },
  shift: { table: 'shifts' },
});
