import { expect, test } from 'vitest';
import { tfjsGraph } from '../../../src/frontends/tfjs-graph/index.ts';
import { runFloat } from '../../../src/interpreter/run-float.ts';
import { refusalOf } from '../../support/refusal.ts';
import {
  attribute,
  jsonBytes,
  type TfjsSpec,
  type TfjsWeight,
  tfInts,
  tfjsJson,
  tfjsNetwork,
  tfNode,
  tfRamp,
} from '../../support/tfjs-model.ts';

const { bool, float, int, ints, string, strings } = attribute;
const SAME = { strides: ints([1, 1, 1, 1]), padding: string('SAME') };
const picture = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (((i * 5) % 13) - 6) / 4);

/** Output of a network of one operator over an input [1, 2, 2, 2], or of the shape given. */
function run(spec: TfjsSpec, shape: readonly number[] = [1, 2, 2, 2]): number[] {
  return Array.from(runFloat(tfjsNetwork({ input: [-1, ...shape.slice(1)], ...spec }), picture(shape)));
}

/** Compares each element with what its index should give. */
function expectEach(actual: readonly number[], expected: (i: number) => number, digits = 6): void {
  expect(actual.length).toBeGreaterThan(0);
  for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected(i), digits);
}

const X = Array.from(picture([1, 2, 2, 2]));
const one = (values: readonly number[], name = 'w') => ({ name, shape: [values.length], values });
const shaped = (shape: readonly number[], values: readonly number[], name = 'w') => ({ name, shape, values });

test.each<[string, object, readonly TfjsWeight[], (x: number, i: number) => number]>([
  ['Relu', tfNode('Relu', 'y', ['x']), [], x => Math.max(0, x)],
  ['Relu6', tfNode('Relu6', 'y', ['x']), [], x => Math.min(6, Math.max(0, x))],
  ['Minimum', tfNode('Minimum', 'y', ['x', 'w']), [shaped([], [0.5])], x => Math.min(0.5, x)],
  ['Maximum', tfNode('Maximum', 'y', ['w', 'x']), [shaped([], [-0.5])], x => Math.max(-0.5, x)],
  ['Add', tfNode('Add', 'y', ['w', 'x']), [one([1, 2])], (x, i) => x + 1 + (i % 2)],
  ['AddN', tfNode('AddN', 'y', ['x', 'x', 'w']), [one([1, 2])], (x, i) => 2 * x + 1 + (i % 2)],
  ['BiasAdd', tfNode('BiasAdd', 'y', ['x', 'w']), [one([1, 2])], (x, i) => x + 1 + (i % 2)],
  ['Mul', tfNode('Mul', 'y', ['w', 'x']), [shaped([1, 1, 2], [1, 2])], (x, i) => x * (1 + (i % 2))],
  ['Mul by one number', tfNode('Mul', 'y', ['x', 'w']), [shaped([], [3])], x => 3 * x],
  ['RealDiv', tfNode('RealDiv', 'y', ['x', 'w']), [one([2, 4])], (x, i) => x / (i % 2 ? 4 : 2)],
  ['Sub', tfNode('Sub', 'y', ['x', 'w']), [one([1, 2])], (x, i) => x - 1 - (i % 2)],
  ['Sub from a constant', tfNode('Sub', 'y', ['w', 'x']), [one([1, 2])], (x, i) => 1 + (i % 2) - x],
])('%s treats every element by its channel', (_, node, weights, expected) => {
  expectEach(run({ nodes: [node], weights }), i => expected(X[i]!, i));
});

test('constants behind a residual sum go to the bias of an operand that nobody else reads', () => {
  const weights = [shaped([1, 1, 2, 2], [1, 0, 0, 1]), one([3, 4], 'c')];
  const nodes = [
    tfNode('AddV2', 'z', ['y', 'c']),
    tfNode('AddV2', 'y', ['x', 'conv']),
    tfNode('Conv2D', 'conv', ['x', 'w', '^x'], SAME),
  ];
  const graph = tfjsNetwork({ input: [-1, 2, 2, 2], nodes, weights });
  expect(graph.nodes.map(({ kind }) => kind)).toEqual(['conv2d', 'add']);
  expect(graph.nodes[0]!.parameters).toMatchObject({ bias: Float32Array.of(3, 4) });
  // A second reader of the sum must not see the constant.
  const shared = [...nodes, tfNode('AddV2', 'out', ['z', 'y'])];
  const kinds = tfjsNetwork({ input: [-1, 2, 2, 2], nodes: shared, weights }).nodes.map(({ kind }) => kind);
  expect(kinds).toEqual(['conv2d', 'add', 'batchNorm', 'add']);
});

test('a normalization in all of its forms scales each channel', () => {
  const weights = [one([2, 3], 'g'), one([0.5, 1], 'b'), one([1, -1], 'm'), one([4, 0.25], 'v')];
  const expected = (x: number, i: number): number =>
    i % 2 ? (3 * (x + 1)) / Math.sqrt(0.25 + 0.01) + 1 : (2 * (x - 1)) / Math.sqrt(4 + 0.01) + 0.5;
  for (const op of ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']) {
    const attr = { epsilon: float(0.01), is_training: bool(false), data_format: string('NHWC') };
    const nodes = [tfNode(op, 'y', ['x', 'g', 'b', 'm', 'v'], attr)];
    expectEach(run({ nodes, weights }), i => expected(X[i]!, i), 5);
    const additional = [...nodes, tfNode('Relu', 'z', ['y:1'])];
    expect(refusalOf(() => run({ nodes: additional, weights })).code).toBe('SNUG203');
  }
});

test('filters are moved from HWIO, and those of depthwise convolutions have their order already', () => {
  const conv = tfRamp('w', [1, 1, 2, 3]);
  const direct = (position: number, o: number): number =>
    [0, 1].reduce((sum, c) => sum + X[2 * position + c]! * conv.values[3 * c + o]!, 0);
  expectEach(run({ nodes: [tfNode('Conv2D', 'y', ['x', 'w'], SAME)], weights: [conv] }), i =>
    direct(Math.floor(i / 3), i % 3),
  );
  const depthwise = tfRamp('w', [1, 1, 2, 2]);
  const fused = { ...SAME, fused_ops: strings(['BiasAdd', 'Relu']), num_args: int(1) };
  const nodes = [tfNode('FusedDepthwiseConv2dNative', 'y', ['x', 'w', 'b'], fused)];
  expectEach(run({ nodes, weights: [depthwise, tfRamp('b', [4])] }), i => {
    const o = i % 4;
    const x = X[2 * Math.floor(i / 4) + Math.floor(o / 2)]!;
    return Math.max(0, x * depthwise.values[o]! + tfRamp('b', [4]).values[o]!);
  });
});

test('byte strings may be lists of character codes, and integers numbers', () => {
  const attr = { strides: { list: { i: [1, 2, 2, 1] } }, padding: { s: [86, 65, 76, 73, 68] } };
  expect(run({ nodes: [tfNode('Conv2D', 'y', ['x', 'w'], attr)], weights: [tfRamp('w', [1, 1, 2, 3])] })).toHaveLength(
    3,
  );
});

test('explicit paddings are those of height and width', () => {
  const attr = { strides: ints([1, 1, 1, 1]), padding: string('EXPLICIT') };
  const spec = (pads: readonly number[]): TfjsSpec => ({
    nodes: [tfNode('Conv2D', 'y', ['x', 'w'], { ...attr, explicit_paddings: ints(pads) })],
    weights: [tfRamp('w', [2, 2, 2, 1])],
  });
  expect(run(spec([0, 0, 1, 0, 0, 2, 0, 0]))).toHaveLength(2 * 3);
  expect(refusalOf(() => run(spec([1, 0, 1, 0, 0, 2, 0, 0]))).code).toBe('SNUG203');
  expect(refusalOf(() => run(spec([1, 1]))).code).toBe('SNUG203');
});

test('a matrix is moved from [inputs, outputs], unless it is transposed', () => {
  const matrix = tfRamp('w', [2, 3]);
  const row = Array.from(picture([1, 2]));
  const expected = [0, 1, 2].map(o => row[0]! * matrix.values[o]! + row[1]! * matrix.values[3 + o]!);
  const plain = { nodes: [tfNode('MatMul', 'y', ['x', 'w'])], weights: [matrix] };
  expectEach(run(plain, [1, 2]), o => expected[o]!);
  const turned = shaped(
    [3, 2],
    [0, 1, 2].flatMap(o => [matrix.values[o]!, matrix.values[3 + o]!]),
  );
  const nodes = [tfNode('_FusedMatMul', 'y', ['x', 'w'], { transpose_b: bool(true), fused_ops: strings([]) })];
  expectEach(run({ nodes, weights: [turned] }, [1, 2]), o => expected[o]!);
});

test('a head that flattens by the shape of its map, with an open batch, is a reshape', () => {
  const range = { shrink_axis_mask: int(1) };
  const nodes = [
    tfNode('Softmax', 'y', ['r']),
    tfNode('Reshape', 'r', ['e', 'target']),
    tfNode('ExpandDims', 'e', ['s', 'zero']),
    tfNode('Squeeze', 's', ['m'], { squeeze_dims: ints([-2, 1]) }),
    tfNode('Pack', 'target', ['batch', 'all']),
    tfNode('StridedSlice', 'batch', ['shape', 'first', 'second', 'second'], range),
    tfNode('Shape', 'shape', ['x']),
    tfNode('Mean', 'm', ['x', 'axes'], { keep_dims: bool(true) }),
  ];
  const weights = [
    tfInts('axes', [-3, 2]),
    tfInts('first', [0]),
    tfInts('second', [1]),
    tfInts('zero', [0], []),
    tfInts('all', [-1], []),
  ];
  const output = run({ nodes, weights });
  expect(output).toHaveLength(2);
  expect(output[0]! + output[1]!).toBeCloseTo(1, 6);
});

const filter = [tfRamp('w', [2, 2, 2, 1])];
const conv = (attr: object) => [tfNode('Conv2D', 'y', ['x', 'w'], { ...SAME, ...attr })];

test.each<[string, TfjsSpec, string]>([
  ['channels first', { nodes: conv({ data_format: string('NCHW') }), weights: filter }, 'NCHW'],
  ['dilation', { nodes: conv({ dilations: ints([1, 2, 2, 1]) }), weights: filter }, 'dilations'],
  ['strides over the batch', { nodes: conv({ strides: ints([2, 1, 1, 1]) }), weights: filter }, 'strides'],
  ['unknown padding', { nodes: conv({ padding: string('FULL') }), weights: filter }, 'FULL'],
  ['another activation', { nodes: conv({ fused_ops: strings(['Elu']) }), weights: filter }, 'Elu'],
  ['a normalization inside', { nodes: conv({ fused_ops: strings(['FusedBatchNorm']) }), weights: filter }, 'BatchNorm'],
  ['two activations', { nodes: conv({ fused_ops: strings(['Relu', 'Relu6']) }), weights: filter }, 'Relu6'],
  ['training', { nodes: [tfNode('FusedBatchNormV3', 'y', ['x'], { is_training: bool(true) })] }, 'training'],
  ['a product of activations', { nodes: [tfNode('Mul', 'y', ['x', 'x'])] }, 'must be a constant'],
  [
    'a constant for each element',
    { nodes: [tfNode('Mul', 'y', ['x', 'w'])], weights: [tfRamp('w', [2, 2, 2])] },
    'each channel',
  ],
  ['a mean over channels', { nodes: [tfNode('Mean', 'y', ['x', 'w'])], weights: [tfInts('w', [3])] }, 'axes 3'],
  [
    'a border of ones',
    { nodes: [tfNode('PadV2', 'y', ['x', 'w', 'v'])], weights: [tfInts('w', Array(8).fill(1), [4, 2]), one([1], 'v')] },
    'another value',
  ],
  [
    'pads of channels',
    { nodes: [tfNode('Pad', 'y', ['x', 'w'])], weights: [tfInts('w', Array(8).fill(1), [4, 2])] },
    'other dimensions',
  ],
  ['a matrix of activations', { nodes: [tfNode('MatMul', 'y', ['x', 'x'])] }, 'must be a constant'],
  ['bounds in disorder', { nodes: [tfNode('Minimum', 'y', ['x', 'w'])], weights: [one([Number.NaN])] }, 'bounds'],
])('%s is refused as an operator that is not supported', (_, spec, problem) => {
  const diagnostic = refusalOf(() => run(spec));
  expect(diagnostic).toMatchObject({ code: 'SNUG203', origin: { file: 'model.json', layer: 'y' } });
  expect(diagnostic.message).toContain(problem);
});

test('a layer that fits one size only says so at another', () => {
  const spec: TfjsSpec = {
    nodes: [tfNode('MatMul', 'y', ['r', 'w']), tfNode('Reshape', 'r', ['x', 'flat'])],
    weights: [tfInts('flat', [-1, 192]), tfRamp('w', [192, 2])],
  };
  expect(tfjsNetwork(spec).nodes.map(({ kind }) => kind)).toEqual(['reshape', 'fullyConnected']);
  expect(refusalOf(() => tfjsNetwork(spec, [6, 8]))).toMatchObject({ code: 'SNUG305', origin: { layer: 'y_reshape' } });
});

test('a graph model is recognized by its content', () => {
  const json = tfjsJson({ nodes: [] });
  expect(tfjsGraph.detect(jsonBytes(json))).toBe(true);
  const { format: _, ...old } = json;
  expect(tfjsGraph.detect(jsonBytes(old))).toBe(true);
  const late = { filler: 'x'.repeat(10_000), ...json };
  expect(tfjsGraph.detect(jsonBytes(late))).toBe(true);
  expect(tfjsGraph.detect(jsonBytes({ format: 'layers-model', modelTopology: { model_config: {} } }))).toBe(false);
  expect(tfjsGraph.detect(jsonBytes(['graph-model']))).toBe(false);
});

test('inputs and outputs may be known to the signature alone', () => {
  const json = tfjsJson({ nodes: [tfNode('Relu', 'a', ['x']), tfNode('Relu', 'dead', ['x'])] });
  const topology = json['modelTopology'] as { node: { name: string; attr: object }[] };
  const nodes = topology.node.map(node => (node.name === 'x' ? { ...node, attr: {} } : node));
  const sizes = [-1, 4, 5, 3].map(size => ({ size: `${size}` }));
  const signature = {
    inputs: { picture: { name: 'x:0', tensorShape: { dim: sizes } } },
    outputs: { result: { name: 'a:0' } },
  };
  const spec = { ...json, modelTopology: { node: nodes }, userDefinedMetadata: { signature } };
  const companions = new Map([['group1-shard1of1.bin', new Uint8Array(0)]]);
  const loaded = tfjsGraph.load(jsonBytes(spec), { file: 'net/model.json', companions });
  expect(loaded).toMatchObject({ graph: { name: 'net', nodes: [{ kind: 'clamp' }] }, notes: [] });
});
