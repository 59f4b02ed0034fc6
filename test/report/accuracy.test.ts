import { expect, test } from 'vitest';
import { accuracyOf, compare, type Guess } from '../../src/report/accuracy.ts';

const guess = (right: number, ...best: readonly number[]): Guess => ({ class: right, best });

test('the first of the best is top-1, all of them are top-5', () => {
  const guesses = [guess(0, 0, 6, 5, 4, 3), guess(2, 1, 6, 5, 4, 2), guess(5, 0, 1, 2, 3, 4), guess(1, 0, 1)];
  expect(accuracyOf(guesses)).toEqual({ top1: 1, top5: 3 });
  expect(accuracyOf([])).toEqual({ top1: 0, top5: 0 });
});

test('a comparison counts both ways and not the net', () => {
  const before = [guess(1, 1), guess(1, 1), guess(1, 0), guess(1, 0), guess(1, 1), guess(1, 0)];
  const after = [guess(1, 0), guess(1, 1), guess(1, 1), guess(1, 0), guess(1, 0), guess(1, 3)];
  const { agreement, mcnemar, difference } = compare(before, after);
  expect(mcnemar).toEqual({ p: 1, lost: 2, gained: 1 });
  // Agreement needs no right class: the fourth is wrong in both, and the same; the last is wrong in two ways.
  expect(agreement).toBe(2);
  expect(difference!.value).toBeCloseTo(-1 / 6, 15);
  expect(compare(before, before)).toMatchObject({ agreement: 6, mcnemar: { p: 1, lost: 0, gained: 0 } });
});

test('a comparison of nothing has no difference', () => {
  expect(compare([], [])).toEqual({ agreement: 0, mcnemar: { p: 1, lost: 0, gained: 0 }, difference: null });
});
