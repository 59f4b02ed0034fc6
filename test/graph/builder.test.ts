import { expect, test } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import { consumersOf, inputShapes, int8Bytes, originOf, tensorOf } from '../../src/graph/graph.ts';
import { tensorId } from '../../src/ir/units.ts';
import { refusalOf } from '../support/refusal.ts';
import { smallGraph } from '../support/small-graphs.ts';

test('shapes follow from the operators, and tensors are named after their layers', () => {
  const { builder, conv, input } = smallGraph([1, 7, 8, 3]);
  const stem = conv('stem', input, { stride: 2, outputs: 5 });
  expect(builder.shapeOf(stem)).toEqual([1, 4, 4, 5]);
  const graph = builder.finish(stem);
  expect(graph).toMatchObject({ stage: 'float', name: 'small', weights: 'seeded', input: 0, output: 1 });
  expect(graph.tensors.map(tensor => tensor.name)).toEqual(['input', 'stem']);
});

test('a second input is refused', () => {
  const { builder } = smallGraph();
  const { code, message } = refusalOf(() => builder.input('other', [1, 4]));
  expect(code).toBe('SNUG304');
  expect(message).toContain('other');
});

test('a graph without input is refused', () => {
  expect(refusalOf(() => graphBuilder('empty', 'seeded').finish(tensorId(0))).code).toBe('SNUG304');
});

test('a layer that does not fit is refused under its name, with the origin that was given', () => {
  const { builder, input } = smallGraph([1, 6, 6, 4]);
  const { code, origin } = refusalOf(() =>
    builder.add('reshape', 'flatten', [input], { shape: [1, 7] }, {}, { file: 'model.onnx', line: 3 }),
  );
  expect(code).toBe('SNUG301');
  expect(origin).toEqual({ file: 'model.onnx', line: 3, layer: 'flatten' });
});

test('constants of the wrong size are found at the end', () => {
  const { builder, input } = smallGraph([1, 6]);
  const wrong = { weights: new Float32Array(11), bias: new Float32Array(2) };
  const output = builder.add('fullyConnected', 'dense', [input], { outputs: 2, activation: null }, wrong);
  const { code, message, origin } = refusalOf(() => builder.finish(output));
  expect([code, origin]).toEqual(['SNUG304', { layer: 'dense' }]);
  expect(message).toContain('weights has 11 elements and needs 2×6');
});

test('a tensor of another builder is a programming error', () => {
  const { builder, clamp } = smallGraph();
  expect(() => builder.shapeOf(tensorId(5))).toThrow(RangeError);
  expect(() => clamp('relu', tensorId(5), 0, 6)).toThrow(RangeError);
});

test('questions about a graph', () => {
  const { builder, input, conv, add } = smallGraph();
  const a = conv('a', input);
  const graph = builder.finish(add('sum', a, input));
  expect(consumersOf(graph, input).map(node => node.name)).toEqual(['a', 'sum']);
  expect(inputShapes(graph, graph.nodes[1]!)).toEqual([
    [1, 6, 6, 4],
    [1, 6, 6, 4],
  ]);
  expect(int8Bytes(tensorOf(graph, a))).toBe(144);
  expect(originOf({ name: 'a', origin: { file: 'f', layer: 'old' } })).toEqual({ file: 'f', layer: 'a' });
  expect(() => tensorOf(graph, tensorId(99))).toThrow(RangeError);
});
