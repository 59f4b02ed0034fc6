import { expect, test } from 'vitest';
import type { Shape } from '../../../src/ir/shape.ts';
import { loadFloat } from '../../support/onnx-run.ts';
import { ints, type ModelSpec, node, onnxModel, ramp } from '../../support/onnx-writer.ts';
import { refusalOf } from '../../support/refusal.ts';

const initializers = [
  ramp('w', [2, 3, 3, 3]),
  ramp('v', [2, 2, 3, 3]),
  ramp('fc', [2, 5]),
  ramp('big', [32, 5]),
  ints('flat', [1, 32]),
];
const conv = (pads: readonly number[], strides: readonly number[]): ModelSpec['nodes'][number] =>
  node('Conv', ['x', 'w'], 'c', { pads, strides });
const second = node('Conv', ['c', 'v'], 'd', { pads: [1, 1, 1, 1], strides: [1, 1] });

function load(
  nodes: ModelSpec['nodes'],
  resolution?: readonly [number, number],
  input: readonly (number | string)[] = ['N', 3, 8, 8],
) {
  return loadFloat(onnxModel({ input, nodes, initializers }), { file: 'test.onnx', resolution });
}

function paddings(...args: Parameters<typeof load>): readonly unknown[] {
  return load(...args).nodes.flatMap(n => (n.kind === 'conv2d' ? [n.attributes.padding] : []));
}

test('explicit pads stay explicit at the resolution of the file', () => {
  const odd = { top: 0, bottom: 1, left: 0, right: 1 };
  expect(paddings([conv([0, 0, 1, 1], [2, 2])])).toEqual([odd]);
  expect(paddings([conv([0, 0, 1, 1], [2, 2])], [8, 8])).toEqual([odd]);
});

test('asymmetric pads that equal "same" follow a new resolution, and so do the symmetric ones beside them', () => {
  const graph = load([conv([0, 0, 1, 1], [2, 2]), second], [9, 11]);
  expect(graph.nodes.map(n => (n.kind === 'conv2d' ? n.attributes.padding : null))).toEqual(['same', 'same']);
  expect(graph.tensors[graph.output]!.shape).toEqual([1, 5, 6, 2]);
});

test("pads that are symmetric throughout are PyTorch's and stay", () => {
  const symmetric = { top: 1, bottom: 1, left: 1, right: 1 };
  expect(paddings([conv([1, 1, 1, 1], [2, 2]), second], [16, 16])).toEqual([symmetric, symmetric]);
});

test.each<[string, Shape]>([
  ['GlobalAveragePool', [1, 5]],
  ['AveragePool', [1, 5]],
])('a network that ends with %s takes another resolution', (operator, shape) => {
  const pool = node(operator, ['c'], 'p', operator === 'AveragePool' ? { kernel_shape: [6, 6] } : {});
  const nodes = [conv([0, 0, 0, 0], [1, 1]), pool, node('Flatten', ['p'], 'f'), node('MatMul', ['f', 'fc'], 'y')];
  const graph = load(nodes, [20, 10]);
  expect(graph.tensors[graph.input]!.shape).toEqual([1, 20, 10, 3]);
  expect(graph.nodes[1]).toMatchObject({ attributes: { window: 'global' } });
  expect(graph.tensors[graph.output]!.shape).toEqual(shape);
});

test('an open height and width need a resolution', () => {
  const input = ['N', 3, 'H', 'W'];
  const open = refusalOf(() => load([conv([0, 0, 0, 0], [1, 1])], undefined, input));
  expect(open).toMatchObject({ code: 'SNUG204', origin: { file: 'test.onnx', tensor: 'x' } });
  expect(open.hint).toContain('--resolution');
  expect(load([conv([0, 0, 0, 0], [1, 1])], [10, 12], input).tensors[0]!.shape).toEqual([1, 10, 12, 3]);
});

test.each([
  [
    'a Reshape',
    [conv([0, 0, 1, 1], [2, 2]), node('Reshape', ['c', 'flat'], 'f'), node('Gemm', ['f', 'big'], 'y')],
    'f_node',
  ],
  ['a Gemm', [conv([0, 0, 1, 1], [2, 2]), node('Flatten', ['c'], 'f'), node('Gemm', ['f', 'big'], 'y')], 'y_node'],
] as const)('%s of a fixed size is named', (_, nodes, layer) => {
  expect(refusalOf(() => load(nodes, [16, 16]))).toMatchObject({
    code: 'SNUG305',
    origin: { file: 'test.onnx', layer },
  });
});

test('a vector has no resolution, and a resolution is whole', () => {
  const relu = [node('Relu', ['x'], 'y')];
  expect(refusalOf(() => load(relu, [8, 8], [1, 4]))).toMatchObject({ code: 'SNUG305' });
  expect(refusalOf(() => load(relu, [8, 0.5]))).toMatchObject({ code: 'SNUG303' });
});
