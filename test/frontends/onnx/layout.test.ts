import { expect, test } from 'vitest';
import { runFloat } from '../../../src/interpreter/run-float.ts';
import { convolve } from '../../support/channels-first.ts';
import { loadFloat, runOnnx, sample, toChannelsLast } from '../../support/onnx-run.ts';
import { ints, node, onnxModel, ramp, value } from '../../support/onnx-writer.ts';
import { refusalOf } from '../../support/refusal.ts';
import { expectClose } from '../../support/values.ts';

const TO_FIRST = { perm: [0, 3, 1, 2] };
const TO_LAST = { perm: [0, 2, 3, 1] };

test('a channels-last network with Transposes inside has no layer for them', () => {
  const nodes = [
    node('Transpose', ['x'], 'first', TO_FIRST),
    node('Conv', ['first', 'w'], 'c'),
    node('Transpose', ['c'], 'last', TO_LAST),
    node('Relu', ['last'], 'r'),
    node('Transpose', ['r'], 'again', TO_FIRST),
    node('Conv', ['again', 'w'], 'd'),
    node('Transpose', ['d'], 'y', TO_LAST),
  ];
  const bytes = onnxModel({ input: [1, 4, 5, 3], nodes, initializers: [ramp('w', [3, 3, 1, 1])] });
  const graph = loadFloat(bytes, { file: 'test.onnx' });
  expect(graph.nodes.map(n => n.kind)).toEqual(['conv2d', 'clamp', 'conv2d']);
  expect(graph.tensors[graph.input]!.shape).toEqual([1, 4, 5, 3]);

  const x = sample(60);
  const w = Array.from({ length: 9 }, (_, i) => 0.25 * (((i * 7) % 11) - 5));
  const size = { input: [3, 4, 5], filters: [3, 3, 1, 1] } as const;
  const hidden = convolve(toChannelsLast(x, [1, 4, 5, 3], true), w, null, size).map(v => Math.max(v, 0));
  const expected = Float32Array.from(convolve(hidden, w, null, size));
  expectClose(runFloat(graph, x), toChannelsLast(expected, [1, 4, 5, 3]));
});

test('a channels-last map is flattened as it lies', () => {
  const nodes = [
    node('Transpose', ['x'], 'first', TO_FIRST),
    node('Relu', ['first'], 'r'),
    node('Transpose', ['r'], 'last', TO_LAST),
    node('Reshape', ['last', 'shape'], 'f'),
    node('MatMul', ['f', 'w'], 'y'),
  ];
  const bytes = onnxModel({
    input: ['N', 2, 2, 3],
    nodes,
    initializers: [ramp('w', [12, 1]), ints('shape', [-1, 12])],
  });
  const graph = loadFloat(bytes, { file: 'test.onnx' });
  const weights = graph.nodes.at(-1)!.parameters as { weights: Float32Array };
  expect(Array.from(weights.weights)).toEqual(Array.from({ length: 12 }, (_, i) => 0.25 * (((i * 7) % 11) - 5)));
});

test('a picture of one channel may be reshaped between the layouts', () => {
  const nodes = [node('Reshape', ['x', 'shape'], 'first'), node('Conv', ['first', 'w'], 'y')];
  const bytes = onnxModel({
    input: ['N', 6, 5, 1],
    nodes,
    initializers: [ramp('w', [2, 1, 3, 3]), ints('shape', [-1, 1, 6, 5])],
  });
  const graph = loadFloat(bytes, { file: 'test.onnx' });
  expect(graph.nodes.map(n => n.kind)).toEqual(['conv2d']);
  expect(graph.tensors[graph.input]!.shape).toEqual([1, 6, 5, 1]);
});

test('a vector may be reshaped to a map and a map through Unsqueeze and Squeeze', () => {
  const nodes = [
    node('Reshape', ['x', 'shape'], 'm'),
    node('Conv', ['m', 'w'], 'c'),
    node('Unsqueeze', ['c'], 'u', { axes: [1] }),
    node('Squeeze', ['u'], 's', { axes: [1] }),
    node('Conv', ['s', 'v'], 'y'),
  ];
  const initializers = [ramp('w', [2, 1, 3, 3]), ramp('v', [1, 2, 1, 1]), ints('shape', [0, 1, 4, 5])];
  const run = runOnnx({ input: [1, 20], nodes, initializers, opset: 11 }, sample(20));
  expect(run.kinds).toEqual(['reshape', 'conv2d', 'conv2d']);
  expect(run.shape).toEqual([1, 2, 3, 1]);
});

test.each([
  ['Pad of a channels-first map', [1, 2, 3, 4], [node('Pad', ['x', 'first'], 'y')], 17],
  [
    'Pad by attributes',
    [1, 2, 3, 4],
    [node('Pad', ['x'], 'y', { pads: [0, 0, 1, 0, 0, 0, 2, 1], mode: 'constant' })],
    10,
  ],
  ['Pad of chosen axes', [1, 2, 3, 4], [node('Pad', ['x', 'two', '', 'axes'], 'y')], 18],
  [
    'Pad of a channels-last map',
    [1, 3, 4, 2],
    [node('Pad', ['x', 'last'], 'p'), node('Transpose', ['p'], 'y', TO_FIRST)],
    17,
  ],
] as const)('%s', (_, input, nodes, opset) => {
  const initializers = [
    ints('first', [0, 0, 1, 0, 0, 0, 2, 1]),
    ints('last', [0, 1, 0, 0, 0, 2, 1, 0]),
    ints('two', [1, 0, 2, 1]),
    ints('axes', [2, -1]),
  ];
  const { graph } = runOnnx({ input, nodes, initializers, opset }, sample(24));
  expect(graph.nodes).toMatchObject([{ kind: 'pad', attributes: { top: 1, bottom: 2, left: 0, right: 1 } }]);
  expect(graph.tensors[graph.output]!.shape).toEqual([1, 6, 5, 2]);
});

test('Pad without pads is no layer', () => {
  const nodes = [node('Pad', ['x', 'none'], 'p'), node('Relu', ['p'], 'y')];
  const { kinds } = runOnnx(
    { input: [1, 2, 1, 1], nodes, initializers: [ints('none', [0, 0, 0, 0, 0, 0, 0, 0])] },
    [1, 2],
  );
  expect(kinds).toEqual(['clamp']);
});

test.each([
  ['the last axis of a row', [1, 3], [node('Softmax', ['x'], 'y')], 13],
  ['a 1 × 1 map, flattened', [1, 3, 1, 1], [node('Softmax', ['x'], 'y')], 11],
  ['the channels of a map', [1, 3, 1, 1], [node('Softmax', ['x'], 'y', { axis: 1 })], 13],
] as const)('Softmax over %s', (_, input, nodes, opset) => {
  const run = runOnnx({ input, nodes, opset }, [0, Math.log(2), Math.log(5)]);
  expectClose(run.output, [1 / 8, 2 / 8, 5 / 8]);
});

test('Softmax over the channels of every position', () => {
  const run = runOnnx({ input: [1, 2, 1, 2], nodes: [node('Softmax', ['x'], 'y', { axis: 1 })] }, [
    0,
    0,
    Math.log(3),
    0,
  ]);
  expectClose(run.output, [0.25, 0.5, 0.75, 0.5]);
});

test.each([
  [
    'a channel shuffle',
    [
      node('Reshape', ['x', 'groups'], 'g'),
      node('Transpose', ['g'], 't', { perm: [0, 2, 1, 3, 4] }),
      node('Reshape', ['t', 'back'], 'b'),
      node('Conv', ['b', 'w'], 'y'),
    ],
    'y_node',
  ],
  [
    'a map whose sides are exchanged',
    [node('Transpose', ['x'], 't', { perm: [0, 1, 3, 2] }), node('Conv', ['t', 'w'], 'y')],
    'y_node',
  ],
  ['a border that is not 0', [node('Pad', ['x', 'pads', 'one'], 'y')], 'y_node'],
  ['padding by reflection', [node('Pad', ['x', 'pads'], 'y', { mode: 'reflect' })], 'y_node'],
  ['padding of channels', [node('Pad', ['x', 'channels'], 'y')], 'y_node'],
  ['Softmax over height', [node('Softmax', ['x'], 'y', { axis: 2 })], 'y_node'],
  ['a permutation of another rank', [node('Transpose', ['x'], 'y', { perm: [0, 1] })], 'y_node'],
] as const)('refuses %s', (_, nodes, layer) => {
  const initializers = [
    ints('groups', [1, 2, 2, 3, 3]),
    ints('back', [1, 4, 3, 3]),
    ints('pads', [0, 0, 1, 1, 0, 0, 1, 1]),
    ints('channels', [0, 1, 0, 0, 0, 0, 0, 0]),
    ints('one', [1], []),
    ramp('w', [1, 4, 1, 1]),
  ];
  const diagnostic = refusalOf(() => runOnnx({ input: [1, 4, 3, 3], nodes, initializers }, sample(36)));
  expect(diagnostic).toMatchObject({ code: 'SNUG203', origin: { file: 'test.onnx', layer } });
});

test('a flattened map cannot be an output in an order that snug does not have', () => {
  const spec = { input: [1, 2, 3, 3], nodes: [node('Relu', ['x'], 'r'), node('Flatten', ['r'], 'y')] };
  expect(refusalOf(() => runOnnx(spec, sample(18)))).toMatchObject({ code: 'SNUG204', origin: { tensor: 'y' } });
});

test('layer names are unique and keep to letters, digits and underscores', () => {
  const named = (name: string, input: string, output: string): object => ({ ...node('Relu', [input], output), name });
  const nodes = [
    named('/features/features.0/Relu', 'x', 'a'),
    named('features/features.0/Relu', 'a', 'b'),
    named('12', 'b', 'c'),
    named('', 'c', 'out:0'),
    named('⊕', 'out:0', '⊕'),
  ] as Readonly<Record<string, unknown>>[];
  const outputs = [value('⊕', [1, 2])];
  const { graph } = runOnnx({ input: [1, 2], nodes, outputs }, [1, 2]);
  expect(graph.nodes.map(n => n.name)).toEqual([
    'features_features_0_Relu',
    'features_features_0_Relu_2',
    'Relu_12',
    'out_0',
    'Relu',
  ]);
});
