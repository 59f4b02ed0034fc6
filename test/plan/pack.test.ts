import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Interval, packIntervals } from '../../src/plan/pack.ts';
import { holds } from '../support/property.ts';

const together = (a: Interval, b: Interval): boolean => a.first <= b.last && b.first <= a.last;

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map(rest => [item, ...rest]));
}

/**
 * The smallest total over all orders of placing each interval at the lowest multiple of `alignment` where it collides
 * with nothing: some order gives an optimal packing, because any packing can be pushed down.
 */
function smallestTotal(intervals: readonly Interval[], alignment: number): number {
  const totals = permutations(intervals).map(order => {
    const placed: { interval: Interval; offset: number }[] = [];
    for (const interval of order) {
      const others = placed.filter(other => together(other.interval, interval));
      let offset = 0;
      while (others.some(o => offset < o.offset + o.interval.bytes && o.offset < offset + interval.bytes))
        offset += alignment;
      placed.push({ interval, offset });
    }
    return Math.max(0, ...placed.map(({ interval, offset }) => offset + interval.bytes));
  });
  return Math.min(...totals);
}

function checkSound(intervals: readonly Interval[], alignment: number): ReturnType<typeof packIntervals> {
  const packing = packIntervals(intervals, alignment);
  const { offsets } = packing;
  expect(offsets).toHaveLength(intervals.length);
  intervals.forEach((a, i) => {
    expect(offsets[i]! % alignment).toBe(0);
    expect(offsets[i]).toBeGreaterThanOrEqual(0);
    intervals.slice(0, i).forEach((b, j) => {
      const apart = offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!;
      expect(apart || !together(a, b)).toBe(true);
    });
  });
  expect(packing.totalBytes).toBe(Math.max(0, ...intervals.map((interval, i) => interval.bytes + offsets[i]!)));
  expect(packing.totalBytes).toBeGreaterThanOrEqual(packing.lowerBoundBytes);
  return packing;
}

const intervals = (count: number, steps: number, bytes: number) =>
  fc.array(
    fc
      .record({
        bytes: fc.integer({ min: 1, max: bytes }),
        first: fc.integer({ min: 0, max: steps }),
        length: fc.integer({ min: 0, max: 4 }),
      })
      .map(({ bytes: size, first, length }): Interval => ({ bytes: size, first, last: first + length })),
    { maxLength: count },
  );

test('equals exhaustive search on up to six intervals', () => {
  holds(
    fc.property(intervals(6, 6, 12), fc.constantFrom(1, 4), (given, alignment) => {
      const packing = checkSound(given, alignment);
      expect(packing.totalBytes).toBe(smallestTotal(given, alignment));
      expect(packing.optimal).toBe(true);
    }),
    300,
  );
});

test('is sound on larger sets, and optimal where it meets the bound', () => {
  holds(
    fc.property(intervals(16, 12, 1000), (given: Interval[]) => {
      const packing = checkSound(given, 16);
      if (packing.totalBytes === packing.lowerBoundBytes) expect(packing.optimal).toBe(true);
    }),
    60,
  );
});

describe('cases', () => {
  test('nothing takes nothing', () => {
    expect(packIntervals([], 16)).toEqual({ offsets: [], totalBytes: 0, lowerBoundBytes: 0, optimal: true });
  });

  test('both ends of a life count', () => {
    const [a, b] = [
      { bytes: 10, first: 0, last: 3 },
      { bytes: 10, first: 3, last: 5 },
    ];
    expect(packIntervals([a, b], 1).totalBytes).toBe(20);
    expect(packIntervals([a, { ...b, first: 4 }], 1).totalBytes).toBe(10);
  });

  test('the topmost of several is not padded', () => {
    const odd = (bytes: number): Interval => ({ bytes, first: 0, last: 0 });
    expect(packIntervals([odd(17), odd(31)], 16)).toMatchObject({ totalBytes: 49, lowerBoundBytes: 49, optimal: true });
  });

  test('neighbours in time sit at opposite ends where greedy orders stack them: MobileNetV2 0.5-160, in KiB', () => {
    const lives: readonly (readonly [first: number, last: number, kibibytes: number])[] = [
      [0, 1, 100],
      [1, 2, 100],
      [2, 3, 50],
      [3, 4, 300],
      [4, 5, 75],
      [5, 10, 25],
      [6, 7, 150],
      [7, 8, 150],
    ];
    const given = lives.map(([first, last, bytes]) => ({ first, last, bytes }));
    expect(checkSound(given, 1)).toMatchObject({ totalBytes: 375, optimal: true });
  });

  test('where alignment keeps every packing above the bound, the search says so', () => {
    const given: Interval[] = [
      { bytes: 1, first: 0, last: 2 },
      { bytes: 4, first: 3, last: 4 },
      { bytes: 7, first: 0, last: 1 },
      { bytes: 6, first: 2, last: 3 },
    ];
    expect(checkSound(given, 4)).toMatchObject({ totalBytes: 11, lowerBoundBytes: 10, optimal: true });
    expect(smallestTotal(given, 4)).toBe(11);
  });
});
