import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expOnNegativeValues, oneOverOnePlus } from '../../src/numerics/fixed-point-exp.ts';
import { holds } from '../support/property.ts';

const Q26 = 2 ** 26;
const Q31 = 2 ** 31;

describe('expOnNegativeValues', () => {
  // The remainder of the Taylor polynomial of degree 4 at 1/8 from its centre, and a few roundings.
  const error = (1 / 8) ** 5 / 120 + 2 ** -28;
  const arguments_ = fc.integer({ min: -32 * Q26, max: 0 });

  test('is as near to exp as its polynomial allows, over the whole of Q5.26', () => {
    holds(
      fc.property(arguments_, value => {
        expect(Math.abs(expOnNegativeValues(value) / Q31 - Math.exp(value / Q26))).toBeLessThan(error);
      }),
      2000,
    );
  });

  test('exp(0) saturates to the largest Q0.31 and exp(-32) is nothing', () => {
    expect(expOnNegativeValues(0)).toBe(Q31 - 1);
    expect(expOnNegativeValues(-Q31)).toBe(0);
  });

  test('never rises as the argument falls, in steps of 1/16', () => {
    let last = Q31;
    for (let value = 0; value >= -32 * Q26; value -= Q26 / 16) {
      const result = expOnNegativeValues(value);
      expect(result).toBeLessThanOrEqual(last);
      expect(result).toBeGreaterThanOrEqual(0);
      last = result;
    }
  });

  // The table of gemmlowp's `exp_on_negative_values`: exp(-2^k) for its seven barrel shifter stages.
  test.each([
    [-2, 1672461947],
    [-1, 1302514674],
    [0, 790015084],
    [1, 290630308],
    [2, 39332535],
    [3, 720401],
    [4, 242],
  ])('exp(-2^%i) agrees with gemmlowp’s constant', (exponent, constant) => {
    expect(Math.abs(constant - Math.exp(-(2 ** exponent)) * Q31)).toBeLessThanOrEqual(0.5 + 1e-6);
    expect(Math.abs(expOnNegativeValues(-(2 ** exponent) * Q26) - constant)).toBeLessThan(error * Q31);
  });
});

describe('oneOverOnePlus', () => {
  const fractions = fc.integer({ min: 0, max: Q31 - 1 });

  test('is within 2^-28 of 1 / (1 + x)', () => {
    holds(
      fc.property(fractions, value => {
        expect(Math.abs(oneOverOnePlus(value) / Q31 - 1 / (1 + value / Q31))).toBeLessThan(2 ** -28);
      }),
      2000,
    );
  });

  test('stays in int32 at both ends', () => {
    expect(oneOverOnePlus(0)).toBeLessThanOrEqual(Q31 - 1);
    expect(oneOverOnePlus(0)).toBeGreaterThan(Q31 - 16);
    expect(Math.abs(oneOverOnePlus(Q31 - 1) - Q31 / 2)).toBeLessThan(16);
  });
});
