import { describe, expect, test } from 'vitest';
import { countInto, emptyHistogram } from '../../../src/numerics/histogram.ts';
import { rangeOf } from '../../../src/numerics/statistics.ts';
import { linearBins, partOutside } from '../../../src/report/quantization/bins.ts';

function histogramOf(values: readonly number[]) {
  const data = Float32Array.from(values);
  const histogram = emptyHistogram();
  countInto(histogram, data);
  return { histogram, seen: rangeOf(data) };
}

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

describe('the part outside of bounds', () => {
  const { histogram, seen } = histogramOf([-10, -1, 0, 0, 1, 2, 3, 100]);

  test('counts values beyond either bound', () => {
    expect(partOutside(histogram, seen, { min: -5, max: 50 })).toBe(2 / 8);
    expect(partOutside(histogram, seen, { min: 0.5, max: 200 })).toBe(4 / 8);
  });

  test('is exactly 0 where the bounds are what was seen', () => {
    expect(partOutside(histogram, seen, seen)).toBe(0);
  });

  test('is not known of an empty histogram', () => {
    expect(partOutside(emptyHistogram(), { min: Infinity, max: -Infinity }, { min: 0, max: 1 })).toBeNull();
  });

  test('shares out a bin that a bound cuts', () => {
    const values = Array.from({ length: 1000 }, (_, i) => 1 + i / 1000 / 128);
    const cut = histogramOf(values);
    expect(partOutside(cut.histogram, cut.seen, { min: 0, max: 1 + 0.25 / 128 })).toBeCloseTo(0.75, 2);
  });
});

describe('bins of equal width', () => {
  test('keep the number of values', () => {
    const values = Array.from({ length: 5000 }, (_, i) => Math.sin(i) * 7);
    const { histogram, seen } = histogramOf(values);
    expect(sum(linearBins(histogram, seen, seen, 128))).toBeCloseTo(5000, 6);
    expect(sum(linearBins(histogram, seen, { min: -8, max: 8 }, 60))).toBeCloseTo(5000, 6);
  });

  test('hold values where they are, 0 in one of them', () => {
    const { histogram, seen } = histogramOf([0, 0, 0, 3.5]);
    expect([...linearBins(histogram, seen, { min: 0, max: 4 }, 4)]).toEqual([3, 0, 0, 1]);
    expect([...linearBins(histogram, seen, { min: 0, max: 0 }, 2)]).toEqual([0, 0]);
  });
});
