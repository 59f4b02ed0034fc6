/**
 * The integer arithmetic of the TensorFlow Lite int8 scheme with double rounding, as CMSIS-NN implements it
 * (`docs/numerics.md`). Every function takes and returns int32 values held in JavaScript numbers; 64-bit products are
 * split so that each partial product stays below 2^53 and the result is exact.
 */

/** A positive real factor as `multiplier · 2^(shift − 31)`, `multiplier` in [2^30, 2^31), or 0 for a factor of 0. */
export interface Multiplier {
  readonly multiplier: number;
  readonly shift: number;
}

/** floor((a · m + 2^30) / 2^31) for int32 `a` and `m`: the high half of the doubled product, rounded to nearest. */
export function doublingHighMult(a: number, m: number): number {
  const high = Math.floor(a / 65536);
  const low = a - high * 65536;
  // a·m + 2^30 = (high·m)·2^16 + (low·m + 2^30), and both partial products are exact in a double.
  return Math.floor((high * m + Math.floor((low * m + 1073741824) / 65536)) / 32768);
}

/** `doublingHighMult` with the one overflow (−2^31 · −2^31) saturated: gemmlowp's SaturatingRoundingDoublingHighMul. */
export function saturatingDoublingHighMult(a: number, b: number): number {
  return a === b && a === -2147483648 ? 2147483647 : doublingHighMult(a, b);
}

/** int32 value / 2^exponent, rounded to nearest with ties away from zero; 0 ≤ exponent ≤ 31. */
export function divideByPowerOfTwo(value: number, exponent: number): number {
  const mask = ((1 << exponent) - 1) | 0;
  // Below zero the quotient was rounded down, so that exactly half must stay there to be away from zero.
  const threshold = (mask >>> 1) + (value < 0 ? 1 : 0);
  return (value >> exponent) + ((value & mask) > threshold ? 1 : 0);
}

/** `acc` times the real factor that `multiplier` and `shift` stand for, rounded twice (TensorFlow Lite's default). */
export function requantize(acc: number, multiplier: number, shift: number): number {
  return shift > 0
    ? doublingHighMult(acc * 2 ** shift, multiplier)
    : divideByPowerOfTwo(doublingHighMult(acc, multiplier), -shift);
}

/** value · 2^exponent, saturated to int32. */
export function saturatingMultiplyByPowerOfTwo(value: number, exponent: number): number {
  return Math.min(Math.max(value * 2 ** exponent, -2147483648), 2147483647);
}

/** The value in [min, max] that is nearest to `value`; needs min ≤ max. */
export function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

/** Rounds to nearest, ties away from zero: C's `round`, which the TensorFlow Lite converter uses. */
export function roundAwayFromZero(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

/**
 * The Q31 multiplier and shift nearest to a real factor ≥ 0. A factor below 2^−32 becomes 0 (it would round every int32
 * to 0 anyway); the caller refuses factors of 2^31 and more.
 */
export function quantizeMultiplier(factor: number): Multiplier {
  if (factor === 0) return { multiplier: 0, shift: 0 };
  let shift = Math.floor(Math.log2(factor)) + 1;
  // log2 can be off by one at powers of two; the loops put the mantissa into [0.5, 1).
  while (factor / 2 ** shift >= 1) shift += 1;
  while (factor / 2 ** shift < 0.5) shift -= 1;
  let multiplier = roundAwayFromZero((factor / 2 ** shift) * 2147483648);
  if (multiplier === 2147483648) {
    multiplier = 1073741824;
    shift += 1;
  }
  return shift < -31 ? { multiplier: 0, shift: 0 } : { multiplier, shift };
}
