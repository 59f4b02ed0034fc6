import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addHistogram,
  centralRange,
  countInto,
  emptyHistogram,
  type Histogram,
  pointsOf,
} from '../../src/numerics/histogram.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { holds } from '../support/property.ts';

function histogramOf(...parts: readonly Float32Array[]): Histogram {
  const histogram = emptyHistogram();
  for (const part of parts) countInto(histogram, part);
  return histogram;
}

function normal(seed: number, length: number, deviation = 1): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => deviation * random.normal());
}

describe('centralRange', () => {
  test('agrees with the sorted values to the width of a bin', () => {
    const cases = [0.5, 0.9, 0.99, 0.999, 0.9999, 1];
    holds(
      fc.property(fc.integer(), fc.integer({ min: 50, max: 3000 }), fc.constantFrom(...cases), (seed, n, coverage) => {
        const values = normal(seed, n);
        const sorted = values.toSorted();
        const { min, max } = centralRange(histogramOf(values), coverage);
        // The first value with more than `tail` values at or below it.
        const cut = Math.floor((n * (1 - coverage)) / 2);
        const [low, high] = [sorted[cut]!, sorted[n - 1 - cut]!];
        expect(min).toBeLessThanOrEqual(low);
        expect(max).toBeGreaterThanOrEqual(high);
        expect(low - min).toBeLessThanOrEqual(Math.abs(low) / 64);
        expect(max - high).toBeLessThanOrEqual(Math.abs(high) / 64);
      }),
      100,
    );
  });

  test('drops an outlier, and keeps it at full coverage', () => {
    const values = Float32Array.from([...normal(1, 20_000), 1000]);
    expect(centralRange(histogramOf(values), 0.9999).max).toBeLessThan(6);
    expect(centralRange(histogramOf(values), 1).max).toBeGreaterThanOrEqual(1000);
  });

  test('orders negative, zero and positive values', () => {
    const { min, max } = centralRange(histogramOf(Float32Array.from([0, -0, 3, -2, 1e-20, -1e-20])), 1);
    expect(min).toBeCloseTo(-2, 1);
    expect(max).toBeCloseTo(3, 1);
    expect(min).toBeLessThanOrEqual(-2);
    expect(max).toBeGreaterThanOrEqual(3);
  });

  test.each([1.003, -1.003])('holds a constant of %d, which lies inside its bin', value => {
    const { min, max } = centralRange(histogramOf(Float32Array.of(value, value)), 0.9);
    expect(min).toBeLessThan(value);
    expect(max).toBeGreaterThan(value);
    expect(max - min).toBeLessThan(1 / 64);
  });

  test('of nothing is [0, 0]', () => {
    expect(centralRange(emptyHistogram(), 0.99)).toEqual({ min: 0, max: 0 });
  });
});

describe('counts', () => {
  test('add up in any order and division', () => {
    const [a, b, c] = [normal(1, 500), normal(2, 700, 100), normal(3, 300, 1e-3)];
    const whole = histogramOf(a, b, c);
    const sum = emptyHistogram();
    for (const part of [c, a, b]) addHistogram(sum, histogramOf(part));
    expect(sum).toEqual(whole);
    expect(whole.reduce((total, count) => total + count, 0)).toBe(1500);
  });

  test('a view into a larger array counts its own elements', () => {
    const values = Float32Array.from([7, 1, 2, 7]);
    expect(histogramOf(values.subarray(1, 3))).toEqual(histogramOf(Float32Array.from([2, 1])));
  });
});

describe('pointsOf', () => {
  test('each value counts at the one point whose bin holds it, by rising value', () => {
    holds(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 400 }), fc.double({ min: -6, max: 6 }), (seed, n, order) => {
        const all = normal(seed, n, 10 ** order);
        const { values, counts } = pointsOf(histogramOf(all));
        expect(values).toEqual(values.toSorted());
        // Bins have seven bits of mantissa: 2^−8 of the leading power of two lies on either side of their middle.
        const half = values.map(value => 2 ** (Math.floor(Math.log2(Math.abs(value))) - 8));
        const expected = values.map((point, i) => {
          const inBin = (value: number): boolean =>
            Math.sign(value) === Math.sign(point) &&
            Math.abs(value) >= Math.abs(point) - half[i]! &&
            Math.abs(value) < Math.abs(point) + half[i]!;
          return all.reduce((sum, value) => sum + (inBin(value) ? 1 : 0), 0);
        });
        expect([...counts]).toEqual([...expected]);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(n);
      }),
      60,
    );
  });

  test('0 is 0 exactly, of either sign, and what is not finite is left out', () => {
    const { values, counts } = pointsOf(histogramOf(Float32Array.of(0, 1, -0, Infinity, -Infinity, Number.NaN, 0)));
    expect(values.map(Math.abs).filter(value => value === 0).length).toBe(values.length - 1);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(values.at(-1)).toBeCloseTo(1, 2);
    expect(counts.at(-1)).toBe(1);
  });

  test('of nothing is nothing', () => {
    expect(pointsOf(emptyHistogram()).values.length).toBe(0);
  });
});
