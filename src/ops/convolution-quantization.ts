/**
 * What the convolutions and the fully connected operator share in quantization: symmetric int8 weights with one scale per
 * output channel, an int32 bias, one fixed-point factor per output channel, and the proof that no int32 sum overflows.
 * Source: TensorFlow Lite 8-bit quantization specification; Jacob et al. 2018, section 2.
 */
import { z } from 'zod';
import { accumulatorOverflow, invalidAttribute, rescaleOutOfRange } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';
import type { ConstTable, StructLocal } from '../ir/kernel-call.ts';
import { type Int8Clamp, int8Clamp, type RealClamp } from '../ir/quantization.ts';
import { elementsOf, type Shape } from '../ir/shape.ts';
import { clamp, quantizeMultiplier, requantize, roundAwayFromZero } from '../numerics/fixed-point.ts';
import { struct } from './lowering.ts';
import type { OpSpec, ProveCall, QuantizeCall, RoundedWeights, TensorInfo } from './operator.ts';
import { int8Clamp as int8ClampSchema, isMultiplier } from './schemas.ts';

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

/** The form of the constants in a file. */
export const quantizedConvolution: z.ZodType<QuantizedConvolution> = z.strictObject({
  weights: z.instanceof(Int8Array),
  weightScales: z.instanceof(Float64Array),
  bias: z.instanceof(Int32Array),
  multipliers: z.instanceof(Int32Array),
  shifts: z.instanceof(Int32Array),
  activation: int8ClampSchema,
});

/** `first`: weights of an output channel are contiguous (OHWI); `last`: output channels alternate (1HWC). */
export type ChannelAxis = 'first' | 'last';

/** Where the channels of an operator's weights lie. */
export function channelAxis(kind: 'conv2d' | 'depthwiseConv2d' | 'fullyConnected'): ChannelAxis {
  return kind === 'depthwiseConv2d' ? 'last' : 'first';
}

const WEIGHT_MAX = 127;
/** A bias keeps 2 bits of headroom in int32, so that channels of tiny weights cannot push it over. */
const BIAS_LIMIT = 2 ** 29;
const INT32_LIMIT = 2 ** 31;
const LARGEST_ZERO_POINT = 128;
/** Of a factor: sums are shifted left by as much. */
const MAX_SHIFT = 30;

/** The least weight scale under which a bias fits into int32, with 2 bits to spare. */
export function smallestWeightScale(bias: number, inputScale: number): number {
  return Math.abs(bias) / (inputScale * BIAS_LIMIT);
}

/**
 * Refuses a channel whose sum Σ|w|·255 + |bias|, shifted left as requantization does, could leave int32, also once the
 * output's zero point is added: a factor's mantissa is below 1, so that requantization gives no more than it is given, and
 * CMSIS-NN adds the zero point before it clamps.
 *
 * All kernels rest on this alone, and biases of all sizes may come from files. In whatever order products are added, a part
 * of the sum is within the bound; so it is where the input's zero point is multiplied by Σw first, as |zero point| ≤ 128 and
 * |x − zero point| ≤ 255 for every tap. Products fit 16 bits. Requantization takes every int32: DSP kernels use the upper
 * half of a 64-bit sum, MVE doubles in 64 bits, and a multiplier with a shift to the right is at least 2^30.
 */
function proveAccumulator(channel: number, sumOfWeights: number, bias: number, shift: number, origin: Origin): void {
  const bound = (sumOfWeights * 255 + Math.abs(bias)) * 2 ** Math.max(shift, 0) + LARGEST_ZERO_POINT;
  if (bound >= INT32_LIMIT) throw new SnugError(accumulatorOverflow({ channel, bound }, origin));
}

/** The weights of one output channel: from `first`, `count` of them, `step` apart. */
export interface ChannelWeights {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** Where the weights of a channel lie: one after another, or one in every pixel of the kernel. */
export function channelWeights(length: number, channels: number, channel: number, axis: ChannelAxis): ChannelWeights {
  const count = length / channels;
  return axis === 'first' ? { first: channel * count, step: 1, count } : { first: channel, step: channels, count };
}

/** Σ|w| of one output channel. */
function sumOfWeights(weights: Int8Array, channels: number, channel: number, axis: ChannelAxis): number {
  const { first, step, count } = channelWeights(weights.length, channels, channel, axis);
  let sum = 0;
  for (let i = 0; i < count; i += 1) sum += Math.abs(weights[first + i * step]!);
  return sum;
}

/** Integers as a quantized file holds them, or as rounding gives them. */
export interface ConvolutionIntegers {
  readonly weights: Int8Array;
  /** One for each output channel. */
  readonly weightScales: Float64Array;
  /** real = inputScale · weightScales[c] · bias[c]. */
  readonly bias: Int32Array;
}

/**
 * Everything that follows from the integers: factors, clamp, and the proof that no int32 sum overflows.
 * @throws SnugError `rescaleOutOfRange` for factors of 2^30 and more; `accumulatorOverflow` where int32 could overflow
 */
export function convolutionOfIntegers(
  { weights, weightScales, bias }: ConvolutionIntegers,
  axis: ChannelAxis,
  activation: RealClamp | null,
  input: TensorInfo,
  output: TensorInfo,
  origin: Origin,
): QuantizedConvolution {
  const channels = bias.length;
  const multipliers = new Int32Array(channels);
  const shifts = new Int32Array(channels);
  for (let channel = 0; channel < channels; channel += 1) {
    const factor = (input.quantization.scale * weightScales[channel]!) / output.quantization.scale;
    const { multiplier, shift } = quantizeMultiplier(factor);
    if (shift > MAX_SHIFT) throw new SnugError(rescaleOutOfRange({ factor }, origin));
    multipliers[channel] = multiplier;
    shifts[channel] = shift;
    proveAccumulator(channel, sumOfWeights(weights, channels, channel, axis), bias[channel]!, shift, origin);
  }
  const clamps = int8Clamp(activation, output.quantization);
  return { weights, weightScales, bias, multipliers, shifts, activation: clamps };
}

/**
 * That constants of a file have the lengths that the operator needs, and the proof of `convolutionOfIntegers` for the factors
 * that the file holds.
 * @throws SnugError `invalidAttribute` for another length, a scale or a factor that is none; `accumulatorOverflow`
 */
export function proveConvolution(
  { parameters, origin }: ProveCall<OpSpec & { readonly quantized: QuantizedConvolution }>,
  shapes: { readonly weights: Shape; readonly bias: Shape },
  axis: ChannelAxis,
): void {
  const { weights, weightScales, bias, multipliers, shifts } = parameters;
  const refuse = (name: string, value: string, expected: string): never => {
    throw new SnugError(invalidAttribute({ name, value, expected }, origin));
  };
  const channels = elementsOf(shapes.bias);
  const lengths = { weights: elementsOf(shapes.weights), weightScales: channels, bias: channels };
  for (const [name, length] of Object.entries({ ...lengths, multipliers: channels, shifts: channels })) {
    const actual = parameters[name as keyof typeof lengths].length;
    if (actual !== length) refuse(name, `${actual} elements`, `${length} elements`);
  }
  for (let channel = 0; channel < channels; channel += 1) {
    const scale = weightScales[channel]!;
    if (!(Number.isFinite(scale) && scale > 0)) refuse('weightScales', `${scale}`, 'finite numbers above 0');
    const [multiplier, shift] = [multipliers[channel]!, shifts[channel]!];
    if (!isMultiplier(multiplier, shift, -31, MAX_SHIFT)) {
      refuse('multipliers', `${multiplier} with the shift ${shift}`, `factors below 2^${MAX_SHIFT} in fixed point`);
    }
    proveAccumulator(channel, sumOfWeights(weights, channels, channel, axis), bias[channel]!, shift, origin);
  }
}

/** Weight scales of max|w[c]| / 127, or wider where the bias needs it, and weights rounded to the nearest step. */
function roundToNearest(
  { weights, bias }: ConvolutionParameters,
  axis: ChannelAxis,
  inputScale: number,
): RoundedWeights {
  const channels = bias.length;
  const weightScales = new Float64Array(channels);
  const rounded = new Int8Array(weights.length);
  for (let channel = 0; channel < channels; channel += 1) {
    const { first, step, count } = channelWeights(weights.length, channels, channel, axis);
    const end = first + count * step;
    let largest = 0;
    for (let i = first; i < end; i += step) largest = Math.max(largest, Math.abs(weights[i]!));
    // A channel without weights and bias computes 0 under any scale.
    const scale = Math.max(largest / WEIGHT_MAX, smallestWeightScale(bias[channel]!, inputScale)) || 1;
    for (let i = first; i < end; i += step) {
      rounded[i] = clamp(roundAwayFromZero(weights[i]! / scale), -WEIGHT_MAX, WEIGHT_MAX);
    }
    weightScales[channel] = scale;
  }
  return { weights: rounded, weightScales, bias };
}

/**
 * Rounds weights, bias and factors; `axis` says where the channels lie.
 * @param call the operator's own; weights that are `rounded` already are taken as they are
 * @throws SnugError as `convolutionOfIntegers` does
 */
export function quantizeConvolution(
  {
    parameters,
    inputs: [input],
    output,
    origin,
    rounded,
  }: QuantizeCall<OpSpec & { readonly float: ConvolutionParameters }>,
  axis: ChannelAxis,
  activation: RealClamp | null,
): QuantizedConvolution {
  const inputScale = input!.quantization.scale;
  const { weights, weightScales, bias } = rounded ?? roundToNearest(parameters, axis, inputScale);
  const steps = Int32Array.from(bias, (value, channel) =>
    roundAwayFromZero(value / (inputScale * weightScales[channel]!)),
  );
  return convolutionOfIntegers({ weights, weightScales, bias: steps }, axis, activation, input!, output, origin);
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
