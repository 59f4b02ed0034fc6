import { expect, test } from 'vitest';
import type { Graph } from '../../src/graph/graph.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { normals } from '../support/operators.ts';
import { quantizePlainly } from '../support/plain-networks.ts';
import { smallGraph } from '../support/small-graphs.ts';

function residual(): Graph<'float'> {
  const { builder, input, clamp, add } = smallGraph([1, 2, 2, 1]);
  const relu = clamp('relu', input, 0, Infinity);
  const half = clamp('half', relu, 0, 0.5);
  return builder.finish(add('sum', add('inner', half, relu), input));
}

test('float: a value lives until its last reader, the input too', () => {
  const output = runFloat(residual(), Float32Array.of(-1, 0.25, 1, 2));
  expect(output).toEqual(Float32Array.of(-1, 0.75, 2.5, 4.5));
});

test('every activation is observed once, in execution order, the input first', () => {
  const seen: (readonly [number, Float32Array])[] = [];
  const input = Float32Array.of(-1, 0.25, 1, 2);
  const output = runFloat(residual(), input, (tensor, data) => seen.push([tensor, data]));
  expect(seen.map(([tensor]) => tensor)).toEqual([0, 1, 2, 3, 4]);
  expect(seen[0]![1]).toBe(input);
  expect(seen[4]![1]).toBe(output);
});

test('int8: the same loop over integers', () => {
  const graph = quantizePlainly(residual());
  const input = Int8Array.of(-128, -1, 63, 126);
  // Scale 2/255 and zero point −1 everywhere: 0.5 is 64 steps, and sums saturate.
  expect([...runInt8(graph, input)]).toEqual([-128, -1, 127, 127]);
});

test('a graph without layers gives its input back', () => {
  const { builder, input } = smallGraph([1, 3]);
  const values = Float32Array.of(1, 2, 3);
  expect(runFloat(builder.finish(input), values)).toBe(values);
});

test('inputs are not written to, and a second run gives the same', () => {
  const float = mobilenetV2({ width: 0.35, resolution: 32, classes: 4 });
  const input = normals([1, 32, 32, 3], 1).data;
  const copy = input.slice();
  const output = runFloat(float, input);
  expect(input).toEqual(copy);
  expect(runFloat(float, input)).toEqual(output);
  const quantized = quantizePlainly(float);
  const bytes = Int8Array.from(input, value => value * 20);
  const kept = bytes.slice();
  const first = runInt8(quantized, bytes);
  expect(bytes).toEqual(kept);
  expect(runInt8(quantized, bytes)).toEqual(first);
});
