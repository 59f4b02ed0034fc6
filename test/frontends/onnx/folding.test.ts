import { expect, test } from 'vitest';
import { runOnnx } from '../../support/onnx-run.ts';
import { floats, ints, node } from '../../support/onnx-writer.ts';
import { refusalOf } from '../../support/refusal.ts';

test('Mul and Add of constants are one BatchNorm', () => {
  const run = runOnnx(
    {
      input: [1, 2, 1, 2],
      nodes: [node('Mul', ['f', 'x'], 'm'), node('Add', ['m', 'o'], 'y')],
      initializers: [floats('f', [2, 1, 1], [2, -1]), floats('o', [1, 2, 1, 1], [0.5, 3])],
    },
    [1, 2, 3, 4],
  );
  expect(run.kinds).toEqual(['batchNorm']);
  expect(run.output).toEqual([2.5, 4.5, 0, -1]);
});

test.each([
  ['one number', floats('f', [], [3]), [3, 6, 9, 12]],
  ['a number for each channel', floats('f', [2, 1, 1], [1, 2]), [1, 2, 6, 8]],
])('Mul by %s', (_, factors, expected) => {
  const spec = { input: [1, 2, 1, 2], nodes: [node('Mul', ['x', 'f'], 'y')], initializers: [factors] };
  expect(runOnnx(spec, [1, 2, 3, 4]).output).toEqual(expected);
});

test.each([
  ['a number for each column', [node('Mul', ['x', 'f'], 'y')]],
  ['itself', [node('Mul', ['x', 'x'], 'y')]],
])('Mul by %s is refused', (_, nodes) => {
  const spec = { input: [1, 2, 1, 3], nodes, initializers: [floats('f', [3], [1, 2, 3])] };
  expect(refusalOf(() => runOnnx(spec, [1, 2, 3, 4, 5, 6])).code).toBe('SNUG203');
});

/** torch.onnx.export writes the pads of a ZeroPad2d so: filled up with zeros, turned around in pairs, and transposed. */
test('the pads of PyTorch, computed from those of its layer', () => {
  const run = runOnnx(
    {
      input: [1, 1, 1, 1],
      nodes: [
        node('ConstantOfShape', ['four'], 'zeros'),
        node('Concat', ['given', 'zeros'], 'all', { axis: 0 }),
        node('Reshape', ['all', 'pairs'], 'table'),
        node('Slice', ['table', 'last', 'first', 'axis', 'back'], 'reversed'),
        node('Transpose', ['reversed'], 'sides', { perm: [1, 0] }),
        node('Reshape', ['sides', 'flat'], 'list'),
        node('Pad', ['x', 'list'], 'y'),
      ],
      initializers: [
        ints('four', [4]),
        ints('given', [0, 1, 0, 2]),
        ints('pairs', [-1, 2]),
        ints('flat', [-1]),
        ints('last', [-1]),
        ints('first', [-(2 ** 53)]),
        ints('axis', [0]),
        ints('back', [-1]),
      ],
    },
    [7],
  );
  expect(run.shape).toEqual([1, 3, 2, 1]);
  expect(run.output).toEqual([7, 0, 0, 0, 0, 0]);
});

test.each([
  ['bounds that do not fit together', [node('Slice', ['l', 'one', 'two'], 's')], 'SNUG202'],
  ['a step of 0', [node('Slice', ['l', 'one', 'one', 'one', 'zero'], 's')], 'SNUG202'],
  ['a constant of many elements', [node('ConstantOfShape', ['huge'], 's')], 'SNUG203'],
  ['a constant of a negative size', [node('ConstantOfShape', ['less'], 's')], 'SNUG203'],
])('refuses %s', (_, nodes, code) => {
  const initializers = [
    ints('l', [1, 2, 3]),
    ints('one', [1]),
    ints('two', [1, 2]),
    ints('zero', [0]),
    ints('huge', [1e6, 1e6]),
    ints('less', [-1]),
  ];
  const spec = { input: [1, 4], nodes: [...nodes, node('Reshape', ['x', 's'], 'y')], initializers };
  expect(refusalOf(() => runOnnx(spec, [1, 2, 3, 4])).code).toBe(code);
});
