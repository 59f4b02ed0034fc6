import { expect, test } from 'vitest';
import { runOnnx, sample } from '../../support/onnx-run.ts';
import { floats, ints, node, ramp } from '../../support/onnx-writer.ts';
import { refusalOf } from '../../support/refusal.ts';
import { expectClose } from '../../support/values.ts';

const B = [1, 2, 3, 4, 5, 6];

test.each([
  ['plain', {}, [3, 2], [1 * 1 + 2 * 3 + 3 * 5 + 7, 1 * 2 + 2 * 4 + 3 * 6 + 8]],
  ['transB', { transB: 1 }, [2, 3], [1 * 1 + 2 * 2 + 3 * 3 + 7, 1 * 4 + 2 * 5 + 3 * 6 + 8]],
  ['alpha, beta', { alpha: { float: 2 }, beta: { float: -1 } }, [3, 2], [2 * 22 - 7, 2 * 28 - 8]],
] as const)('Gemm, %s', (_, attributes, shape, expected) => {
  const nodes = [node('Gemm', ['x', 'b', 'c'], 'y', attributes)];
  const run = runOnnx(
    { input: ['N', 3], nodes, initializers: [floats('b', shape, B), floats('c', [2], [7, 8])] },
    [1, 2, 3],
  );
  expect(run.kinds).toEqual(['fullyConnected']);
  expect(run.shape).toEqual([1, 2]);
  expectClose(run.output, expected);
});

test('MatMul with its bias in an Add, its matrix behind a Transpose', () => {
  const nodes = [
    node('Transpose', ['b'], 'bt', { perm: [1, 0] }),
    node('MatMul', ['x', 'bt'], 'm'),
    node('Add', ['m', 'c'], 'y'),
  ];
  const run = runOnnx(
    { input: [1, 3], nodes, initializers: [floats('b', [2, 3], B), floats('c', [2], [7, 8])] },
    [1, 2, 3],
  );
  expect(run.kinds).toEqual(['fullyConnected']);
  expectClose(run.output, [21, 40]);
});

test.each([
  ['Flatten', [node('Flatten', ['x'], 'f')]],
  ['Reshape', [node('Reshape', ['x', 'shape'], 'f')]],
  [
    'Reshape over Shape, Gather, Unsqueeze and Concat',
    [
      node('Shape', ['x'], 's'),
      node('Gather', ['s', 'zero'], 'n', { axis: 0 }),
      node('Unsqueeze', ['n', 'axes'], 'u'),
      node('Concat', ['u', 'rest'], 'target', { axis: 0 }),
      node('Reshape', ['x', 'target'], 'f'),
    ],
  ],
  [
    'Reshape over Slice and Cast',
    [
      node('Shape', ['x'], 's'),
      node('Slice', ['s', 'zeros', 'ones'], 'n'),
      node('Cast', ['n'], 'c', { to: 7 }),
      node('Concat', ['c', 'rest'], 'target', { axis: 0 }),
      node('Reshape', ['x', 'target'], 'f'),
    ],
  ],
])('%s of a map permutes the columns of the next matrix', (_, flatten) => {
  const input = sample(2 * 3 * 4);
  const weights = sample(24 * 5).toReversed();
  const initializers = [
    floats('w', [24, 5], weights),
    ints('shape', [0, -1]),
    ints('zero', [0], []),
    ints('zeros', [0]),
    ints('ones', [1]),
    ints('axes', [0]),
    ints('rest', [-1]),
  ];
  const run = runOnnx(
    { input: ['N', 2, 3, 4], nodes: [...flatten, node('MatMul', ['f', 'w'], 'y')], initializers },
    input,
  );
  expect(run.kinds).toEqual(['reshape', 'fullyConnected']);
  const expected = Array.from({ length: 5 }, (_unused, o) =>
    input.reduce((sum, v, i) => sum + v * weights[i * 5 + o]!, 0),
  );
  expectClose(run.output, expected);
});

test('batch normalization after it works on the row', () => {
  const one = [floats('s', [2], [2, 2]), floats('o', [2], [1, 1]), floats('m', [2], [0, 0]), floats('v', [2], [1, 1])];
  const nodes = [
    node('MatMul', ['x', 'w'], 'm1'),
    node('BatchNormalization', ['m1', 's', 'o', 'm', 'v'], 'y', { epsilon: { float: 0 } }),
  ];
  const run = runOnnx({ input: [1, 1], nodes, initializers: [...one, floats('w', [1, 2], [3, 4])] }, [1]);
  expectClose(run.output, [7, 9]);
});

test.each([
  ['transA', { transA: 1 }, [3, 2], 'SNUG203'],
  ['another number of inputs', {}, [4, 2], 'SNUG301'],
  ['a matrix of rank 3', {}, [1, 3, 2], 'SNUG203'],
] as const)('refuses %s', (_, attributes, shape, code) => {
  const spec = { input: [1, 3], nodes: [node('Gemm', ['x', 'b'], 'y', attributes)], initializers: [ramp('b', shape)] };
  expect(refusalOf(() => runOnnx(spec, [1, 2, 3]))).toMatchObject({ code, origin: { layer: 'y_node' } });
});

test('refuses a matrix that is computed', () => {
  const spec = { input: [1, 3], nodes: [node('MatMul', ['x', 'x'], 'y')] };
  expect(refusalOf(() => runOnnx(spec, [1, 2, 3]))?.message).toContain('computed at run time');
});
