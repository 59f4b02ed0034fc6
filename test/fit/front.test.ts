import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Budget, type FitPoint, searchFit } from '../../src/fit/front.ts';
import { holds } from '../support/property.ts';

interface Named extends FitPoint {
  readonly name: string;
}

function point(name: string, ramBytes: number, flashBytes: number, macs: number, percent: number | null): Named {
  const top1 = percent === null ? null : ({ percent, kind: 'interpolated' } as const);
  return { name, width: 1, resolution: 224, ramBytes, flashBytes, macs, top1 };
}

const NO_LIMIT: Budget = { ramBytes: null, flashBytes: null };
const names = (points: readonly Named[]): readonly string[] => points.map(({ name }) => name);

/** Few values, so that ties and displaced points are common. */
const few = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const points: fc.Arbitrary<readonly Named[]> = fc
  .array(fc.tuple(few(5), few(5), few(5), fc.option(few(5), { nil: null })), { maxLength: 14 })
  .map(rows => rows.map(([ram, flash, macs, percent], index) => point(String(index), ram, flash, macs, percent)));
const limits = fc.option(few(5), { nil: null });
const budgets: fc.Arbitrary<Budget> = fc.record({ ramBytes: limits, flashBytes: limits });

const within = (need: number, limit: number | null): boolean => limit === null || need <= limit;
const fits = (p: FitPoint, budget: Budget): boolean =>
  within(p.ramBytes, budget.ramBytes) && within(p.flashBytes, budget.flashBytes);

/** The order of quality as one number: all known figures (at least 0) lie above all MACs. */
const quality = (p: FitPoint): number => (p.top1 === null ? p.macs - 1e9 : p.top1.percent);

/** The definition, word by word. */
function isDisplaced(p: FitPoint, others: readonly FitPoint[]): boolean {
  return others.some(
    o =>
      o.ramBytes <= p.ramBytes &&
      o.flashBytes <= p.flashBytes &&
      o.macs <= p.macs &&
      quality(o) >= quality(p) &&
      (o.ramBytes < p.ramBytes || o.flashBytes < p.flashBytes || o.macs < p.macs || quality(o) > quality(p)),
  );
}

/** Those that remain after keeping, for one measure after the other, only the points with the least of it. */
function leastBy(candidates: readonly Named[], ...measures: readonly ((p: Named) => number)[]): readonly Named[] {
  return measures.reduce((left, measure) => {
    const least = Math.min(...left.map(measure));
    return left.filter(p => measure(p) === least);
  }, candidates);
}

const COSTS = [(p: Named) => p.ramBytes, (p: Named) => p.flashBytes, (p: Named) => p.macs] as const;

describe('against the definitions', () => {
  test('the front holds the fitting points that no fitting point displaces', () => {
    holds(
      fc.property(points, budgets, (all, budget) => {
        const result = searchFit(all, budget);
        const fitting = all.filter(p => fits(p, budget));
        expect(result.points).toBe(all.length);
        expect(result.fitting).toBe(fitting.length);
        const expected = fitting.filter(p => !isDisplaced(p, fitting));
        expect(new Set(result.front)).toEqual(new Set(expected));
        expect(result.front).toHaveLength(expected.length);
      }),
      1000,
    );
  });

  test('the front is sorted by descending quality', () => {
    holds(
      fc.property(points, budgets, (all, budget) => {
        const qualities = searchFit(all, budget).front.map(quality);
        expect(qualities).toEqual([...qualities].sort((a, b) => b - a));
      }),
    );
  });

  test('the best is the highest known top-1, and where none is known the most MACs', () => {
    holds(
      fc.property(points, budgets, (all, budget) => {
        const { best } = searchFit(all, budget);
        const fitting = all.filter(p => fits(p, budget));
        const known = fitting.filter(p => p.top1 !== null);
        const expected =
          known.length > 0
            ? leastBy(known, p => -(p.top1?.percent ?? 0), ...COSTS)
            : leastBy(fitting, p => -p.macs, ...COSTS);
        // Points that are equal in everything come in the order given.
        expect(best).toBe(expected[0] ?? null);
      }),
      1000,
    );
  });

  test('the nearest is given where nothing fits, and misses by the least factor', () => {
    const tight = fc.record({ ramBytes: fc.option(few(2), { nil: null }), flashBytes: few(2) });
    holds(
      fc.property(points, tight, (all, budget) => {
        const { nearest } = searchFit(all, budget);
        if (all.length === 0 || all.some(p => fits(p, budget))) {
          expect(nearest).toBeNull();
          return;
        }
        const factors = (p: Named): readonly [number, number] => [
          budget.ramBytes === null ? 1 : Math.max(1, p.ramBytes / Math.max(1, budget.ramBytes)),
          Math.max(1, p.flashBytes / Math.max(1, budget.flashBytes)),
        ];
        const most = (p: Named): number => Math.max(...factors(p));
        const other = (p: Named): number => Math.min(...factors(p));
        const [expected] = leastBy(all, most, other, p => -quality(p), ...COSTS);
        expect(nearest?.point).toBe(expected);
        const ram = budget.ramBytes === null ? 0 : Math.max(0, expected!.ramBytes - budget.ramBytes);
        expect(nearest?.ramMissingBytes).toBe(ram);
        expect(nearest?.flashMissingBytes).toBe(Math.max(0, expected!.flashBytes - budget.flashBytes));
        expect(ram + (nearest?.flashMissingBytes ?? 0)).toBeGreaterThan(0);
      }),
      1000,
    );
  });

  test('what does not fit changes nothing about what does', () => {
    holds(
      fc.property(points, budgets, (all, budget) => {
        const fitting = all.filter(p => fits(p, budget));
        expect(names(searchFit(all, budget).front)).toEqual(names(searchFit(fitting, NO_LIMIT).front));
      }),
    );
  });
});

describe('cases by hand', () => {
  const large = point('large', 400, 900, 300, 71.8);
  const middle = point('middle', 200, 900, 100, 65.3);
  const narrow = point('narrow', 200, 400, 60, 60.3);
  const wasteful = point('wasteful', 300, 900, 120, 65.0);

  test('a point that costs more for less is not on the front', () => {
    const result = searchFit([narrow, wasteful, large, middle], NO_LIMIT);
    expect(result).toMatchObject({ points: 4, fitting: 4, nearest: null });
    expect(names(result.front)).toEqual(['large', 'middle', 'narrow']);
    expect(result.best).toBe(large);
  });

  test('a budget that is met exactly is met', () => {
    const all = [large, middle, narrow];
    expect(searchFit(all, { ramBytes: 200, flashBytes: null }).best).toBe(middle);
    expect(searchFit(all, { ramBytes: 200, flashBytes: 899 }).best).toBe(narrow);
    expect(searchFit(all, { ramBytes: null, flashBytes: 900 }).best).toBe(large);
  });

  test('what displaces others without fitting does not', () => {
    const better = point('better', 100, 2000, 50, 75);
    expect(names(searchFit([better, middle], { ramBytes: null, flashBytes: 1000 }).front)).toEqual(['middle']);
    expect(names(searchFit([better, middle], NO_LIMIT).front)).toEqual(['better', 'middle']);
  });

  test('an unknown accuracy is never chosen over a known one, and stays on the front where it costs less', () => {
    const cheap = point('cheap', 50, 1200, 400, null);
    const result = searchFit([cheap, narrow], NO_LIMIT);
    expect(result.best).toBe(narrow);
    expect(names(result.front)).toEqual(['narrow', 'cheap']);
    const costly = point('costly', 200, 400, 400, null);
    expect(names(searchFit([costly, narrow], NO_LIMIT).front)).toEqual(['narrow']);
  });

  test('where no accuracy is known the most MACs are best, and MACs displace only at equal MACs', () => {
    const small = point('small', 20, 100, 5, null);
    const bigger = point('bigger', 30, 200, 9, null);
    const sameWork = point('sameWork', 31, 200, 9, null);
    const result = searchFit([small, sameWork, bigger], NO_LIMIT);
    expect(result.best).toBe(bigger);
    expect(names(result.front)).toEqual(['bigger', 'small']);
  });

  test('a published figure and an interpolated one count alike', () => {
    const published: Named = { ...middle, name: 'published', top1: { percent: 65.3, kind: 'published' } };
    expect(names(searchFit([middle, published], NO_LIMIT).front)).toEqual(['middle', 'published']);
  });

  test('the nearest misses by the least factor, not by the fewest bytes', () => {
    const shortOfRam = point('shortOfRam', 150, 1000, 10, 50);
    const shortOfFlash = point('shortOfFlash', 100, 1200, 10, 50);
    expect(searchFit([shortOfRam, shortOfFlash], { ramBytes: 100, flashBytes: 1000 })).toEqual({
      points: 2,
      fitting: 0,
      front: [],
      best: null,
      nearest: { point: shortOfFlash, ramMissingBytes: 0, flashMissingBytes: 200 },
    });
  });

  test('of points that miss one memory by as much, the one that misses less of the other is nearer', () => {
    const good = point('good', 200, 1100, 10, 60);
    const poor = point('poor', 200, 1000, 10, 55);
    expect(searchFit([good, poor], { ramBytes: 100, flashBytes: 1000 }).nearest?.point).toBe(poor);
  });

  test('level points that miss are told apart by quality; both memories may be short', () => {
    const good = point('good', 200, 1100, 10, 60);
    const poor = point('poor', 200, 1100, 10, 55);
    expect(searchFit([poor, good], { ramBytes: 100, flashBytes: 1000 }).nearest).toEqual({
      point: good,
      ramMissingBytes: 100,
      flashMissingBytes: 100,
    });
  });

  test('a memory without a limit is never short, and without any memory the smallest is nearest', () => {
    expect(searchFit([large, narrow], { ramBytes: 100, flashBytes: null }).nearest).toEqual({
      point: narrow,
      ramMissingBytes: 100,
      flashMissingBytes: 0,
    });
    expect(searchFit([large, narrow], { ramBytes: 0, flashBytes: 0 }).nearest?.point).toBe(narrow);
  });

  test('no points give no result', () => {
    expect(searchFit([], NO_LIMIT)).toEqual({ points: 0, fitting: 0, front: [], best: null, nearest: null });
  });
});
