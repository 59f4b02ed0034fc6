import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SnugError } from '../../../src/diagnostics/diagnostic.ts';
import { loadFloat } from '../../support/onnx-run.ts';
import { floats, ints, type ModelSpec, node, onnxModel, ramp, value } from '../../support/onnx-writer.ts';
import { refusalOf } from '../../support/refusal.ts';

const SMALL: ModelSpec = {
  input: ['N', 3, 8, 8],
  nodes: [
    node('Conv', ['x', 'w', 'b'], 'c', { pads: [0, 0, 1, 1], strides: [2, 2] }),
    node('Clip', ['c', 'zero', 'six'], 'r'),
    node('GlobalAveragePool', ['r'], 'p'),
    node('Reshape', ['p', 'shape'], 'f'),
    node('Gemm', ['f', 'fc', 'fb'], 'y', { transB: 1 }),
  ],
  initializers: [
    ramp('w', [4, 3, 3, 3]),
    ramp('b', [4]),
    floats('zero', [], [0]),
    floats('six', [], [6]),
    ints('shape', [-1, 4]),
    ramp('fc', [5, 4]),
    ramp('fb', [5]),
  ],
  outputs: [value('y', ['N', 5])],
};
const BYTES = onnxModel(SMALL);
const load = (bytes: Uint8Array) => loadFloat(bytes, { file: 'bad.onnx' });
const refused = (spec: ModelSpec) => refusalOf(() => load(onnxModel(spec)));

test('a model that is cut off anywhere is called damaged', () => {
  expect(load(BYTES).nodes).toHaveLength(5);
  for (let i = 0; i < 200; i += 1) {
    const end = Math.floor((i * BYTES.length) / 200);
    expect(refusalOf(() => load(BYTES.subarray(0, end)))).toMatchObject({
      code: 'SNUG202',
      origin: { file: 'bad.onnx' },
    });
  }
});

test('changed bytes give a graph or diagnostics, never another error', () => {
  const change = fc.tuple(fc.nat(BYTES.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), changes => {
      const bytes = BYTES.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      try {
        load(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(SnugError);
      }
    }),
    { numRuns: 2000, seed: 7 },
  );
});

test.each([
  ['no bytes', new Uint8Array(0)],
  ['text', new TextEncoder().encode('not a model at all')],
  ['zeros', new Uint8Array(1000)],
  ['ones', new Uint8Array(1000).fill(0xff)],
])('%s are no ONNX file', (_, bytes) => {
  expect(refusalOf(() => load(bytes))).toMatchObject({ code: 'SNUG202', origin: { file: 'bad.onnx' } });
});

const relu = (from: string, to: string) => node('Relu', [from], to);
const X2 = [value('x', [1, 2]), value('z', [1, 2])];
const external = {
  name: 'w',
  dims: [1],
  dataType: 1,
  dataLocation: 1,
  externalData: [{ key: 'location', value: 'w.bin' }],
};

test.each<[string, ModelSpec, string, object]>([
  ['a cycle', { nodes: [relu('b', 'a'), relu('a', 'b')] }, 'SNUG202', { layer: 'a_node' }],
  ['a node that reads itself', { nodes: [relu('a', 'a')] }, 'SNUG202', { layer: 'a_node' }],
  ['a missing value', { nodes: [relu('q', 'a')] }, 'SNUG202', { layer: 'a_node' }],
  ['a value that is made twice', { nodes: [relu('x', 'a'), relu('x', 'a')] }, 'SNUG202', { layer: 'a_node' }],
  ['an output that nothing makes', { nodes: [relu('x', 'a')], outputs: [value('q', [1])] }, 'SNUG202', { tensor: 'q' }],
  ['an output that is the input', { nodes: [node('Identity', ['x'], 'y')] }, 'SNUG202', { tensor: 'y' }],
  ['a missing input of a node', { nodes: [node('Relu', [], 'y')] }, 'SNUG202', { layer: 'y_node' }],
  ['no nodes', { nodes: [] }, 'SNUG202', {}],
  ['no operator set', { nodes: [relu('x', 'y')], opset: null }, 'SNUG202', {}],
  ['an old operator set', { nodes: [relu('x', 'y')], opset: 6 }, 'SNUG204', {}],
  ['two inputs', { nodes: [relu('x', 'y')], inputs: X2 }, 'SNUG204', {}],
  ['no input', { nodes: [relu('w', 'y')], inputs: [], initializers: [ramp('w', [1])] }, 'SNUG202', {}],
  ['two outputs', { nodes: [relu('x', 'y')], outputs: X2 }, 'SNUG204', {}],
  ['an input without a shape', { nodes: [relu('x', 'y')], inputs: [{ name: 'x' }] }, 'SNUG204', { tensor: 'x' }],
  ['an input of rank 3', { nodes: [relu('x', 'y')], input: [1, 2, 3] }, 'SNUG204', { tensor: 'x' }],
  ['a batch of 8', { nodes: [relu('x', 'y')], input: [8, 3, 4, 4] }, 'SNUG204', { tensor: 'x' }],
  ['an open channel count', { nodes: [relu('x', 'y')], input: ['N', 'C', 4, 4] }, 'SNUG204', { tensor: 'x' }],
  ['a huge input', { nodes: [relu('x', 'y')], input: [1, 3, 1e9, 1e9] }, 'SNUG204', { tensor: 'x' }],
  [
    'a huge result',
    { nodes: [node('Pad', ['x', 'p'], 'y')], initializers: [ints('p', [0, 0, 1e9, 0, 0, 0, 0, 0])] },
    'SNUG204',
    {},
  ],
  ['an unknown operator', { nodes: [node('Erf', ['x'], 'y')] }, 'SNUG203', { layer: 'y_node' }],
  [
    'an operator of another domain',
    { nodes: [{ ...relu('x', 'y'), domain: 'com.example' }] },
    'SNUG203',
    { layer: 'y_node' },
  ],
  [
    'an attribute of another type',
    { nodes: [node('Flatten', ['x'], 'y', { axis: 'one' })] },
    'SNUG202',
    { layer: 'y_node' },
  ],
  [
    'a string attribute without its string',
    {
      nodes: [{ ...node('Conv', ['x', 'w'], 'y'), attribute: [{ name: 'auto_pad', type: 3 }] }],
      initializers: [ramp('w', [1, 2, 1, 1])],
    },
    'SNUG203',
    { layer: 'y_node' },
  ],
  [
    'an axis that does not exist',
    { nodes: [node('Flatten', ['x'], 'y', { axis: 9 })] },
    'SNUG202',
    { layer: 'y_node' },
  ],
])('refuses %s', (_, spec, code, origin) => {
  expect(refused(spec)).toMatchObject({ code, origin: { file: 'bad.onnx', ...origin } });
});

const gemm = (w: ReturnType<typeof ramp>): ModelSpec => ({
  input: [1, 2],
  nodes: [node('MatMul', ['x', 'w'], 'y')],
  initializers: [w],
});

test.each<[string, ReturnType<typeof ramp>, string]>([
  ['an absurd shape', { ...ramp('w', [2]), dims: [2 ** 40, 2 ** 40] }, 'SNUG202'],
  ['a negative dimension', { ...ramp('w', [2]), dims: [-2, -1] }, 'SNUG202'],
  ['a rank beyond measure', { ...ramp('w', [2]), dims: [...new Array(1000).fill(1), 2] }, 'SNUG202'],
  ['too little data', { ...ramp('w', [1]), dims: [2, 1] }, 'SNUG202'],
  ['half an element', { name: 'w', dims: [2, 1], dataType: 1, rawData: new Uint8Array(9) }, 'SNUG202'],
  ['data in another file', external, 'SNUG205'],
  ['strings', { name: 'w', dims: [2, 1], dataType: 8 }, 'SNUG204'],
])('refuses weights with %s', (_, weights, code) => {
  expect(refused(gemm(weights))).toMatchObject({ code, origin: { file: 'bad.onnx', tensor: 'w' } });
});

test('a weight that is not a number is named with its layer', () => {
  expect(refused(gemm(floats('w', [2, 1], [1, NaN])))).toMatchObject({
    code: 'SNUG214',
    message: 'weights holds NaN at element 1',
    origin: { file: 'bad.onnx', layer: 'y_node' },
  });
});

test('shape arithmetic that doubles a constant again and again is refused', () => {
  const doubling = Array.from({ length: 60 }, (_, i) => node('Concat', [`s${i}`, `s${i}`], `s${i + 1}`, { axis: 0 }));
  const nodes = [node('Shape', ['x'], 's0'), ...doubling, node('Reshape', ['x', 's60'], 'y')];
  expect(refused({ nodes })).toMatchObject({ code: 'SNUG203', message: expect.stringContaining('8192') });
});

test('a node that the output does not need may be anything', () => {
  const nodes = [node('Mystery', ['x'], 'unused'), relu('x', 'y')];
  expect(load(onnxModel({ nodes })).nodes).toHaveLength(1);
});

test.each([
  ['float_data', { floatData: [1, 2] }],
  ['half floats in int32_data', { dataType: 10, int32Data: [0x3c00, 0x4000] }],
  ['half floats in raw_data', { dataType: 10, rawData: Uint8Array.of(0, 0x3c, 0, 0x40) }],
  ['bfloat16', { dataType: 16, rawData: Uint8Array.of(0x80, 0x3f, 0, 0x40) }],
  ['doubles', { dataType: 11, doubleData: [1, 2] }],
])('reads weights as %s', (_, fields) => {
  const graph = load(onnxModel(gemm({ name: 'w', dims: [2, 1], dataType: 1, ...fields })));
  expect(graph.nodes[0]!.parameters).toMatchObject({ weights: Float32Array.of(1, 2) });
});
