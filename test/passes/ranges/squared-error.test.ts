import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dequantizeArray, quantizationForRange, quantizeArray } from '../../../src/ir/quantization.ts';
import { countInto, emptyHistogram, type HistogramPoints, pointsOf } from '../../../src/numerics/histogram.ts';
import { seededRandom } from '../../../src/numerics/random.ts';
import { type Range, rangeOf } from '../../../src/numerics/statistics.ts';
import { leastSquaredError, squaredError } from '../../../src/passes/ranges/squared-error.ts';
import { holds } from '../../support/property.ts';

function pointsFrom(values: Float32Array): HistogramPoints {
  const histogram = emptyHistogram();
  countInto(histogram, values);
  return pointsOf(histogram);
}

/** Σ (quantized − value)² by quantizing every value and taking it back. */
function measuredError(values: Float32Array, range: Range): number {
  const quantization = quantizationForRange(range);
  const back = dequantizeArray(quantizeArray(values, quantization), quantization);
  return values.reduce((sum, value, i) => sum + (back[i]! - value) ** 2, 0);
}

/** Normal values to a power: the heavier `tail`, the farther out are some. */
function heavy(seed: number, length: number, tail: number, shift = 0): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => {
    const value = random.normal();
    return Math.sign(value) * Math.abs(value) ** tail + shift;
  });
}

const SHIFTS = fc.constantFrom(0, -0.5, 2, -8);

/** What was seen with its ends moved inwards; an end on the far side of 0 stays. */
const shrunk = ({ min, max }: Range, low: number, high: number): Range => ({
  min: min < 0 ? min * low : min,
  max: max > 0 ? max * high : max,
});

describe('squaredError', () => {
  test('is what quantizing every value costs, where values are spread over the steps', () => {
    const part = fc.double({ min: 0.3, max: 1, noNaN: true });
    holds(
      fc.property(fc.integer(), fc.constantFrom(1, 1.3), SHIFTS, part, (seed, tail, shift, kept) => {
        const values = heavy(seed, 3000, tail, shift);
        const range = shrunk(rangeOf(values), kept, kept);
        const [expected, actual] = [measuredError(values, range), squaredError(pointsFrom(values), range)];
        expect(Math.abs(actual / expected - 1)).toBeLessThan(0.12);
      }),
      40,
    );
  });

  test('0 costs nothing', () => {
    expect(squaredError(pointsFrom(new Float32Array(1000)), { min: -1, max: 3 })).toBe(0);
  });

  test('within bins of a whole step costs a twelfth, of a narrow bin what its middle does, beyond the end the distance', () => {
    const of = (value: number, halfWidth: number): number =>
      squaredError(
        { values: Float64Array.of(value), halfWidths: Float64Array.of(halfWidth), counts: Float64Array.of(7) },
        { min: 0, max: 255 },
      );
    expect(of(200.3, 0.5)).toBeCloseTo(7 / 12, 12);
    expect(of(200.3, 1)).toBeCloseTo(7 / 12, 12);
    expect(of(3.25, 1e-3)).toBeCloseTo(7 * 0.0625, 5);
    expect(of(255.4, 1e-3)).toBeCloseTo(7 * 0.16, 5);
    expect(of(258, 1e-3)).toBeCloseTo(7 * 9, 9);
    expect(of(-2, 1e-3)).toBeCloseTo(7 * 4, 9);
  });

  test('is what quantizing costs where many values are the same, on a step or between two', () => {
    for (const steps of [3, 3.3, 5.5]) {
      const values = Float32Array.from({ length: 4000 }, (_, i) => (i % 4 === 0 ? i / 1600 : (steps * 2.5) / 255));
      const range = { min: 0, max: 2.5 };
      const ratio = squaredError(pointsFrom(values), range) / measuredError(values, range);
      expect(Math.abs(ratio - 1), `${steps}`).toBeLessThan(0.05);
    }
  });
});

describe('leastSquaredError', () => {
  test('is never worse than all that was seen, never wider, and near the best of a grid', () => {
    holds(
      fc.property(fc.integer(), fc.constantFrom(1, 1.5, 2, 3), SHIFTS, (seed, tail, shift) => {
        const values = heavy(seed, 2000, tail, shift);
        const [seen, points] = [rangeOf(values), pointsFrom(values)];
        const found = leastSquaredError(points, seen);
        expect(found.min).toBeGreaterThanOrEqual(seen.min);
        expect(found.max).toBeLessThanOrEqual(seen.max);
        const least = squaredError(points, found);
        expect(least).toBeLessThanOrEqual(squaredError(points, seen));
        let best = Infinity;
        for (let low = 1; low <= 12; low += 1)
          for (let high = 1; high <= 12; high += 1)
            best = Math.min(best, squaredError(points, shrunk(seen, low / 12, high / 12)));
        expect(least).toBeLessThanOrEqual(best * 1.01);
      }),
      25,
    );
  });

  test('lowers the error of the quantized values themselves', () => {
    const values = heavy(1, 50_000, 1.5);
    const seen = rangeOf(values);
    const found = leastSquaredError(pointsFrom(values), seen);
    expect(measuredError(values, found)).toBeLessThan(0.92 * measuredError(values, seen));
  });

  test('clips outliers where the derivative of the error is 0', () => {
    // `many` values in [−4, 4] and one at 60, with m for the upper end: many · ((m + 4) / 255)² / 12 + (60 − m)².
    const many = 5_000_000;
    const bulk = pointsFrom(Float32Array.from({ length: 50_000 }, (_, i) => (i / 49_999) * 8 - 4));
    const points = {
      values: Float64Array.from([...bulk.values, 60]),
      halfWidths: Float64Array.from([...bulk.halfWidths, 60 / 256]),
      counts: Float64Array.from([...bulk.counts.map(count => count * 100), 1]),
    };
    const slope = many / (12 * 255 * 255);
    const { min, max } = leastSquaredError(points, { min: -4, max: 60 });
    expect(min).toBe(-4);
    expect(Math.abs(max - (60 - 4 * slope) / (1 + slope))).toBeLessThan(60 / 64);
    expect(max).toBeLessThan(10);
  });

  test('nothing of 256 levels that all occur is given up', () => {
    const values = Float32Array.from({ length: 256 * 20 }, (_, i) => ((i % 256) - 128) / 16);
    const seen = rangeOf(values);
    expect(leastSquaredError(pointsFrom(values), seen)).toEqual(seen);
    expect(measuredError(values, seen)).toBe(0);
  });

  test.each([
    ['nothing', []],
    ['zeros', [0, 0]],
    ['one value', [3.5]],
    ['one negative value', [-3.5]],
  ])('of %s, all of it', (_what, list) => {
    const values = Float32Array.from(list);
    const seen = list.length === 0 ? { min: 0, max: 0 } : rangeOf(values);
    expect(leastSquaredError(pointsFrom(values), seen)).toEqual(seen);
  });
});
