import { expect, test } from 'vitest';
import { loadOnnx } from '../../../src/frontends/onnx/index.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { runInt8 } from '../../../src/interpreter/run-int8.ts';
import type { QuantizedConvolution } from '../../../src/ops/convolution-quantization.ts';
import {
  BIAS,
  CONVOLUTION,
  coding,
  FILTER_SCALES,
  FILTERS,
  integers,
  QLINEAR,
  qdq,
  qdqModel,
  replaced,
} from '../../support/onnx-quantized.ts';
import { floats, ints, type ModelSpec, node, onnxModel } from '../../support/onnx-writer.ts';

function load(spec: ModelSpec): { readonly graph: Graph<'quantized'>; readonly notes: readonly string[] } {
  const { graph, notes } = loadOnnx(onnxModel(spec), { file: 'test.onnx' });
  if (graph.stage !== 'quantized') throw new Error('the model is quantized');
  return { graph, notes };
}

const kindsOf = (graph: Graph<'quantized'>) => graph.nodes.map(({ kind }) => kind);
const quantizations = (graph: Graph<'quantized'>) => graph.tensors.map(({ quantization: q }) => [q.scale, q.zeroPoint]);
const C = coding('c', 2, -5);
const toY = node('Identity', ['c_dq'], 'y');
const SIMPLE = qdqModel([...qdq('c'), toY], C);
const EXACT = {
  weights: Int8Array.from(FILTERS),
  weightScales: Float64Array.from(FILTER_SCALES),
  bias: Int32Array.from(BIAS),
};

test.each([
  ['QDQ', SIMPLE],
  ['QLinear', QLINEAR],
  ['QDQ of uint8', qdqModel([...qdq('c'), toY], coding('c', 2, 123, 'uint8'), true)],
])('%s keeps weights, bias, scales and zero points to the last bit', (_, spec) => {
  const { graph, notes } = load(spec);
  expect(kindsOf(graph)).toEqual(['conv2d']);
  expect(graph.nodes[0]!.parameters).toMatchObject({ ...EXACT, activation: { min: -128, max: 127 } });
  expect(quantizations(graph)).toEqual([
    [0.125, 3],
    [2, -5],
  ]);
  expect(notes).toEqual([]);
});

test('an activation between the layer and its QuantizeLinear is fused', () => {
  const bounds = [floats('zero', [], [0]), floats('six', [], [6])];
  const { graph, notes } = load(
    qdqModel([node('Clip', ['c', 'zero', 'six'], 'r'), ...qdq('r')], [...bounds, ...coding('r', 0.03125, -128)]),
  );
  expect(kindsOf(graph)).toEqual(['conv2d']);
  expect(graph.nodes[0]).toMatchObject({
    attributes: { activation: { min: 0, max: 6 } },
    parameters: { activation: { min: -128, max: 64 } },
  });
  expect([quantizations(graph)[1], notes]).toEqual([[0.03125, -128], []]);
});

test('an activation of another quantization than its layer takes the place of both, with a note', () => {
  const { graph, notes } = load(
    qdqModel([...qdq('c'), node('Relu', ['c_dq'], 'r'), ...qdq('r')], [...C, ...coding('r', 0.5, -128)]),
  );
  expect([kindsOf(graph), quantizations(graph)[1]]).toEqual([['conv2d'], [0.5, -128]]);
  expect(notes).toEqual(['c_node gets the quantization of r_node, without the rounding between them']);
});

test.each([
  ['GlobalAveragePool', [node('GlobalAveragePool', ['c_dq'], 'p')], ['conv2d', 'mean']],
  ['ReduceMean', [node('ReduceMean', ['c_dq', 'axes'], 'p', { keepdims: 0 })], ['conv2d', 'mean', 'reshape']],
  [
    'AveragePool',
    [node('AveragePool', ['c_dq'], 'p', { kernel_shape: [2, 2], strides: [2, 2] })],
    ['conv2d', 'averagePool', 'reshape', 'mean', 'reshape'],
  ],
])('%s may have a quantization of its own', (_, nodes, kinds) => {
  const spec = qdqModel(
    [...qdq('c'), ...nodes, ...qdq('p'), node('Identity', ['p_dq'], 'y')],
    [...C, ...coding('p', 0.75, 7), ints('axes', [2, 3])],
  );
  const { graph } = load({ ...spec, opset: 18 });
  expect(kindsOf(graph)).toEqual(kinds);
  expect(graph.tensors[graph.output]!.quantization).toEqual({ scale: 0.75, zeroPoint: 7 });
});

test('a change of quantization alone is computed exactly', () => {
  const spec: ModelSpec = {
    nodes: [
      ...qdq('x'),
      node('MaxPoolFree', [], 'unused'),
      node('QuantizeLinear', ['x_dq', 's', 'z'], 'y_q'),
      node('DequantizeLinear', ['y_q', 's', 'z'], 'y'),
    ],
    initializers: [...coding('x', 0.125, 3), floats('s', [], [0.25]), integers('z', 'int8', [], [10])],
    input: [1, 1, 1, 4],
  };
  const { graph } = load(spec);
  expect(Array.from(runInt8(graph, Int8Array.of(3, 7, -128, 127)))).toEqual([10, 12, -55, 72]);
});

test.each([
  ['a missing bias', ['x_dq', 'w_dq'], [0, 0]],
  ['a bias of float', ['x_dq', 'w_dq', 'f'], [16, -32]],
])('a convolution takes %s', (_, input, bias) => {
  const spec = qdqModel([node('Conv', input, 'd'), ...qdq('d')], [...coding('d', 2, 0), floats('f', [2], [1, -1])]);
  expect(load(spec).graph.nodes[0]!.parameters).toMatchObject({ bias: Int32Array.from(bias) });
});

test('float weights that are quantized in the graph are quantized here', () => {
  const spec = qdqModel(
    [
      node('QuantizeLinear', ['wf', 'w_scale', 'w_zero'], 'wf_q', { axis: 0 }),
      node('DequantizeLinear', ['wf_q', 'w_scale', 'w_zero'], 'wf_dq', { axis: 0 }),
      node('Conv', ['x_dq', 'wf_dq'], 'd'),
      ...qdq('d'),
    ],
    [...coding('d', 2, 0), floats('wf', [2, 2, 1, 1], [1.25, 0.75, -100, 0.1])],
  );
  // Ties go to the even integer.
  expect(load(spec).graph.nodes[0]!.parameters).toMatchObject({ weights: Int8Array.of(2, 2, -128, 0) });
});

const withFilters = (type: 'int8' | 'uint8', values: readonly number[], zeros: readonly number[]): ModelSpec =>
  replaced(
    replaced(SIMPLE, 'w', integers('w', type, [2, 2, 1, 1], values)),
    'w_zero',
    integers('w_zero', type, [2], zeros),
  );

test('weights with a zero point keep their integers where int8 holds the difference', () => {
  const { graph, notes } = load(withFilters('uint8', [255, 64, 131, 255], [128, 128]));
  expect(graph.nodes[0]!.parameters).toMatchObject({ weights: Int8Array.of(127, -64, 3, 127) });
  expect(notes).toEqual([]);
});

test('weights that int8 cannot hold around 0 are quantized anew, with a note', () => {
  const { graph, notes } = load(withFilters('int8', [127, -64, 3, 127], [-3, 0]));
  const { weights, weightScales } = graph.nodes[0]!.parameters as QuantizedConvolution;
  expect(Array.from(weights)).toEqual([127, -60, 3, 127]);
  expect(weightScales[0]).toBeCloseTo((130 * 0.5) / 127, 6);
  expect(notes).toEqual([expect.stringContaining('the weights of c_node are quantized anew')]);
});

test('a matrix keeps its scales through a Transpose, and its bias may be added behind it', () => {
  const { graph, notes } = load({
    input: [1, 2],
    nodes: [
      ...qdq('x'),
      node('DequantizeLinear', ['w', 'w_scale'], 'w_dq', { axis: 0 }),
      node('Transpose', ['w_dq'], 'w_t'),
      node('MatMul', ['x_dq', 'w_t'], 'c'),
      ...qdq('c'),
      node('Add', ['c_dq', 'f'], 's'),
      ...qdq('s'),
    ],
    initializers: [
      ...coding('x', 0.125, 3),
      integers('w', 'int8', [3, 2], [1, 2, 3, 4, 5, 6]),
      floats('w_scale', [3], [0.5, 0.25, 2]),
      floats('f', [3], [1, -1, 0]),
      ...C,
      ...coding('s', 4, 1),
    ],
  });
  expect(graph.nodes[0]!.parameters).toMatchObject({
    weights: Int8Array.of(1, 2, 3, 4, 5, 6),
    weightScales: Float64Array.of(0.5, 0.25, 2),
    bias: Int32Array.of(16, -32, 0),
  });
  expect(quantizations(graph)[1]).toEqual([4, 1]);
  expect(notes).toEqual([expect.stringContaining('one layer here')]);
});

test('integers move without a change: Flatten, Reshape, Transpose and Pad of a quantized tensor', () => {
  const { graph } = load({
    ...QLINEAR,
    nodes: [
      ...QLINEAR.nodes.slice(0, 2),
      node('Pad', ['c_q', 'pads', 'c_zero'], 'p_q'),
      node('Transpose', ['p_q'], 't_q', { perm: [0, 2, 3, 1] }),
      node('Reshape', ['t_q', 'row'], 'r_q'),
      node('DequantizeLinear', ['r_q', 'c_scale', 'c_zero'], 'y'),
    ],
    initializers: [...QLINEAR.initializers!, ints('pads', [0, 0, 1, 1, 0, 0, 1, 1]), ints('row', [1, -1])],
  });
  expect(kindsOf(graph)).toEqual(['conv2d', 'pad', 'reshape']);
  expect(graph.tensors[graph.output]!.shape).toEqual([1, 72]);
});

test('an input and an output of uint8 are int8 here, and the notes say so', () => {
  const spec: ModelSpec = {
    ...QLINEAR,
    nodes: [QLINEAR.nodes[1]!].map(n => ({ ...n, input: ['x', ...(n['input'] as string[]).slice(1)] })),
    inputs: [
      {
        name: 'x',
        type: { tensorType: { elemType: 2, shape: { dim: [1, 2, 4, 4].map(dimValue => ({ dimValue })) } } },
      },
    ],
    outputs: [{ name: 'c_q' }],
    initializers: [...coding('x', 0.125, 131, 'uint8'), ...CONVOLUTION.slice(0, 4), ...coding('c', 2, 123, 'uint8')],
  };
  const { graph, notes } = load(spec);
  expect(quantizations(graph)).toEqual([
    [0.125, 3],
    [2, -5],
  ]);
  expect(notes).toEqual([
    expect.stringContaining('the input is uint8'),
    expect.stringContaining('the output is uint8'),
  ]);
});

test('weights alone that are quantized leave a float network', () => {
  const spec = qdqModel([node('Conv', ['x', 'w_dq', 'b_dq'], 'y')], []);
  const { graph, notes } = loadOnnx(onnxModel(spec), { file: 'test.onnx' });
  expect([graph.stage, notes]).toEqual(['float', [expect.stringContaining('only weights are quantized')]]);
});
