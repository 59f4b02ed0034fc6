import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countInto, emptyHistogram, type HistogramPoints, pointsOf } from '../../../src/numerics/histogram.ts';
import { seededRandom } from '../../../src/numerics/random.ts';
import { rangeOf } from '../../../src/numerics/statistics.ts';
import { leastDivergence } from '../../../src/passes/ranges/entropy.ts';
import { holds } from '../../support/property.ts';

function pointsFrom(values: Float32Array): HistogramPoints {
  const histogram = emptyHistogram();
  countInto(histogram, values);
  return pointsOf(histogram);
}

function drawn(seed: number, length: number, draw: (normal: number, uniform: number) => number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => draw(random.normal(), random.uniform()));
}

const chosen = (values: Float32Array) => leastDivergence(pointsFrom(values), rangeOf(values));

test.each([
  ['on both sides of 0', -1, 1],
  ['above 0', 0, 6],
  ['below 0', -4, 0],
])('a uniform distribution is kept whole: %s', (_where, low, high) => {
  const values = drawn(1, 200_000, (_, uniform) => low + uniform * (high - low));
  const { min, max } = chosen(values);
  expect(min).toBeCloseTo(low, 1);
  expect(max).toBeCloseTo(high, 1);
});

test('a lone value far out is clipped', () => {
  const values = Float32Array.from([...drawn(1, 100_000, normal => Math.abs(normal)), 40]);
  const { min, max } = chosen(values);
  expect(max).toBeLessThan(20);
  expect(max).toBeGreaterThan(3);
  expect(min).toBeLessThanOrEqual(0.001);
});

test('a heavy tail is cut, and the bulk is not', () => {
  const values = drawn(1, 100_000, normal => normal ** 3);
  const { min, max } = chosen(values);
  const seen = rangeOf(values);
  expect(max).toBeLessThan(0.8 * seen.max);
  const inside = values.filter(value => value >= min && value <= max).length;
  expect(inside / values.length).toBeGreaterThan(0.99);
});

test('is never wider than what was seen', () => {
  const shapes = [fc.integer(), fc.constantFrom(1, 2, 3), fc.constantFrom(-10, -1, 0, 1, 10)] as const;
  holds(
    fc.property(...shapes, (seed, tail, shift) => {
      const values = drawn(seed, 3000, normal => Math.sign(normal) * Math.abs(normal) ** tail + shift);
      const seen = rangeOf(values);
      const { min, max } = chosen(values);
      expect(min).toBeGreaterThanOrEqual(seen.min);
      expect(max).toBeLessThanOrEqual(seen.max);
      expect(min).toBeLessThan(max);
    }),
    30,
  );
});

test.each([
  ['nothing', []],
  ['zeros', [0, 0]],
  ['one value', [3.5, 3.5]],
  ['one negative value', [-3.5]],
])('of %s, all of it', (_what, list) => {
  const values = Float32Array.from(list);
  const seen = list.length === 0 ? { min: 0, max: 0 } : rangeOf(values);
  expect(leastDivergence(pointsFrom(values), seen)).toEqual(seen);
});
