import { expect, test } from 'vitest';
import { accuracyOf, flipsBetween } from '../../src/report/accuracy.ts';

test('ranks decide, and of equal outputs the first counts as the larger', () => {
  const outputs = [
    [9, 1, 2, 3, 4, 5, 6],
    [1, 9, 2, 3, 4, 5, 6],
    [5, 5, 5, 5, 5, 5, 5],
    [5, 5, 5, 5, 5, 5, 5],
    [5, 5, 5, 5, 5, 5, 5],
  ];
  expect(accuracyOf(outputs, [0, 2, 0, 4, 5])).toEqual({
    top1: 2,
    top5: 3,
    correct: [true, false, true, false, false],
  });
});

test('with five classes or fewer every picture is among the best five', () => {
  expect(accuracyOf([Int8Array.of(-128, 127, 0)], [0])).toMatchObject({ top1: 0, top5: 1 });
});

test('flips count both ways and not the net', () => {
  const of = (...correct: readonly boolean[]) => ({ top1: 0, top5: 0, correct });
  const [before, after] = [of(true, true, false, false, true), of(false, true, true, false, false)];
  expect(flipsBetween(before, after)).toEqual({ lost: 2, gained: 1 });
  expect(flipsBetween(before, before)).toEqual({ lost: 0, gained: 0 });
});
