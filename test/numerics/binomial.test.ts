import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signTest } from '../../src/numerics/binomial.ts';
import { holds } from '../support/property.ts';

test('known values', () => {
  expect(signTest(1, 9)).toBe(0.021484375); // 22 / 1024
  expect(signTest(9, 4)).toBe(0.266845703125); // 2186 / 8192
  expect(signTest(0, 6)).toBe(0.03125);
  expect(signTest(0, 5)).toBe(0.0625);
  expect(signTest(0, 1)).toBe(1);
  expect(signTest(0, 0)).toBe(1);
  expect(signTest(7, 7)).toBe(1);
  expect(signTest(10, 11)).toBe(1);
});

test('large counts neither overflow nor lose their digits', () => {
  // Out of exact fractions.
  expect(signTest(100, 180)).toBeCloseTo(2.014506496056361e-6, 18);
  expect(signTest(24_000, 26_000) / 3.857469951031821e-19).toBeCloseTo(1, 10);
  expect(signTest(25_000, 25_000)).toBe(1);
  expect(signTest(0, 1000)).toBe(2 ** -999);
  expect(signTest(0, 1075)).toBe(2 ** -1074);
  expect(signTest(0, 5000)).toBe(0);
  expect(signTest(1_000_000, 1_000_000)).toBe(1);
});

test('is the sum of binomial coefficients, whichever way round', () => {
  const counts = fc.integer({ min: 0, max: 25 });
  holds(
    fc.property(counts, counts, (a, b) => {
      const n = a + b;
      let coefficient = 1;
      let sum = 0;
      for (let i = 0; i <= Math.min(a, b); i += 1) {
        sum += coefficient;
        coefficient = (coefficient * (n - i)) / (i + 1);
      }
      expect(signTest(a, b)).toBeCloseTo(Math.min(1, (2 * sum) / 2 ** n), 12);
      expect(signTest(b, a)).toBe(signTest(a, b));
    }),
  );
});
