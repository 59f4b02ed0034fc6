/**
 * What the conversion of a quantized model keeps beside the float graph that it builds: the quantization of each tensor,
 * and where weights and biases were dequantized, their scales and integers. `build.ts` makes the quantized graph of both.
 */
import { INT8_MIN, type Quantization } from '../../../ir/quantization.ts';
import type { TensorId } from '../../../ir/units.ts';
import type { Constant } from '../constant.ts';

/** How the integers of an activation are to be read. */
export interface Coding {
  /** As snug has it: int8. */
  readonly quantization: Quantization;
  /** True where the file has uint8: its integers and its zero point are larger by 128. */
  readonly unsigned: boolean;
}

/** A bias as the file has it: real = scales[c] · integers[c]. */
export interface IntegerBias {
  readonly integers: Float64Array;
  readonly scales: Float64Array;
}

/** Filled by the operators of one conversion. Arrays are keys: they are the parameters of the nodes of the float graph. */
export interface QuantizedFacts {
  readonly tensors: Map<TensorId, Quantization>;
  /** Scale of each output channel of weights that were dequantized. */
  readonly weights: Map<Float32Array, Float64Array>;
  readonly biases: Map<Float32Array, IntegerBias>;
  /** Sentences for the user. */
  readonly notes: Set<string>;
}

/** For a conversion to write into. */
export function emptyFacts(): QuantizedFacts {
  return { tensors: new Map(), weights: new Map(), biases: new Map(), notes: new Set() };
}

/** Whether two tensors have the same scale and zero point, so that their integers mean the same. */
export function sameQuantization(a: Quantization, b: Quantization): boolean {
  return a.scale === b.scale && a.zeroPoint === b.zeroPoint;
}

/** The zero point as the file has it. */
export function zeroPointInFile({ quantization, unsigned }: Coding): number {
  return quantization.zeroPoint - (unsigned ? INT8_MIN : 0);
}

/** One scale for each of `channels` that lie along `axis`, or null where the constant has none of that form. */
function channelScales({ dequantized }: Constant, axis: number, channels: number): Float64Array | null {
  if (dequantized === null) return null;
  if (dequantized.axis === null) return new Float64Array(channels).fill(dequantized.scales[0]!);
  return dequantized.axis === axis && dequantized.scales.length === channels ? dequantized.scales : null;
}

/**
 * Keeps the scales of weights under the array that a layer got, each times `factor`.
 * @param constant the weights in the file, with the output channels along `axis`
 */
export function keepWeights(
  facts: QuantizedFacts,
  weights: Float32Array,
  constant: Constant,
  axis: number,
  channels: number,
  factor = 1,
): void {
  const scales = channelScales(constant, axis, channels);
  if (scales !== null && factor > 0)
    facts.weights.set(
      weights,
      scales.map(scale => scale * factor),
    );
}

/** Keeps the integers of a bias under the array that a layer got. */
export function keepBias(facts: QuantizedFacts, bias: Float32Array, constant: Constant): void {
  if (constant.dequantized === null || constant.values.length !== bias.length) return;
  const scales = channelScales(constant, constant.shape.length - 1, bias.length);
  if (scales !== null) facts.biases.set(bias, { integers: constant.dequantized.integers, scales });
}
