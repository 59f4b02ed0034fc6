import { expect, test } from 'vitest';
import { convolve } from '../../support/channels-first.ts';
import { runOnnx, sample } from '../../support/onnx-run.ts';
import { floats, node, ramp } from '../../support/onnx-writer.ts';
import { refusalOf } from '../../support/refusal.ts';
import { expectClose } from '../../support/values.ts';

/** The numbers of `ramp` for a shape. */
const rampValues = (length: number): number[] => Array.from({ length }, (_, i) => 0.25 * (((i * 7) % 11) - 5));

const X = sample(4 * 5 * 6);
const INPUT = [1, 4, 5, 6];

test.each([
  ['plain', [3, 4, 3, 3], 1, {}, [0, 0, 0, 0], 1, 'conv2d', 'valid'],
  ['strided, explicit pads', [3, 4, 3, 3], 1, { strides: [2, 2], pads: [1, 0, 2, 1] }, [1, 0, 2, 1], 2, 'conv2d', null],
  ['SAME_UPPER', [3, 4, 3, 3], 1, { strides: [2, 2], auto_pad: 'SAME_UPPER' }, [1, 0, 1, 1], 2, 'conv2d', 'same'],
  ['SAME_LOWER', [3, 4, 3, 3], 1, { strides: [2, 2], auto_pad: 'SAME_LOWER' }, [1, 1, 1, 0], 2, 'conv2d', null],
  ['VALID', [3, 4, 2, 3], 1, { auto_pad: 'VALID' }, [0, 0, 0, 0], 1, 'conv2d', 'valid'],
  ['pointwise', [5, 4, 1, 1], 1, { dilations: [2, 2] }, [0, 0, 0, 0], 1, 'conv2d', 'valid'],
  ['depthwise', [4, 1, 3, 3], 4, { pads: [1, 1, 1, 1] }, [1, 1, 1, 1], 1, 'depthwiseConv2d', null],
  ['depthwise, multiplier 2', [8, 1, 3, 2], 4, {}, [0, 0, 0, 0], 1, 'depthwiseConv2d', 'valid'],
  ['two groups', [6, 2, 3, 3], 2, {}, [0, 0, 0, 0], 1, 'conv2d', 'valid'],
] as const)('Conv, %s', (_, filters, group, attributes, pads, stride, kind, padding) => {
  const length = filters.reduce((a: number, b) => a * b, 1);
  const bias = rampValues(filters[0]);
  const run = runOnnx(
    {
      input: INPUT,
      nodes: [node('Conv', ['x', 'w', 'b'], 'y', { group, ...attributes })],
      initializers: [ramp('w', filters), floats('b', [filters[0]], bias)],
    },
    X,
  );
  expect(run.kinds).toEqual([kind]);
  const convolution = { input: [4, 5, 6], filters, group, stride, pads } as const;
  expectClose(run.output, convolve(X, rampValues(length), bias, convolution));
  if (padding !== null) expect(run.graph.nodes[0]!.attributes).toMatchObject({ padding });
});

test('a missing bias is zeros, and weights may be float64 data', () => {
  const w = { name: 'w', dims: [1, 4, 1, 1], dataType: 11, doubleData: [1, 0, 0, 2] };
  const run = runOnnx({ input: INPUT, nodes: [node('Conv', ['x', 'w'], 'y')], initializers: [w] }, X);
  expectClose(run.output, convolve(X, [1, 0, 0, 2], null, { input: [4, 5, 6], filters: [1, 4, 1, 1] }));
});

test('constants added after it become its bias', () => {
  const nodes = [node('Conv', ['x', 'w'], 'c'), node('Add', ['b', 'c'], 'd'), node('Add', ['d', 'one'], 'y')];
  const initializers = [ramp('w', [2, 4, 1, 1]), floats('b', [1, 2, 1, 1], [10, 20]), floats('one', [], [1])];
  const run = runOnnx({ input: INPUT, nodes, initializers }, X);
  expect(run.kinds).toEqual(['conv2d']);
  expectClose(run.output, convolve(X, rampValues(8), [11, 21], { input: [4, 5, 6], filters: [2, 4, 1, 1] }));
});

test('a constant is not put into a bias that another layer reads without it', () => {
  const nodes = [node('Conv', ['x', 'w'], 'c'), node('Add', ['c', 'b'], 'd'), node('Add', ['c', 'd'], 'y')];
  const initializers = [ramp('w', [2, 4, 1, 1]), floats('b', [2, 1, 1], [1, 2])];
  const run = runOnnx({ input: INPUT, nodes, initializers }, X);
  expect(run.kinds).toEqual(['conv2d', 'batchNorm', 'add']);
  const single = convolve(X, rampValues(8), null, { input: [4, 5, 6], filters: [2, 4, 1, 1] });
  expectClose(
    run.output,
    single.map((value, i) => 2 * value + (i < 30 ? 1 : 2)),
  );
});

test('BatchNormalization stays a layer with its own parameters', () => {
  const nodes = [node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], 'y', { epsilon: { float: 0.5 } })];
  const initializers = [
    floats('s', [2], [2, 3]),
    floats('b', [2], [1, -1]),
    floats('m', [2], [0.5, 0]),
    floats('v', [2], [3.5, 0.5]),
  ];
  const run = runOnnx({ input: [1, 2, 1, 2], nodes, initializers, opset: 9 }, [1, 2, 3, 4]);
  expect(run.kinds).toEqual(['batchNorm']);
  expectClose(run.output, [1.5, 2.5, 8, 11]);
});

test.each([
  ['dilations', { dilations: [2, 2] }, 'dilations are 2×2'],
  ['an unknown auto_pad', { auto_pad: 'SAME' }, 'auto_pad is SAME'],
  ['three-dimensional strides', { strides: [1, 1, 1] }, 'strides has 3 entries'],
] as const)('refuses %s by name', (_, attributes, reason) => {
  const spec = { nodes: [node('Conv', ['x', 'w'], 'y', attributes)], initializers: [ramp('w', [1, 2, 3, 3])] };
  const first = refusalOf(() => runOnnx(spec, X));
  expect(first).toMatchObject({ code: 'SNUG203', origin: { layer: 'y_node' } });
  expect(first.message).toContain(reason);
});

test('refuses weights that do not fit the channels', () => {
  const spec = { nodes: [node('Conv', ['x', 'w'], 'y')], initializers: [ramp('w', [1, 3, 1, 1])] };
  expect(refusalOf(() => runOnnx(spec, X))).toMatchObject({ code: 'SNUG301', origin: { layer: 'y_node' } });
});
