import { expect, test } from 'vitest';
import { runOnnx } from '../../support/onnx-run.ts';
import { ints, node, ramp } from '../../support/onnx-writer.ts';
import { refusalOf } from '../../support/refusal.ts';
import { expectClose } from '../../support/values.ts';

/** Two channels of 2 × 4. */
const X = [1, 2, 3, 4, 5, 6, 7, 8, 10, 20, 30, 40, 50, 60, 70, 80];
const INPUT = [1, 2, 2, 4];
const MEANS = [4.5, 45];

test.each([
  ['GlobalAveragePool', node('GlobalAveragePool', ['x'], 'y'), [1, 1, 1, 2]],
  ['AveragePool of the whole map', node('AveragePool', ['x'], 'y', { kernel_shape: [2, 4] }), [1, 1, 1, 2]],
  ['ReduceMean by attribute', node('ReduceMean', ['x'], 'y', { axes: [2, 3] }), [1, 1, 1, 2]],
  ['ReduceMean by input, counted from the end', node('ReduceMean', ['x', 'axes'], 'y'), [1, 1, 1, 2]],
  ['ReduceMean without keepdims', node('ReduceMean', ['x', 'axes'], 'y', { keepdims: 0 }), [1, 2]],
] as const)('%s is a global average pool', (_, operator, shape) => {
  const run = runOnnx({ input: INPUT, nodes: [operator], initializers: [ints('axes', [-1, -2])] }, X);
  expect(run.graph.nodes[0]).toMatchObject({ kind: 'averagePool', attributes: { window: 'global' } });
  expect(run.shape).toEqual(shape);
  expectClose(run.output, MEANS);
});

test('ReduceMean over the positions of a flattened map', () => {
  const nodes = [node('Reshape', ['x', 'shape'], 'r'), node('ReduceMean', ['r'], 'y', { axes: [2], keepdims: 0 })];
  const run = runOnnx({ input: INPUT, nodes, initializers: [ints('shape', [0, 2, -1])] }, X);
  expectClose(run.output, MEANS);
});

test.each([
  ['2 × 2, stride 2', { kernel_shape: [2, 2], strides: [2, 2] }, [3.5, 5.5, 35, 55]],
  ['ceil_mode without effect', { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }, [3.5, 5.5, 35, 55]],
  [
    'padded, padding not counted',
    { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 1, 0, 1] },
    [3, 4.5, 6, 30, 45, 60],
  ],
] as const)('AveragePool, %s', (_, attributes, expected) => {
  expectClose(runOnnx({ input: INPUT, nodes: [node('AveragePool', ['x'], 'y', attributes)] }, X).output, expected);
});

test.each([
  [
    'padding that counts',
    node('AveragePool', ['x'], 'y', { kernel_shape: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 }),
    'SNUG203',
  ],
  [
    'an output size that is rounded up',
    node('AveragePool', ['x'], 'y', { kernel_shape: [2, 3], strides: [2, 2], ceil_mode: 1 }),
    'SNUG203',
  ],
  ['a missing kernel', node('AveragePool', ['x'], 'y'), 'SNUG203'],
  ['a window larger than the map', node('AveragePool', ['x'], 'y', { kernel_shape: [3, 3] }), 'SNUG302'],
  ['a mean over channels', node('ReduceMean', ['x'], 'y', { axes: [1] }), 'SNUG203'],
  ['a stride of 0', node('AveragePool', ['x'], 'y', { kernel_shape: [2, 2], strides: [0, 1] }), 'SNUG303'],
] as const)('refuses %s', (_, operator, code) => {
  const diagnostic = refusalOf(() => runOnnx({ input: INPUT, nodes: [operator] }, X));
  expect(diagnostic).toMatchObject({ code, origin: { file: 'test.onnx' } });
});

test('the classifier after the pool keeps its order', () => {
  const nodes = [
    node('GlobalAveragePool', ['x'], 'p'),
    node('Squeeze', ['p', 'axes'], 's'),
    node('Gemm', ['s', 'w'], 'y', { transB: 1 }),
  ];
  const run = runOnnx({ input: INPUT, nodes, initializers: [ramp('w', [1, 2]), ints('axes', [2, 3])] }, X);
  expect(run.kinds).toEqual(['averagePool', 'reshape', 'fullyConnected']);
  expectClose(run.output, [4.5 * -1.25 + 45 * 0.5]);
});
