import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addNoise,
  argmax,
  decibels,
  firstNonFinite,
  largest,
  noiseOf,
  rangeOf,
  unionOf,
} from '../../src/numerics/statistics.ts';
import { holds } from '../support/property.ts';

const NOTHING = { min: Infinity, max: -Infinity };
const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 40 });

test('rangeOf and unionOf', () => {
  expect(rangeOf([3, -2, 7])).toEqual({ min: -2, max: 7 });
  expect(rangeOf([])).toEqual(NOTHING);
  expect(unionOf(NOTHING, { min: -1, max: 2 })).toEqual({ min: -1, max: 2 });
  holds(
    fc.property(values, values, (a, b) => {
      expect(unionOf(rangeOf(a), rangeOf(b))).toEqual(rangeOf([...a, ...b]));
    }),
  );
});

test('firstNonFinite', () => {
  expect(firstNonFinite([1, Number.NaN, Infinity])).toBe(1);
  expect(firstNonFinite(Float32Array.of(0, -Infinity))).toBe(1);
  expect(firstNonFinite([1, 2])).toBe(-1);
});

describe('ranks', () => {
  test('argmax is the first of equal maxima', () => {
    expect(argmax([1, 5, 5, 2])).toBe(1);
  });

  test('largest is the head of a stable sort from large to small', () => {
    holds(
      fc.property(values, fc.integer({ min: 1, max: 7 }), (row, count) => {
        const order = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b);
        expect(largest(row, count)).toEqual(order.slice(0, count));
        expect(largest(row, 1)).toEqual([argmax(row)]);
      }),
    );
    expect(largest([Number.NaN, -3, Number.NaN, 4], 3)).toEqual([3, 1, 0]);
    expect(largest([], 5)).toEqual([]);
  });
});

describe('noise', () => {
  test('is the ratio of squared sums in dB', () => {
    expect(noiseOf([3, 4], [3, 4.5])).toEqual({ signal: 25, noise: 0.25 });
    expect(decibels({ signal: 25, noise: 0.25 })).toBeCloseTo(20, 12);
    expect(decibels(noiseOf([1, 2], [1, 2]))).toBe(Infinity);
  });

  test('of two pictures is that of both together', () => {
    const sum = addNoise(noiseOf([1, 2], [1.5, 2]), noiseOf([3], [2]));
    expect(sum).toEqual(noiseOf([1, 2, 3], [1.5, 2, 2]));
  });
});
