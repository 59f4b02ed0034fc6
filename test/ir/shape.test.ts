import { expect, test } from 'vitest';
import { elementsOf, formatShape, mapShape, sameShape } from '../../src/ir/shape.ts';

test('elementsOf', () => {
  expect([elementsOf([1, 2, 3, 4]), elementsOf([7]), elementsOf([])]).toEqual([24, 7, 1]);
});

test('mapShape names the dimensions; a vector is a map of one pixel', () => {
  expect(mapShape([1, 2, 3, 4])).toEqual({ batch: 1, height: 2, width: 3, channels: 4 });
  expect(mapShape([1, 10])).toEqual({ batch: 1, height: 1, width: 1, channels: 10 });
});

test('sameShape compares rank and dimensions', () => {
  expect(sameShape([1, 2], [1, 2])).toBe(true);
  expect(sameShape([1, 2], [2, 1])).toBe(false);
  expect(sameShape([1, 2], [1, 2, 1])).toBe(false);
  expect(sameShape([1, 2, 1], [1, 2])).toBe(false);
});

test('formatShape', () => {
  expect([formatShape([1, 7, 7, 1280]), formatShape([])]).toEqual(['1×7×7×1280', 'scalar']);
});
