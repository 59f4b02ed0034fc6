/** What windows need of an earlier map, and the room that line buffers take, against flows whose rings remember their pixels. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FlowWindow } from '../../../src/ir/flow.ts';
import { windowReach } from '../../../src/plan/stream/flow-facts.ts';
import {
  branchLag,
  compose,
  identityAxis,
  identityReach,
  inBlocks,
  type Reach,
  remainingAfter,
  windowAxis,
  windowHistory,
} from '../../../src/plan/stream/reach.ts';
import { holds } from '../../support/property.ts';
import {
  awaited,
  blockAt,
  flowThrough,
  outputOf,
  pixelsUnder,
  type Stage,
  sameWindow,
  sides,
  split,
  under,
  windowFrom,
  windows,
} from './windows.ts';

const most = fc.integer({ min: 1, max: 16 });
const draws = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 20 });
const reachOf = (window: FlowWindow, count: number): Reach => windowReach({ kind: 'pixels', count }, window);
const pixelsIn = ({ input }: FlowWindow): number => input[0] * input[1];

/** Arrivals of any sizes up to `room`, as the numbers say. */
function arrivals(all: number, room: number, numbers: readonly number[]): readonly number[] {
  let i = 0;
  return split(all, room, left => 1 + Math.floor(numbers[i++ % numbers.length]! * left));
}

/** Blocks of output pixels in the order in which they are computed. */
function blocksOf(window: FlowWindow, count: number): readonly (readonly number[])[] {
  const blocks: number[][] = [];
  const all = window.output[0] * window.output[1];
  for (let position = 0; position < all; position += blocks.at(-1)!.length)
    blocks.push(Array.from({ length: blockAt(window, position, count) }, (_, i) => position + i));
  return blocks;
}

/**
 * Runs a chain of windows over rings of the given sizes; each slot remembers its pixel, and every pixel that is read has to
 * be there. `late`: each output pixel is added to the pixel of the same index in the first ring.
 */
function survives(
  chain: readonly FlowWindow[],
  capacities: readonly number[],
  { count, arriving, late = false }: { count: number; arriving: readonly number[]; late?: boolean },
): boolean {
  const rings = capacities.map(capacity => new Int32Array(capacity).fill(-1));
  let sound = true;
  const has = (ring: number, pixel: number): boolean => rings[ring]![pixel % capacities[ring]!] === pixel;
  const stages: readonly Stage[] = [...chain, ...(late ? ['pixels' as const] : [])];
  flowThrough(stages, count, arriving, (step, position, pixels) => {
    for (let pixel = position; pixel < position + pixels; pixel += 1) {
      if (step >= 0 && step < chain.length) sound &&= pixelsUnder(chain[step]!, pixel).every(read => has(step, read));
      else if (step >= 0) sound &&= has(0, pixel);
    }
    for (let pixel = position; pixel < position + pixels; pixel += 1)
      if (step + 1 < chain.length) rings[step + 1]![pixel % capacities[step + 1]!] = pixel;
  });
  return sound;
}

describe('along one side', () => {
  test('a window reaches from the first to the last position that it waits for', () => {
    holds(
      fc.property(sides(), side => {
        const window = windowFrom(side, side);
        const axis = windowAxis(side.input, outputOf(side), side);
        const need = Array.from({ length: outputOf(side) }, (_, i) => awaited(window, 0, i));
        expect([...axis.first]).toEqual(need.map(positions => Math.min(...positions)));
        expect([...axis.last]).toEqual(need.map(positions => Math.max(...positions)));
        expect([...axis.repeats]).toEqual([...axis.last].map((last, i) => (axis.last[i - 1] === last ? 1 : 0)));
      }),
    );
  });

  test('a block waits for what its last position needs, and holds what its first one needs', () => {
    const axis = windowAxis(8, 8, { kernel: 3, stride: 1, before: 1 });
    const blocks = inBlocks(axis, 3);
    expect([...blocks.first]).toEqual([0, 0, 0, 2, 2, 2, 5, 5]);
    expect([...blocks.last]).toEqual([3, 3, 3, 6, 6, 6, 7, 7]);
    expect([...blocks.repeats]).toEqual([0, 1, 1, 0, 1, 1, 0, 1]);
    expect(inBlocks(axis, 1)).toEqual(axis);
  });

  test('two windows reach as far as the positions of the first that the second one waits for', () => {
    const two = fc
      .tuple(sides(), sides())
      .map(([first, second]) => [first, { ...second, input: outputOf(first) }] as const);
    holds(
      fc.property(
        two.filter(([, second]) => outputOf(second) >= 1),
        ([first, second]) => {
          const [a, b] = [windowFrom(first, first), windowFrom(second, second)];
          const both = compose(reachOf(a, 1), reachOf(b, 1));
          const need = Array.from({ length: b.output[0] }, (_, i) => awaited(b, 0, i).flatMap(j => awaited(a, 0, j)));
          expect([...both.rows.first]).toEqual(need.map(positions => Math.min(...positions)));
          expect([...both.rows.last]).toEqual(need.map(positions => Math.max(...positions)));
          expect([both.height, both.width]).toEqual(a.input);
        },
      ),
    );
  });

  test('every position needs itself', () => {
    expect([...identityAxis(4).first]).toEqual([0, 1, 2, 3]);
    const reach = reachOf(
      windowFrom(
        { input: 9, kernel: 3, stride: 2, before: 0, after: 1 },
        { input: 7, kernel: 5, stride: 1, before: 2, after: 2 },
      ),
      1,
    );
    expect(compose(identityReach(9, 7), reach)).toEqual(reach);
  });
});

describe('the line buffer of a window', () => {
  test('holds the most that lies between what a block waits for and what it or a later one reads', () => {
    holds(
      fc.property(windows(9), most, (window, count) => {
        const blocks = blocksOf(window, count);
        const need = blocks.map(block => block.flatMap(output => pixelsUnder(window, output, awaited)));
        const spans = need.map((pixels, i) => Math.max(...pixels) - Math.min(...need.slice(i).flat()));
        expect(windowHistory(reachOf(window, count))).toBe(Math.max(...spans));
      }),
      150,
    );
  });

  test('with room for one arrival more, no pixel is written over before it has been read', () => {
    holds(
      fc.property(windows(), most, draws, (window, count, numbers) => {
        const all = pixelsIn(window);
        const capacity = Math.min(all, windowHistory(reachOf(window, count)) + count);
        expect(survives([window], [capacity], { count, arriving: arrivals(all, count, numbers) })).toBe(true);
      }),
      400,
    );
  });

  test('is no larger than that: pixels that arrive one at a time need all of it', () => {
    const touching = windows(7).filter(window =>
      ([0, 1] as const).every(axis =>
        Array.from({ length: window.output[axis] }, (_, i) => under(window, axis, i)).every(taps => taps.length > 0),
      ),
    );
    holds(
      fc.property(touching, window => {
        const all = pixelsIn(window);
        const capacity = windowHistory(reachOf(window, 1)) + 1;
        expect(capacity).toBeLessThanOrEqual(all);
        if (capacity === 1) return;
        expect(survives([window], [capacity - 1], { count: 1, arriving: new Array<number>(all).fill(1) })).toBe(false);
      }),
    );
  });

  test.each([
    ['two rows and three pixels: 3×3, one pixel at once', sameWindow([8, 8], 3), 1, 2 * 8 + 3],
    ['blocks of four wait for one pixel more than they hold in a row', sameWindow([8, 8], 3), 4, 2 * 8 + 4 + 4],
    ['whole rows of eight: three of them, and as many as arrive', sameWindow([8, 8], 3), 8, 3 * 8 - 1 + 8],
    ['5×5', sameWindow([9, 9], 5), 1, 4 * 9 + 5],
    ['a kernel of one holds nothing back', sameWindow([8, 8], 1), 4, 3 + 4],
    // Row y waits for row 2y + 2 and column 2x + 2, and holds on to row 2y.
    [
      'stride 2',
      windowFrom(
        { input: 9, kernel: 3, stride: 2, before: 0, after: 0 },
        { input: 9, kernel: 3, stride: 2, before: 0, after: 0 },
      ),
      1,
      2 * 9 + 3,
    ],
  ])('%s', (_title, window, count, pixels) => {
    expect(windowHistory(reachOf(window, count)) + count).toBe(pixels);
    const all = pixelsIn(window);
    const fits = (capacity: number): boolean =>
      Array.from({ length: all - count }, (__, alone) => [
        ...new Array<number>(alone).fill(1),
        ...split(all - alone, count, room => room),
      ]).every(arriving => survives([window], [capacity], { count, arriving }));
    expect([fits(pixels), fits(pixels - 1)]).toEqual([true, false]);
  });
});

describe('a branch', () => {
  /** Chains of one to three windows that keep the size of the map, not all of them centred. */
  const chains = fc
    .record({
      size: fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 })),
      kernels: fc.array(fc.tuple(fc.constantFrom(1, 3, 5, 7), fc.nat()), { minLength: 1, maxLength: 3 }),
    })
    .map(({ size, kernels }) => kernels.map(([kernel, top]) => sameWindow(size, kernel, top % kernel)));
  const reachThrough = (chain: readonly FlowWindow[], count: number): Reach =>
    chain.map(window => reachOf(window, count)).reduce(compose);

  test('keeps its source until the addition behind it: lag and one arrival are enough', () => {
    holds(
      fc.property(chains, most, draws, (chain, count, numbers) => {
        const all = pixelsIn(chain[0]!);
        const lag = branchLag(reachThrough(chain, count))!;
        const capacities = chain.map((window, i) =>
          Math.min(all, Math.max(windowHistory(reachOf(window, count)), i === 0 ? lag : 0) + count),
        );
        expect(survives(chain, capacities, { count, arriving: arrivals(all, count, numbers), late: true })).toBe(true);
      }),
      400,
    );
  });

  test('lags by what the program measures, and never by less', () => {
    holds(
      fc.property(chains, most, (chain, count) => {
        const all = pixelsIn(chain[0]!);
        let [newest, measured] = [-1, -Infinity];
        flowThrough(chain, count, new Array<number>(all).fill(1), (step, position) => {
          if (step === -1) newest = position;
          if (step === chain.length - 1) measured = Math.max(measured, newest - position);
        });
        const reach = reachThrough(chain, count);
        const lag = branchLag(reach)!;
        expect(lag).toBeGreaterThanOrEqual(measured);
        // Where rows repeat, the row before may have waited for any column.
        if (reach.rows.repeats.every(value => value === 0)) expect(lag).toBe(measured);
        else expect(lag).toBeLessThan(measured + chain[0]!.input[1]);
      }),
    );
  });

  test('is none where an output may come before its own pixel, or the maps differ', () => {
    const size = [6, 6] as const;
    expect(branchLag(reachOf({ ...sameWindow(size, 3), top: 3 }, 1))).toBeNull();
    expect(branchLag(reachOf({ ...sameWindow(size, 3), left: 3 }, 1))).toBeNull();
    expect(branchLag(reachOf({ ...sameWindow(size, 3), output: [3, 6], stride: [2, 1] }, 1))).toBeNull();
    expect(branchLag(identityReach(6, 6))).toBe(0);
    expect(branchLag(reachOf(sameWindow(size, 3), 1))).toBe(6 + 1);
  });
});

test('what outputs behind a pixel still need is never more than is said to remain', () => {
  holds(
    fc.property(windows(6), fc.nat(), fc.nat(), (window, y, x) => {
      const [row, column] = [y % window.output[0], x % window.output[1]];
      const { sameRow, nextRow } = remainingAfter(reachOf(window, 1), row, column);
      const position = row * window.output[1] + column;
      const later = Array.from({ length: window.output[0] * window.output[1] - position }, (_, i) => position + i);
      const oldest = Math.min(...later.flatMap(output => pixelsUnder(window, output, awaited)));
      expect(Math.min(sameRow.row + sameRow.column, nextRow)).toBe(oldest);
      expect(nextRow === Infinity).toBe(row === window.output[0] - 1);
    }),
  );
});
