/** Affine quantization of activations: real = scale · (q − zeroPoint), q in int8 (TensorFlow Lite int8 specification). */
import { clamp, roundAwayFromZero } from '../numerics/fixed-point.ts';
import type { Range } from '../numerics/statistics.ts';

export const INT8_MIN: number = -128;
export const INT8_MAX: number = 127;

export interface Quantization {
  readonly scale: number;
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

export function quantizeValue(value: number, { scale, zeroPoint }: Quantization): number {
  return clamp(roundAwayFromZero(value / scale) + zeroPoint, INT8_MIN, INT8_MAX);
}

export function quantizeArray(values: ArrayLike<number>, quantization: Quantization): Int8Array {
  return Int8Array.from(values, value => quantizeValue(value, quantization));
}

export function dequantizeArray(values: Int8Array, { scale, zeroPoint }: Quantization): Float32Array {
  return Float32Array.from(values, value => scale * (value - zeroPoint));
}

/** The int8 bounds that a fused activation has in a tensor of this quantization. */
export function int8Clamp(activation: RealClamp | null, quantization: Quantization): Int8Clamp {
  if (activation === null) return { min: INT8_MIN, max: INT8_MAX };
  return {
    min: activation.min === -Infinity ? INT8_MIN : quantizeValue(activation.min, quantization),
    max: activation.max === Infinity ? INT8_MAX : quantizeValue(activation.max, quantization),
  };
}
