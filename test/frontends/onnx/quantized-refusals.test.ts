import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SnugError } from '../../../src/diagnostics/diagnostic.ts';
import { loadOnnx } from '../../../src/frontends/onnx/index.ts';
import {
  CONVOLUTION,
  coding,
  integers,
  QLINEAR,
  qdq,
  qdqModel,
  replaced,
  rewired,
} from '../../support/onnx-quantized.ts';
import { floats, type ModelSpec, node, onnxModel } from '../../support/onnx-writer.ts';
import { refusalOf } from '../../support/refusal.ts';

const load = (bytes: Uint8Array) => loadOnnx(bytes, { file: 'bad.onnx' });
const C = coding('c', 2, -5);
const SIMPLE = qdqModel([...qdq('c'), node('Identity', ['c_dq'], 'y')], C);
const scaleOf = (name: string, values: readonly number[], dims: readonly number[] = []) => floats(name, dims, values);
const RELU = node('Relu', ['c_q'], 'r');
const ADD = { ...node('QLinearMul', ['c_q'], 'y'), domain: 'com.microsoft' };

test.each<[string, ModelSpec, string, string]>([
  ['a scale of 0', replaced(SIMPLE, 'x_scale', scaleOf('x_scale', [0])), 'SNUG202', 'is 0'],
  ['a scale of NaN', replaced(SIMPLE, 'c_scale', scaleOf('c_scale', [NaN])), 'SNUG202', 'is NaN'],
  [
    'an infinite scale of weights',
    replaced(SIMPLE, 'w_scale', scaleOf('w_scale', [1, Infinity], [2])),
    'SNUG202',
    'is Infinity',
  ],
  ['an empty scale', replaced(SIMPLE, 'w_scale', scaleOf('w_scale', [], [0])), 'SNUG202', 'is missing'],
  [
    'three scales for two channels',
    replaced(SIMPLE, 'w_scale', scaleOf('w_scale', [1, 1, 1], [3])),
    'SNUG202',
    'do not fit',
  ],
  [
    'one zero point for two scales',
    replaced(SIMPLE, 'w_zero', integers('w_zero', 'int8', [1], [0])),
    'SNUG202',
    '1 zero points for 2',
  ],
  [
    'scales for each channel of an activation',
    replaced(SIMPLE, 'x_scale', scaleOf('x_scale', [1, 1], [2])),
    'SNUG203',
    '2 scales',
  ],
  ['activations of 16 bits', replaced(SIMPLE, 'x_zero', integers('x_zero', 'int16', [], [0])), 'SNUG204', 'INT16'],
  ['a missing scale', rewired(SIMPLE, 'QuantizeLinear', ([x]) => [x!]), 'SNUG202', 'lacks its scale'],
  ['a missing zero point', rewired(QLINEAR, 'QLinearConv', i => i.with(7, '')), 'SNUG202', 'lacks a zero point'],
  [
    'three scales in QLinearConv',
    replaced(QLINEAR, 'w_scale', scaleOf('w_scale', [1, 1, 1], [3])),
    'SNUG202',
    'do not fit',
  ],
  ['a bias of three elements', replaced(QLINEAR, 'b', integers('b', 'int32', [3], [1, 2, 3])), 'SNUG301', '3 elements'],
  [
    'integers read with another scale',
    rewired(QLINEAR, 'DequantizeLinear', i => i.with(1, 'x_scale')),
    'SNUG203',
    'written with scale 2',
  ],
  ['floats read as integers', rewired(QLINEAR, 'QLinearConv', i => i.with(0, 'x')), 'SNUG202', 'gets floats'],
  [
    'integers read as floats',
    { ...QLINEAR, nodes: [...QLINEAR.nodes.slice(0, 2), RELU] },
    'SNUG203',
    'reads the integers',
  ],
  [
    'integers that are quantized',
    { ...SIMPLE, nodes: [...SIMPLE.nodes, node('QuantizeLinear', ['c_q', 'c_scale', 'c_zero'], 'z')] },
    'SNUG202',
    'reads floats',
  ],
  [
    'a tensor without a quantization',
    qdqModel([node('Relu', ['c'], 'r'), node('Conv', ['r', 'w_dq'], 'd'), ...qdq('d')], coding('d', 1, 0)),
    'SNUG204',
    'r_node has no quantization',
  ],
  ['an output without a quantization', qdqModel([node('Relu', ['c'], 'r')], []), 'SNUG204', 'quantized in part'],
  [
    'a batch normalization',
    qdqModel(
      [...qdq('c'), node('Mul', ['c_dq', 'f'], 'm'), ...qdq('m')],
      [...C, ...coding('m', 1, 0), floats('f', [], [2])],
    ),
    'SNUG203',
    'quant_pre_process',
  ],
  ['dynamic quantization', { nodes: [node('DynamicQuantizeLinear', ['x'], 'y')] }, 'SNUG203', 'quantize it statically'],
  [
    'products of integers',
    { nodes: [node('ConvInteger', ['x', 'w'], 'y')], initializers: CONVOLUTION },
    'SNUG203',
    'quantize it statically',
  ],
  [
    'an operator of ONNX Runtime that is not read',
    { ...QLINEAR, nodes: [...QLINEAR.nodes.slice(0, 2), ADD] },
    'SNUG203',
    'com.microsoft',
  ],
  [
    'blocks of weights',
    qdqModel(
      [
        node('DequantizeLinear', ['w', 'w_scale', 'w_zero'], 'v', { axis: 0, block_size: 2 }),
        node('Conv', ['x_dq', 'v'], 'd'),
      ],
      [],
    ),
    'SNUG203',
    'block',
  ],
  [
    'a cycle',
    {
      ...SIMPLE,
      nodes: [
        node('DequantizeLinear', ['y_q', 'x_scale', 'x_zero'], 'x_r'),
        node('QuantizeLinear', ['x_r', 'x_scale', 'x_zero'], 'y_q'),
      ],
    },
    'SNUG202',
    'cycle',
  ],
  ['sums beyond int32', replaced(SIMPLE, 'b', integers('b', 'int32', [2], [2 ** 31 - 1, 0])), 'SNUG401', 'channel 0'],
])('refuses %s', (_, spec, code, words) => {
  const refusal = refusalOf(() => load(onnxModel(spec)));
  expect(refusal).toMatchObject({ code, origin: { file: 'bad.onnx' } });
  expect(`${refusal.message} ${refusal.hint}`).toContain(words);
});

test.each([
  ['QDQ', onnxModel(SIMPLE)],
  ['QLinear', onnxModel(QLINEAR)],
])('changed and missing bytes of a %s model give a graph or diagnostics', (_, whole) => {
  expect(load(whole).graph.stage).toBe('quantized');
  const attempt = (bytes: Uint8Array): void => {
    try {
      load(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(SnugError);
    }
  };
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), changes => {
      const bytes = whole.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      attempt(bytes);
    }),
    { numRuns: 1000, seed: 11 },
  );
  for (let i = 0; i < 200; i += 1) attempt(whole.subarray(0, Math.floor((i * whole.length) / 200)));
});
