import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countInto, emptyHistogram, pointsOf } from '../../../src/numerics/histogram.ts';
import { seededRandom } from '../../../src/numerics/random.ts';
import { rangeOf } from '../../../src/numerics/statistics.ts';
import {
  CALIBRATION_METHODS,
  type CalibrationMethod,
  chooseRange,
  DEFAULT_COVERAGE,
  needsHistograms,
} from '../../../src/passes/ranges/index.ts';
import { squaredError } from '../../../src/passes/ranges/squared-error.ts';
import type { TensorStatistics } from '../../../src/passes/statistics/statistics.ts';
import { holds } from '../../support/property.ts';

function seenOf(values: Float32Array): TensorStatistics {
  const histogram = emptyHistogram();
  countInto(histogram, values);
  return { range: rangeOf(values), histogram, channels: null };
}

/** From light to heavy tails, on either side of 0 or around it. */
function drawn(seed: number, length = 3000): Float32Array {
  const random = seededRandom(seed);
  const [tail, shift] = [1 + random.integer(4), random.integer(9) - 4];
  return Float32Array.from({ length }, () => {
    const value = random.normal();
    return Math.sign(value) * Math.abs(value) ** tail + shift;
  });
}

const methodOf = (kind: CalibrationMethod['kind']): CalibrationMethod =>
  kind === 'percentile' ? { kind, coverage: DEFAULT_COVERAGE } : { kind };
const METHODS = CALIBRATION_METHODS.map(methodOf);
const SINGLE = METHODS.filter(({ kind }) => kind !== 'auto');

test('no method chooses more than what was seen, or a range that ends before it begins', () => {
  holds(
    fc.property(fc.integer(), seed => {
      const seen = seenOf(drawn(seed));
      for (const method of METHODS) {
        const { min, max } = chooseRange(seen, method);
        expect(min).toBeGreaterThanOrEqual(seen.range.min);
        expect(max).toBeLessThanOrEqual(seen.range.max);
        expect(min).toBeLessThanOrEqual(max);
      }
    }),
    15,
  );
});

test('`auto` has the least squared error of the four, and says whose it is', () => {
  holds(
    fc.property(fc.integer(), seed => {
      const seen = seenOf(drawn(seed));
      const points = pointsOf(seen.histogram!);
      const { choice, ...range } = chooseRange(seen, { kind: 'auto' });
      const errors = SINGLE.map(method => squaredError(points, chooseRange(seen, method)));
      expect(squaredError(points, range)).toBe(Math.min(...errors));
      const named = SINGLE.find(({ kind }) => kind === choice)!;
      expect(chooseRange(seen, named)).toEqual({ ...range, choice });
    }),
    15,
  );
});

test.each(METHODS)('$kind says how it chose', method => {
  const { choice } = chooseRange(seenOf(drawn(1)), method);
  if (method.kind === 'auto') expect(SINGLE.map(({ kind }) => kind)).toContain(choice);
  else expect(choice).toBe(method.kind);
});

test.each(METHODS)('without a histogram $kind keeps everything', method => {
  const range = { min: -1, max: 7 };
  expect(chooseRange({ range, histogram: null, channels: null }, method)).toEqual({ ...range, choice: 'minmax' });
});

test('only the extremes do without histograms', () => {
  expect(METHODS.map(needsHistograms)).toEqual([false, true, true, true, true]);
});

test('a percentile leaves no more than its part outside, and clips what is rarer', () => {
  const values = Float32Array.from([...drawn(4, 200_000).map(value => value / 100), 1000]);
  const { max } = chooseRange(seenOf(values), { kind: 'percentile', coverage: 0.9999 });
  expect(max).toBeLessThan(1000);
  expect(values.filter(value => value > max).length).toBeLessThanOrEqual(values.length * 0.0001);
});

test('`auto` takes another than `mse` where that cannot reach far enough', () => {
  // Two thousand million values around 0 and one at 10,000: the best end lies below the least that `mse` tries, a 64th.
  const histogram = emptyHistogram();
  countInto(
    histogram,
    Float32Array.from({ length: 20_000 }, (_, i) => i / 10_000 - 1),
  );
  histogram.forEach((count, bin) => {
    histogram[bin] = 100_000 * count;
  });
  countInto(histogram, Float32Array.of(1e4));
  const seen = { range: { min: -1, max: 1e4 }, histogram, channels: null };
  const chosen = chooseRange(seen, { kind: 'auto' });
  expect(chosen.choice).toBe('percentile');
  expect(chosen.max).toBeLessThan(1.1);
});
