import fc from 'fast-check';
import { expect, test } from 'vitest';
import { binomialTails, signTest } from '../../src/numerics/binomial.ts';
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

test('the tails of a binomial distribution are sums of its terms', () => {
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
  holds(
    fc.property(
      fc.integer({ min: 0, max: 30 }),
      fc.nat(30),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (n, any, p) => {
        const k = Math.min(any, n);
        const terms = Array.from({ length: n + 1 }, (_, i) => choose(n, i) * p ** i * (1 - p) ** (n - i));
        const sum = (from: number, to: number): number => terms.slice(from, to).reduce((a, b) => a + b, 0);
        const { atLeast, atMost } = binomialTails(k, n, p);
        expect(atLeast).toBeCloseTo(sum(k, n + 1), 9);
        expect(atMost).toBeCloseTo(sum(0, k + 1), 9);
      },
    ),
  );
});

test('the tails of many trials neither overflow nor vanish', () => {
  const { atLeast, atMost } = binomialTails(5000, 50_000, 0.1);
  expect(atLeast + atMost).toBeCloseTo(1.00595, 4); // both count 5000 itself
  expect(binomialTails(50_000, 50_000, 0.1)).toEqual({ atLeast: 0, atMost: 1 });
  expect(binomialTails(0, 50_000, 0.1).atLeast).toBeCloseTo(1, 12);
});
