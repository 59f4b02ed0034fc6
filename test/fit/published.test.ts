import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publishedTop1 } from '../../src/fit/published.ts';
import { holds } from '../support/property.ts';

/** Typed in a second time from the README, by rows of a width: 224, 192, 160, 128, 96. */
const ROWS: readonly (readonly [number, readonly number[]])[] = [
  [1.4, [75.0]],
  [1.3, [74.4]],
  [1.0, [71.8, 70.7, 68.8, 65.3, 60.3]],
  [0.75, [69.8, 68.7, 66.4, 63.2, 58.8]],
  [0.5, [65.4, 63.9, 61.0, 57.7, 51.2]],
  [0.35, [60.3, 58.2, 55.7, 50.8, 45.5]],
];
const FIGURES = ROWS.flatMap(([width, row]) =>
  row.map((percent, index) => [width, 224 - 32 * index, percent] as const),
);

const figure = (width: number, resolution: number): number =>
  FIGURES.find(([w, r]) => w === width && r === resolution)?.[2] ?? Number.NaN;
const percent = (width: number, resolution: number): number => publishedTop1(width, resolution)?.percent ?? Number.NaN;

const widths = fc.double({ min: 0.35, max: 1.4, noNaN: true });
const resolutions = fc.integer({ min: 96, max: 224 });

describe('published figures', () => {
  test('there are 22', () => expect(FIGURES).toHaveLength(22));

  test.each(FIGURES)('width %f at %i', (width, resolution, percent) => {
    expect(publishedTop1(width, resolution)).toEqual({ percent, kind: 'published' });
  });

  test('a width is recognised with the error of a sum', () => {
    const sum = 0.1 + 26 * 0.05;
    expect(sum).toBeGreaterThan(1.4);
    expect(publishedTop1(sum, 224)).toEqual({ percent: 75, kind: 'published' });
    expect(publishedTop1(sum, 96)).toEqual(publishedTop1(1.4, 96));
    expect(publishedTop1(0.1 + 5 * 0.05, 96)).toEqual({ percent: 45.5, kind: 'published' });
    expect(publishedTop1(0.35 - 1e-9, 100)?.kind).toBe('interpolated');
    expect(publishedTop1(1.4 + 1e-9, 224)).toEqual({ percent: 75, kind: 'published' });
  });
});

describe('figures in between', () => {
  test('are bilinear in log2 of both sizes', () => {
    // Geometric means lie half-way.
    const middle = publishedTop1(Math.sqrt(0.5 * 0.75), Math.sqrt(128 * 160));
    expect(middle?.kind).toBe('interpolated');
    expect(Math.abs((middle?.percent ?? 0) - (57.7 + 61.0 + 63.2 + 66.4) / 4)).toBeLessThanOrEqual(0.05 + 1e-9);
  });

  test('above width 1.0 lose as much below 224 as width 1.0 does', () => {
    expect(publishedTop1(1.4, 96)).toEqual({ percent: 63.5, kind: 'interpolated' });
    expect(publishedTop1(1.3, 192)).toEqual({ percent: 73.3, kind: 'interpolated' });
    expect(percent(Math.sqrt(1.3), 224)).toBe(73.1);
    expect(percent(Math.sqrt(1.3), 128)).toBe(66.6);
  });

  test('never fall as a size grows', () => {
    holds(
      fc.property(widths, widths, resolutions, resolutions, (w1, w2, r1, r2) => {
        const small = percent(Math.min(w1, w2), Math.min(r1, r2));
        expect(percent(Math.max(w1, w2), Math.max(r1, r2))).toBeGreaterThanOrEqual(small);
      }),
      1000,
    );
  });

  test('never fall between neighbours on a fine grid', () => {
    const fine = Array.from({ length: 106 }, (_, index) => (35 + index) / 100);
    for (const [index, width] of fine.entries()) {
      for (let resolution = 96; resolution <= 224; resolution += 1) {
        const here = percent(width, resolution);
        expect(here).toBeGreaterThanOrEqual(45.5);
        if (index > 0) expect(here).toBeGreaterThanOrEqual(percent(fine[index - 1]!, resolution));
        if (resolution > 96) expect(here).toBeGreaterThanOrEqual(percent(width, resolution - 1));
      }
    }
  });

  test('are marked, and have one decimal', () => {
    holds(
      fc.property(widths, resolutions, (width, resolution) => {
        const isFigure = FIGURES.some(([w, r]) => Math.abs(w - width) <= 1e-6 && r === resolution);
        const top1 = publishedTop1(width, resolution);
        expect(top1?.kind).toBe(isFigure ? 'published' : 'interpolated');
        expect(top1?.percent).toBe(Number(top1?.percent.toFixed(1)));
      }),
    );
  });

  test('the scheme recovers a figure that is left out as well as the comment says', () => {
    const between = (at: number, low: number, high: number, a: number, b: number): number =>
      a + ((b - a) * Math.log2(at / low)) / Math.log2(high / low);
    const full = [0.35, 0.5, 0.75, 1];
    const sides = [96, 128, 160, 192, 224];
    const overResolutions = full.flatMap(width =>
      [128, 160, 192].map(r => {
        const estimate = between(r, r - 32, r + 32, figure(width, r - 32), figure(width, r + 32));
        return Math.abs(estimate - figure(width, r));
      }),
    );
    const triples: readonly (readonly [number, number, number])[] = [
      [0.35, 0.5, 0.75],
      [0.5, 0.75, 1],
    ];
    const overWidths = triples.flatMap(([low, width, high]) =>
      sides.map(r => Math.abs(between(width, low, high, figure(low, r), figure(high, r)) - figure(width, r))),
    );
    expect(Math.max(...overResolutions).toFixed(1)).toBe('1.0');
    expect(Math.max(...overWidths).toFixed(1)).toBe('2.3');
    const loss = (width: number, r: number): number => figure(width, 224) - figure(width, r);
    expect(Math.max(...sides.map(r => Math.abs(loss(1, r) - loss(0.75, r)))).toFixed(1)).toBe('0.5');
  });
});

describe('outside of the figures', () => {
  test.each([
    [0.3, 224],
    [0.349, 224],
    [1.401, 224],
    [1.45, 160],
    [1, 95],
    [1, 80],
    [1, 225],
    [1, 256],
    [1.4, 95],
    [0.1, 32],
    [0, 0],
    [-1, -1],
    [Number.NaN, 224],
    [1, Number.NaN],
    [Number.POSITIVE_INFINITY, 224],
  ])('width %f at %f is unknown', (width, resolution) => expect(publishedTop1(width, resolution)).toBeNull());

  test('nothing is known, and inside everything is', () => {
    const anyWidth = fc.double({ min: 0.05, max: 2, noNaN: true });
    holds(
      fc.property(anyWidth, fc.integer({ min: 1, max: 512 }), (width, resolution) => {
        const inside = width > 0.35 - 1e-6 && width < 1.4 + 1e-6 && resolution >= 96 && resolution <= 224;
        expect(publishedTop1(width, resolution) !== null).toBe(inside);
      }),
      1000,
    );
  });
});
