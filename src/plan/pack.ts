/**
 * Offsets for buffers with known lifetimes so that the arena is as small as possible: dynamic storage allocation with
 * everything known in advance. Greedy first-fit in three orders often meets the lower bound, the largest sum of bytes alive
 * at one step; where it does not, a search in order of time aims at the bound, and at last branch and bound decides.
 */
import { type Bytes, bytes } from '../ir/units.ts';
import { alignDown, alignUp } from './alignment.ts';

/** A buffer and the steps from `first` to `last`, both included, during which it must not be overwritten. */
export interface Interval {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Where each interval lies, and how good that is. */
export interface Packing {
  /** One for each interval, multiples of the alignment. */
  readonly offsets: readonly number[];
  readonly totalBytes: Bytes;
  /** The largest sum of bytes alive at one step: no packing can be smaller. */
  readonly lowerBoundBytes: Bytes;
  /** True where no smaller packing exists: the bound is met, or the search was exhaustive. */
  readonly optimal: boolean;
}

/** Placements that the exact search may try; beyond it the best one found is returned with `optimal` false. */
const SEARCH_LIMIT = 200_000;
/** Placements that the search at the bound may try. */
const BOUND_SEARCH_LIMIT = 20_000;

const overlap = (a: Interval, b: Interval): boolean => a.first <= b.last && b.first <= a.last;

function lowerBound(intervals: readonly Interval[], alignment: number): number {
  let bound = 0;
  for (const { first: step } of intervals) {
    const alive = intervals.filter(other => other.first <= step && step <= other.last).map(other => other.bytes);
    // All but the topmost are padded to the alignment; the padding is least with the most padded one on top.
    const padding = alive.map(size => alignUp(size, alignment) - size);
    const padded = alive.reduce((sum, size) => sum + alignUp(size, alignment), 0);
    bound = Math.max(bound, padded - Math.max(0, ...padding));
  }
  return bound;
}

/** The lowest aligned offset at which `candidate` touches none of the placed intervals that live at the same time. */
function firstFit(candidate: Interval, placed: readonly (readonly [Interval, number])[], alignment: number): number {
  const taken = placed.filter(([other]) => overlap(candidate, other)).sort((a, b) => a[1] - b[1]);
  let offset = 0;
  for (const [other, start] of taken) {
    if (offset + candidate.bytes <= start) break;
    offset = Math.max(offset, alignUp(start + other.bytes, alignment));
  }
  return offset;
}

/** The highest aligned offset below `ceiling` at which `candidate` touches none of the placed ones; negative if none. */
function lastFit(
  candidate: Interval,
  placed: readonly (readonly [Interval, number])[],
  alignment: number,
  ceiling: number,
): number {
  const taken = placed
    .filter(([other]) => overlap(candidate, other))
    .map(([other, start]) => ({ start, end: start + other.bytes }))
    .sort((a, b) => b.end - a.end);
  let offset = alignDown(ceiling - candidate.bytes, alignment);
  for (const { start, end } of taken) {
    if (offset >= end) break;
    offset = Math.min(offset, alignDown(start - candidate.bytes, alignment));
  }
  return offset;
}

function packInOrder(intervals: readonly Interval[], order: readonly number[], alignment: number): number[] {
  const placed: [Interval, number][] = [];
  const offsets = new Array<number>(intervals.length).fill(0);
  for (const index of order) {
    const interval = intervals[index]!;
    const offset = firstFit(interval, placed, alignment);
    placed.push([interval, offset]);
    offsets[index] = offset;
  }
  return offsets;
}

const totalOf = (intervals: readonly Interval[], offsets: readonly number[]): number =>
  Math.max(0, ...intervals.map((interval, i) => interval.bytes + offsets[i]!));

/**
 * Looks for a packing that meets the bound: in order of time, each interval goes to the lowest or to the highest free place
 * below it. A chain of layers, whose neighbours have to sit at opposite ends, comes out almost without going back.
 */
function searchAtBound(intervals: readonly Interval[], alignment: number, bound: number): number[] | null {
  const order = [...intervals.keys()].sort((a, b) => intervals[a]!.first - intervals[b]!.first || a - b);
  const placed: [Interval, number][] = [];
  const offsets = new Array<number>(intervals.length).fill(0);
  let visited = 0;
  const descend = (depth: number): boolean => {
    const index = order[depth];
    if (index === undefined) return true;
    const interval = intervals[index]!;
    const lowest = firstFit(interval, placed, alignment);
    if (lowest + interval.bytes > bound) return false;
    for (const offset of new Set([lowest, lastFit(interval, placed, alignment, bound)])) {
      visited += 1;
      if (visited > BOUND_SEARCH_LIMIT) return false;
      placed.push([interval, offset]);
      offsets[index] = offset;
      if (descend(depth + 1)) return true;
      placed.pop();
    }
    return false;
  };
  return descend(0) ? offsets : null;
}

/**
 * Exact search: any packing can be pushed down so that placing its intervals in order of offset by first fit gives it
 * back, so all orders with rising offsets are tried, cut off where they reach the best total known.
 */
function searchExactly(
  intervals: readonly Interval[],
  alignment: number,
  start: number[],
  bound: number,
): { offsets: number[]; complete: boolean } {
  let best = start;
  let bestTotal = totalOf(intervals, start);
  let visited = 0;
  const placed: [Interval, number][] = [];
  const offsets = new Array<number>(intervals.length).fill(0);
  const remaining = new Set(intervals.keys());
  const descend = (lowest: number, height: number): void => {
    if (bestTotal === bound || visited > SEARCH_LIMIT) return;
    if (remaining.size === 0) {
      best = [...offsets];
      bestTotal = height;
      return;
    }
    for (const index of [...remaining]) {
      visited += 1;
      const interval = intervals[index]!;
      const offset = firstFit(interval, placed, alignment);
      const top = Math.max(height, offset + interval.bytes);
      if (offset < lowest || top >= bestTotal) continue;
      remaining.delete(index);
      placed.push([interval, offset]);
      offsets[index] = offset;
      descend(offset, top);
      placed.pop();
      remaining.add(index);
    }
  };
  descend(0, 0);
  return { offsets: best, complete: visited <= SEARCH_LIMIT };
}

/** @param alignment of every offset, in bytes */
export function packIntervals(intervals: readonly Interval[], alignment: number): Packing {
  const bound = lowerBound(intervals, alignment);
  const indices = [...intervals.keys()];
  const by = (key: (interval: Interval) => number): number[] =>
    [...indices].sort((a, b) => key(intervals[b]!) - key(intervals[a]!) || a - b);
  const orders = [by(i => i.bytes), by(i => i.bytes * (i.last - i.first + 1)), by(i => -i.first)];
  const candidates = orders.map(order => packInOrder(intervals, order, alignment));
  const greedy = candidates.reduce((a, b) => (totalOf(intervals, b) < totalOf(intervals, a) ? b : a));
  const met = totalOf(intervals, greedy) === bound ? greedy : searchAtBound(intervals, alignment, bound);
  const { offsets, complete } =
    met !== null ? { offsets: met, complete: true } : searchExactly(intervals, alignment, greedy, bound);
  const total = totalOf(intervals, offsets);
  return { offsets, totalBytes: bytes(total), lowerBoundBytes: bytes(bound), optimal: complete || total === bound };
}
