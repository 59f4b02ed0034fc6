import { expect, test } from 'vitest';
import { runOnnx } from '../../support/onnx-run.ts';
import { FLOAT, floats, node } from '../../support/onnx-writer.ts';
import { refusalOf } from '../../support/refusal.ts';
import { expectClose } from '../../support/values.ts';

const X = [-2, -1, 0, 1, 5, 9];
const columns = floats('columns', [1, 1, 1, 3], [1, 2, 3]);
const bounds = [floats('zero', [], [0]), floats('six', [], [6]), floats('lowest', [], [-3.4028234663852886e38])];

test.each([
  ['Relu', node('Relu', ['x'], 'y'), 17, [0, 0, 0, 1, 5, 9]],
  ['Clip by inputs', node('Clip', ['x', 'zero', 'six'], 'y'), 13, [0, 0, 0, 1, 5, 6]],
  ['Clip without a lower bound', node('Clip', ['x', '', 'six'], 'y'), 13, [-2, -1, 0, 1, 5, 6]],
  ['Clip without an upper bound', node('Clip', ['x', 'zero'], 'y'), 13, [0, 0, 0, 1, 5, 9]],
  ['Clip by attributes', node('Clip', ['x'], 'y', { min: { float: -1 }, max: { float: 6 } }), 10, [-1, -1, 0, 1, 5, 6]],
  ['Clip by one attribute', node('Clip', ['x'], 'y', { max: { float: 1 } }), 6 + 1, [-2, -1, 0, 1, 1, 1]],
  ['Min', node('Min', ['x', 'six'], 'y'), 13, [-2, -1, 0, 1, 5, 6]],
  ['Max', node('Max', ['x', 'zero'], 'y'), 13, [0, 0, 0, 1, 5, 9]],
])('%s', (_, operator, opset, expected) => {
  const run = runOnnx({ input: [1, 1, 2, 3], nodes: [operator], initializers: bounds, opset }, X);
  expect(run.kinds).toEqual(['clamp']);
  expect(run.output).toEqual(expected);
});

test('an open side of a clamp is infinite', () => {
  const { graph } = runOnnx(
    { input: [1, 6], nodes: [node('Clip', ['x', 'lowest', 'six'], 'y')], initializers: bounds },
    X,
  );
  expect(graph.nodes[0]!.attributes).toEqual({ min: -Infinity, max: 6 });
});

test('Identity, Dropout, Cast between float types and a Clip without bounds are no layers', () => {
  const nodes = [
    node('Identity', ['x'], 'a'),
    node('Dropout', ['a'], 'b'),
    node('Cast', ['b'], 'c', { to: FLOAT }),
    node('Clip', ['c'], 'd'),
    node('Relu', ['d'], 'y'),
  ];
  expect(runOnnx({ input: [1, 6], nodes }, X).kinds).toEqual(['clamp']);
});

test('Add of two activations', () => {
  const run = runOnnx({ input: [1, 2, 1, 3], nodes: [node('Relu', ['x'], 'r'), node('Add', ['r', 'x'], 'y')] }, X);
  expect(run.kinds).toEqual(['clamp', 'add']);
  expect(run.output).toEqual([-2, -1, 0, 2, 10, 18]);
});

// What a network begins with that scales its input: (x / 255 − mean) / std.
test('arithmetic with a constant is one number for each channel', () => {
  const initializers = [
    floats('scale', [], [255]),
    floats('mean', [1, 2, 1, 1], [0.5, 0.25]),
    floats('std', [2, 1, 1], [0.25, 0.5]),
    floats('one', [1], [1]),
  ];
  const nodes = [
    node('Div', ['x', 'scale'], 'a'),
    node('Sub', ['a', 'mean'], 'b'),
    node('Div', ['b', 'std'], 'c'),
    node('Sub', ['one', 'c'], 'd'),
    node('Add', ['one', 'd'], 'y'),
  ];
  const run = runOnnx({ input: [1, 2, 1, 2], nodes, initializers }, [0, 255, 51, 102]);
  expectClose(run.output, [4, 0, 2.1, 1.7]);
});

test.each([
  ['a constant divided by an activation', [node('Div', ['six', 'x'], 'y')], 'SNUG203'],
  ['a division by 0', [node('Div', ['x', 'zero'], 'y')], 'SNUG203'],
  ['a constant that is no number for each channel', [node('Sub', ['x', 'columns'], 'y')], 'SNUG203'],
  ['bounds in the wrong order', [node('Clip', ['x', 'six', 'zero'], 'y')], 'SNUG303'],
  [
    'operands of different layout',
    [node('Transpose', ['x'], 't', { perm: [0, 1, 3, 2] }), node('Add', ['t', 'x'], 'y')],
    'SNUG203',
  ],
  [
    'a used mask of Dropout',
    [{ ...node('Dropout', ['x'], 'a'), output: ['a', 'mask'] }, node('Add', ['a', 'mask'], 'y')],
    'SNUG203',
  ],
] as const)('refuses %s', (_, nodes, code) => {
  const input = [1, 2, 3, 3];
  const first = refusalOf(() => runOnnx({ input, nodes, initializers: [...bounds, columns] }, new Float32Array(18)));
  expect(first).toMatchObject({ code, origin: { file: 'test.onnx' } });
});
