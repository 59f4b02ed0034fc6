import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clamp,
  divideByPowerOfTwo,
  doublingHighMult,
  quantizeMultiplier,
  requantize,
  roundAwayFromZero,
  saturatingDoublingHighMult,
  saturatingMultiplyByPowerOfTwo,
} from '../../src/numerics/fixed-point.ts';
import { exactDivideByPowerOfTwo, exactDoublingHighMult, exactRequantize } from '../support/fixed-point-oracle.ts';
import { holds } from '../support/property.ts';

const MIN = -(2 ** 31);
const MAX = 2 ** 31 - 1;
const EDGES = [MIN, MIN + 1, -(2 ** 30), -65537, -65536, -65535, -1, 0, 1, 65535, 65536, 2 ** 30, MAX - 1, MAX];
const int32 = fc.oneof(fc.integer({ min: MIN, max: MAX }), fc.constantFrom(...EDGES));
const q31 = fc.integer({ min: 2 ** 30, max: MAX });

describe('doublingHighMult', () => {
  test('equals the formula in unbounded integers', () => {
    holds(
      fc.property(int32, int32, (a, m) => {
        expect(doublingHighMult(a, m)).toBe(Number(exactDoublingHighMult(BigInt(a), BigInt(m))));
      }),
      2000,
    );
  });

  test('equals it on every pair of edges', () => {
    for (const a of EDGES) {
      for (const m of EDGES) expect(doublingHighMult(a, m)).toBe(Number(exactDoublingHighMult(BigInt(a), BigInt(m))));
    }
  });

  test('ties round up, also below zero', () => {
    expect(doublingHighMult(1, 2 ** 30)).toBe(1);
    expect(doublingHighMult(-1, 2 ** 30) + 0).toBe(0);
    expect(doublingHighMult(-3, 2 ** 30)).toBe(-1);
  });

  test('the saturating version differs at the one overflow only', () => {
    expect(doublingHighMult(MIN, MIN)).toBe(2 ** 31);
    expect(saturatingDoublingHighMult(MIN, MIN)).toBe(MAX);
    holds(
      fc.property(int32, int32, (a, b) => {
        fc.pre(a !== MIN || b !== MIN);
        expect(saturatingDoublingHighMult(a, b)).toBe(doublingHighMult(a, b));
      }),
    );
  });
});

describe('divideByPowerOfTwo', () => {
  test('equals the formula in unbounded integers for every exponent', () => {
    holds(
      fc.property(int32, fc.integer({ min: 0, max: 31 }), (value, exponent) => {
        expect(divideByPowerOfTwo(value, exponent)).toBe(
          Number(exactDivideByPowerOfTwo(BigInt(value), BigInt(exponent))),
        );
      }),
      2000,
    );
  });

  test.each([1, 2, 7, 30])('ties go away from zero (exponent %i)', exponent => {
    const half = 2 ** (exponent - 1);
    expect([half, -half].map(v => divideByPowerOfTwo(v, exponent))).toEqual([1, -1]);
    expect([half - 1, -half + 1].map(v => divideByPowerOfTwo(v, exponent) + 0)).toEqual([0, 0]);
  });

  test('exponent 31', () => {
    expect(divideByPowerOfTwo(MIN, 31)).toBe(-1);
    expect(divideByPowerOfTwo(-(2 ** 30), 31)).toBe(-1);
    expect(divideByPowerOfTwo(-(2 ** 30) + 1, 31) + 0).toBe(0);
    expect(divideByPowerOfTwo(2 ** 30 - 1, 31)).toBe(0);
    expect(divideByPowerOfTwo(2 ** 30, 31)).toBe(1);
    expect(divideByPowerOfTwo(MAX, 31)).toBe(1);
  });
});

describe('requantize', () => {
  test('equals the formula for every shift that keeps the sum in int32', () => {
    const shifts = fc.integer({ min: -31, max: 30 });
    const cases = shifts.chain(shift => {
      const bound = 2 ** (31 - Math.max(shift, 0)) - 1;
      return fc.tuple(fc.integer({ min: -bound, max: bound }), q31, fc.constant(shift));
    });
    holds(
      fc.property(cases, ([acc, multiplier, shift]) => {
        expect(requantize(acc, multiplier, shift)).toBe(Number(exactRequantize(BigInt(acc), multiplier, shift)));
      }),
      2000,
    );
  });

  test('is within one of the real product where the result fits', () => {
    const factors = fc.double({ min: 2 ** -20, max: 1000, noNaN: true });
    holds(
      fc.property(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), factors, (acc, factor) => {
        const { multiplier, shift } = quantizeMultiplier(factor);
        expect(Math.abs(requantize(acc, multiplier, shift) - acc * factor)).toBeLessThan(1.01);
      }),
    );
  });

  test('rounds twice: a first rounding may push the second over a tie', () => {
    // 3 · 2^30 / 2^31 = 1.5 → 2, and 2 / 4 = 0.5 → 1, though 1.5 / 4 rounds to 0.
    expect(requantize(3, 2 ** 30, -2)).toBe(1);
  });
});

describe('quantizeMultiplier', () => {
  test('stands for the factor to half a unit of Q31, with a multiplier in [2^30, 2^31)', () => {
    const factors = fc.double({ min: 2 ** -31, max: 2 ** 30, noNaN: true });
    holds(
      fc.property(factors, factor => {
        const { multiplier, shift } = quantizeMultiplier(factor);
        expect(multiplier).toBeGreaterThanOrEqual(2 ** 30);
        expect(multiplier).toBeLessThan(2 ** 31);
        expect(Math.abs(multiplier * 2 ** (shift - 31) - factor)).toBeLessThanOrEqual(2 ** (shift - 32));
      }),
      1000,
    );
  });

  test('is exact at every power of two', () => {
    for (let k = -32; k <= 30; k += 1)
      expect(quantizeMultiplier(2 ** k)).toEqual({ multiplier: 2 ** 30, shift: k + 1 });
  });

  test('a mantissa that rounds up to 1 moves into the shift', () => {
    expect(quantizeMultiplier(1 - 2 ** -40)).toEqual({ multiplier: 2 ** 30, shift: 1 });
  });

  test('nothing and next to nothing are 0', () => {
    for (const factor of [0, 2 ** -33, 1e-30, Number.MIN_VALUE]) {
      expect(quantizeMultiplier(factor)).toEqual({ multiplier: 0, shift: 0 });
    }
  });
});

test('saturatingMultiplyByPowerOfTwo stops at the ends of int32', () => {
  holds(
    fc.property(int32, fc.integer({ min: 0, max: 31 }), (value, exponent) => {
      const exact = BigInt(value) << BigInt(exponent);
      const expected = exact > BigInt(MAX) ? MAX : exact < BigInt(MIN) ? MIN : Number(exact);
      expect(saturatingMultiplyByPowerOfTwo(value, exponent)).toBe(expected);
    }),
  );
});

test('roundAwayFromZero is C’s round', () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49, -0.49, 7, -7].map(v => roundAwayFromZero(v) + 0)).toEqual([
    1, 2, 3, -1, -2, -3, 0, 0, 7, -7,
  ]);
});

test('clamp', () => {
  expect([clamp(-5, -3, 3), clamp(5, -3, 3), clamp(1, -3, 3), clamp(9, 0, Infinity)]).toEqual([-3, 3, 1, 9]);
});
