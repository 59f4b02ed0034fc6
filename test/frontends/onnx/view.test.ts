import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contiguousView, isContiguous, offsetsOf, reshaped, transposed } from '../../../src/frontends/onnx/view.ts';

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Transposes an array of numbers loop by loop. */
function transpose(values: readonly number[], shape: readonly number[], order: readonly number[]): number[] {
  const strides = shape.map((_, axis) => elements(shape.slice(axis + 1)));
  const sizes = order.map(axis => shape[axis]!);
  return values.map((_, i) => {
    const offset = order.reduce((sum, axis, k) => {
      const index = Math.floor(i / elements(sizes.slice(k + 1))) % sizes[k]!;
      return sum + index * strides[axis]!;
    }, 0);
    return values[offset]!;
  });
}

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
const permutation = (rank: number) =>
  fc.shuffledSubarray([...new Array(rank).keys()], { minLength: rank, maxLength: rank });
const cases = shapes.chain(shape => fc.tuple(fc.constant(shape), permutation(shape.length), permutation(shape.length)));

test('a view that is transposed twice reads as the array that is', () => {
  fc.assert(
    fc.property(cases, ([shape, first, second]) => {
      const all = [...new Array(elements(shape)).keys()];
      const once = transposed(contiguousView(shape), first)!;
      const twice = transposed(once, second)!;
      const expected = transpose(transpose(all, shape, first), once.shape, second);
      expect(Array.from(offsetsOf(twice))).toEqual(expected);
      expect(isContiguous(twice)).toBe(expected.every((offset, i) => offset === i));
    }),
  );
});

test('a regrouped view keeps its elements in order, and dimensions may split a run', () => {
  const view = transposed(contiguousView([2, 6]), [1, 0])!;
  const split = reshaped(view, [3, 2, 2]);
  expect(offsetsOf(split)).toEqual(offsetsOf(view));
  expect(Array.from(offsetsOf(transposed(split, [1, 0, 2])!))).toEqual([0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
});

test('dimensions that cut across a run have no strides', () => {
  const view = reshaped(transposed(contiguousView([4, 9]), [1, 0])!, [6, 6]);
  expect(transposed(view, [1, 0])).toBeNull();
  expect(isContiguous(view)).toBe(false);
});
