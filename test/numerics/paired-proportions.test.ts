import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PairedCounts, pairedDifference } from '../../src/numerics/paired-proportions.ts';
import { holds } from '../support/property.ts';

const counts = (both: number, firstOnly: number, secondOnly: number, neither: number): PairedCounts => ({
  ...{ both, firstOnly, secondOnly, neither },
});

test('published values of method 10', () => {
  // Newcombe 1998, with the difference the other way round: 0.0569 to 0.3404, and ±0.0664.
  const newcombe = pairedDifference(counts(36, 12, 2, 0))!;
  expect(newcombe.value).toBe(-0.2);
  expect(newcombe.lower).toBeCloseTo(-0.3404, 4);
  expect(newcombe.upper).toBeCloseTo(-0.0569, 4);
  const equal = pairedDifference(counts(54, 0, 0, 0))!;
  expect(equal.value).toBe(0);
  expect(equal.lower).toBeCloseTo(-0.0664, 4);
  expect(equal.upper).toBeCloseTo(0.0664, 4);
  // Bentur and others 2009, in Fagerland, Lydersen, Laake 2017, chapter 8: −0.507 to −0.026.
  const bentur = pairedDifference(counts(1, 1, 7, 12))!;
  expect(bentur.lower).toBeCloseTo(0.026, 3);
  expect(bentur.upper).toBeCloseTo(0.507, 3);
});

test('nothing has no difference', () => {
  expect(pairedDifference(counts(0, 0, 0, 0))).toBeNull();
});

test('the value lies in the interval, which turns round with the shares', () => {
  const count = fc.integer({ min: 0, max: 60_000 });
  holds(
    fc.property(count, count, count, count, (a, b, c, d) => {
      fc.pre(a + b + c + d > 0);
      const { value, lower, upper } = pairedDifference(counts(a, b, c, d))!;
      expect(lower).toBeGreaterThanOrEqual(-1);
      expect(lower).toBeLessThanOrEqual(value);
      expect(value).toBeLessThanOrEqual(upper);
      expect(upper).toBeLessThanOrEqual(1);
      const turned = pairedDifference(counts(a, c, b, d))!;
      expect(turned.lower).toBeCloseTo(-upper, 12);
      expect(turned.upper).toBeCloseTo(-lower, 12);
    }),
  );
});
