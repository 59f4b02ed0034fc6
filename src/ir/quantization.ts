/** Affine quantization of activations: real = scale · (q − zeroPoint), q in int8 (TensorFlow Lite int8 specification). */
import { clamp, roundAwayFromZero } from '../numerics/fixed-point.ts';
import type { Range } from '../numerics/statistics.ts';

/** Bounds of int8, the whole range of which activations use. */
export const INT8_MIN: number = -128;
export const INT8_MAX: number = 127;

/** Parameters of one tensor: real = scale · (q − zeroPoint), the same for all of its elements. */
export interface Quantization {
  /** Real step between neighbouring values, above 0. */
  readonly scale: number;
  /** The value that stands for exactly 0, in [−128, 127]. */
  readonly zeroPoint: number;
}

/** Bounds of a fused activation in real numbers; ±Infinity where a side is open. */
export interface RealClamp {
  readonly min: number;
  readonly max: number;
}

/** The same in int8, as a kernel takes it. */
export interface Int8Clamp {
  readonly min: number;
  readonly max: number;
}

/** The quantization that covers `range` and 0 (zero padding must be exact) with 255 steps. A range of nothing gets scale 1/255. */
export function quantizationForRange(range: Range): Quantization {
  const min = Math.min(range.min, 0);
  const max = Math.max(range.max, 0);
  const scale = max === min ? 1 / 255 : (max - min) / 255;
  return { scale, zeroPoint: clamp(roundAwayFromZero(INT8_MIN - min / scale), INT8_MIN, INT8_MAX) };
}

/**
 * q = clamp(floor(value / scale + 1/2) + zeroPoint, −128, 127): ties go up. With a mean and standard deviation of 127.5 every
 * pixel is a tie: rounding away from zero would give the two darkest ones the same value and leave one value unused, and
 * going up gives pixel − 128. The quotient is rounded to float32 first, because activations are float32 and the error of
 * one would decide its tie.
 */
export function quantizeValue(value: number, { scale, zeroPoint }: Quantization): number {
  return clamp(Math.round(Math.fround(value / scale)) + zeroPoint, INT8_MIN, INT8_MAX);
}

/** `quantizeValue` of each element, in the same order. */
export function quantizeArray(values: ArrayLike<number>, quantization: Quantization): Int8Array {
  const quantized = new Int8Array(values.length);
  for (let i = 0; i < values.length; i += 1) quantized[i] = quantizeValue(values[i]!, quantization);
  return quantized;
}

/** real = scale · (q − zeroPoint) of each element, rounded to float32. */
export function dequantizeArray(values: Int8Array, { scale, zeroPoint }: Quantization): Float32Array {
  const real = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 1) real[i] = scale * (values[i]! - zeroPoint);
  return real;
}

/** The int8 bounds that a fused activation has in a tensor of this quantization. */
export function int8Clamp(activation: RealClamp | null, quantization: Quantization): Int8Clamp {
  if (activation === null) return { min: INT8_MIN, max: INT8_MAX };
  return {
    min: activation.min === -Infinity ? INT8_MIN : quantizeValue(activation.min, quantization),
    max: activation.max === Infinity ? INT8_MAX : quantizeValue(activation.max, quantization),
  };
}
