/**
 * Fixed-point exponential and reciprocal of gemmlowp (`fixedpoint.h`), which the TensorFlow Lite int8 softmax is defined
 * by and CMSIS-NN's `arm_softmax_s8` follows bit for bit. Arguments and results are int32.
 */
import {
  divideByPowerOfTwo,
  saturatingDoublingHighMult as multiply,
  saturatingMultiplyByPowerOfTwo,
} from './fixed-point.ts';

/** exp(−2^(k−2)) in Q0.31 for k = 0 … 6: the factors that the integer part of the argument selects. */
const EXP_OF_MINUS_POWERS = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242] as const;
const EXP_OF_MINUS_EIGHTH = 1895147668;
const ONE_THIRD = 715827883;

/** exp(value) for value ≤ 0 in Q5.26; the result is in Q0.31. */
export function expOnNegativeValues(value: number): number {
  if (value === 0) return 2147483647;
  const quarter = 2 ** 24;
  const modulo = (value & (quarter - 1)) - quarter;
  const remainder = modulo - value;
  // Taylor polynomial of exp around −1/8 for x in [−1/8, 1/8).
  const x = modulo * 32 + 2 ** 28;
  const x2 = multiply(x, x);
  const x3 = multiply(x2, x);
  const x4 = multiply(x2, x2);
  const tail = divideByPowerOfTwo(multiply(divideByPowerOfTwo(x4, 2) + x3, ONE_THIRD) + x2, 1);
  let result = EXP_OF_MINUS_EIGHTH + multiply(EXP_OF_MINUS_EIGHTH, x + tail);
  EXP_OF_MINUS_POWERS.forEach((factor, bit) => {
    if ((remainder & (quarter << bit)) !== 0) result = multiply(result, factor);
  });
  return result;
}

/** 1 / (1 + value) for value in [0, 1) in Q0.31, by three Newton–Raphson steps; the result is in Q0.31. */
export function oneOverOnePlus(value: number): number {
  const sum = value + 2147483647;
  const halfDenominator = Math.trunc((sum + (sum >= 0 ? 1 : -1)) / 2);
  let x = 1515870810 + multiply(halfDenominator, -1010580540);
  for (let step = 0; step < 3; step += 1) {
    x += saturatingMultiplyByPowerOfTwo(multiply(x, 2 ** 29 - multiply(halfDenominator, x)), 2);
  }
  return saturatingMultiplyByPowerOfTwo(x, 1);
}
