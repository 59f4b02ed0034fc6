/** Sharing blocks out over regions: nothing overlaps that may not, and the hottest get the first region. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Block } from '../../../src/plan/placement/blocks.ts';
import { shareOut } from '../../../src/plan/placement/parts.ts';

const block = (bytes: number, first: number, last: number, traffic = bytes): Block => ({
  ...{ label: 'a block', bytes, first, last, traffic, alignment: 16, offset: 0 },
});

const blocks = fc.array(
  fc
    .tuple(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 0, max: 4 }),
      fc.nat(5000),
    )
    .map(([bytes, first, length, traffic]) => block(bytes, first, first + length, traffic)),
  { minLength: 1, maxLength: 12 },
);

test('blocks that are alive together never overlap, and none reaches out of its region', () => {
  fc.assert(
    fc.property(blocks, fc.array(fc.integer({ min: 64, max: 1200 }), { minLength: 1, maxLength: 3 }), (list, rooms) => {
      const shares = shareOut(list, [], rooms);
      if (shares === null) return;
      list.forEach((a, i) => {
        const [part, offset] = [shares.parts[i]!, shares.offsets[i]!];
        expect(offset % a.alignment).toBe(0);
        expect(offset + a.bytes).toBeLessThanOrEqual(Math.min(rooms[part]!, shares.used[part]!));
        list.slice(0, i).forEach((b, j) => {
          const together = shares.parts[j] === part && a.first <= b.last && b.first <= a.last;
          const apart = offset + a.bytes <= shares.offsets[j]! || shares.offsets[j]! + b.bytes <= offset;
          expect(!together || apart).toBe(true);
        });
      });
    }),
  );
});

test('what has room for every block side by side is always shared out', () => {
  fc.assert(
    fc.property(blocks, fc.nat(11), (list, cutAt) => {
      const sizes = list.map(({ bytes }) => Math.ceil(bytes / 16) * 16);
      const sum = (part: readonly number[]): number => part.reduce((a, b) => a + b, 0);
      const rooms = [sum(sizes.slice(0, cutAt)), sum(sizes)];
      expect(shareOut(list, [], rooms)).not.toBeNull();
    }),
  );
});

test('the block with most traffic a byte gets the first region', () => {
  const list = [block(64, 0, 5, 100), block(64, 0, 5, 6400), block(64, 0, 5, 300)];
  expect(shareOut(list, [], [64, 64, 64])?.parts).toEqual([2, 0, 1]);
  // Where it dies, another one may follow in its place.
  expect(shareOut([block(64, 0, 2, 9000), block(64, 3, 5, 1)], [], [64, 64])?.parts).toEqual([0, 0]);
});

test('a block that found no place is placed first the next time', () => {
  // By heat the two small ones would lie in the region that alone has room for the large one.
  const list = [block(96, 0, 1, 9600), block(64, 0, 1, 6000), block(112, 0, 1, 1)];
  const shares = shareOut(list, [], [96, 176]);
  expect(shares?.parts).toEqual([0, 1, 1]);
  expect(shareOut([block(80, 0, 1, 900), block(128, 0, 1, 1)], [], [128, 80])?.parts).toEqual([1, 0]);
});

test('an output lies over its input at the distance that is allowed, and no closer', () => {
  const list = [block(256, 0, 1, 1), block(256, 0, 1, 1)];
  expect(shareOut(list, [{ input: 0, output: 1, distance: 40 }], [300])).toBeNull();
  const shares = shareOut(list, [{ input: 0, output: 1, distance: 40 }], [304]);
  expect(shares!.offsets[0]! - shares!.offsets[1]!).toBe(48);
  expect(shareOut(list, [], [304])).toBeNull();
});
