import { expect, test } from 'vitest';
import type { Graph, Tensor } from '../../src/graph/graph.ts';
import { verify } from '../../src/graph/verify.ts';
import { quantizationForRange } from '../../src/ir/quantization.ts';
import { quantize } from '../../src/passes/quantize.ts';
import { refusalOf } from '../support/refusal.ts';
import { smallGraph } from '../support/small-graphs.ts';

const RANGES = [
  { min: -2, max: 2 },
  { min: -1, max: 5 },
  { min: 0, max: 4 },
  { min: -100, max: 100 },
  { min: -100, max: 100 },
  { min: -7, max: 9 },
  { min: 0, max: 1 },
];

/** input, conv, sum, pool, flat, dense, softmax, calibrated with `RANGES`. */
function calibrated(ranges: readonly { readonly min: number; readonly max: number }[] = RANGES): Graph<'calibrated'> {
  const g = smallGraph();
  const sum = g.add('sum', g.conv('conv', g.input), g.input);
  const pool = g.builder.add('averagePool', 'pool', [sum], { window: 'global', activation: null }, {});
  const dense = g.dense('dense', g.reshape('flat', pool, [1, 4]), 3);
  const graph = g.builder.finish(g.builder.add('softmax', 'softmax', [dense], {}, {}));
  const tensors = graph.tensors.map((tensor, i) => ({ ...tensor, range: ranges[i]! }));
  return { ...graph, stage: 'calibrated', tensors } as Graph<'calibrated'>;
}

const quantizationOf = (graph: Graph<'quantized'>, name: string) =>
  (graph.tensors.find(tensor => tensor.name === name) as Tensor<'quantized'>).quantization;

test('each operator’s rule decides', () => {
  const graph = verify(quantize(calibrated(), { inputRange: null }), 'quantize');
  expect(graph.stage).toBe('quantized');
  for (const [i, name] of ['input', 'conv', 'sum'].entries()) {
    expect(quantizationOf(graph, name)).toEqual(quantizationForRange(RANGES[i]!));
  }
  // Pooling and reshaping keep their input's, whatever calibration saw of them; softmax has one of its own.
  expect(quantizationOf(graph, 'pool')).toEqual(quantizationOf(graph, 'sum'));
  expect(quantizationOf(graph, 'flat')).toEqual(quantizationOf(graph, 'sum'));
  expect(quantizationOf(graph, 'dense')).toEqual(quantizationForRange(RANGES[5]!));
  expect(quantizationOf(graph, 'softmax')).toEqual({ scale: 1 / 256, zeroPoint: -128 });
});

test('a known input range goes before the calibrated one', () => {
  const inputRange = { min: -1, max: 1 };
  const graph = quantize(calibrated(), { inputRange });
  expect(quantizationOf(graph, 'input')).toEqual(quantizationForRange(inputRange));
});

test('constants become integers, and float ones are gone', () => {
  const graph = quantize(calibrated(), { inputRange: null });
  const parameters = Object.values(graph.nodes[0]!.parameters).filter(value => ArrayBuffer.isView(value));
  expect(parameters.map(value => value.constructor.name)).toEqual([
    'Int8Array',
    'Float64Array',
    'Int32Array',
    'Int32Array',
    'Int32Array',
  ]);
  expect('range' in graph.tensors[0]!).toBe(false);
});

test('refusals name the layer', () => {
  const ranges = RANGES.map((range, i) => (i === 1 ? { min: 0, max: 1e-12 } : range));
  expect(refusalOf(() => quantize(calibrated(ranges), { inputRange: null }))).toMatchObject({
    origin: { layer: 'conv' },
  });
});
