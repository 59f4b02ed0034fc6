import { expect, test } from 'vitest';
import { printGraph } from '../../src/graph/print.ts';
import { deserializeGraph, serializeGraph } from '../../src/graph/serialize.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { quantizePlainly } from '../support/plain-networks.ts';
import { refusalOf } from '../support/refusal.ts';
import { smallGraph } from '../support/small-graphs.ts';

const graph = quantizePlainly(mobilenetV2({ width: 0.35, resolution: 32, classes: 5 }), true);

test('a graph comes back equal, and computes the same bytes', () => {
  const back = deserializeGraph(serializeGraph(graph), 'model.safetensors');
  // The text holds a checksum of every constant; comparing a million elements one by one takes seconds.
  expect(printGraph(back)).toBe(printGraph(graph));
  expect({ ...back, nodes: [] }).toEqual({ ...graph, nodes: [] });
  const input = Int8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 256);
  expect(runInt8(back, input)).toEqual(runInt8(graph, input));
});

test('open bounds, types of constants and origins come back too', () => {
  const { builder, input, conv } = smallGraph();
  const relu = builder.add(
    'clamp',
    'relu',
    [conv('a', input)],
    { min: 0, max: Infinity },
    {},
    { file: 'f.onnx', line: 2 },
  );
  const small = quantizePlainly(builder.finish(conv('b', relu)));
  expect(deserializeGraph(serializeGraph(small), 'small')).toEqual(small);
});

test('is deterministic', () => {
  expect(Buffer.compare(serializeGraph(graph), serializeGraph(graph))).toBe(0);
});

test('a truncated file is refused by name', () => {
  const bytes = serializeGraph(graph);
  for (const length of [0, 4, 100, bytes.length - 1]) {
    const { code, origin } = refusalOf(() => deserializeGraph(bytes.slice(0, length), 'model.safetensors'));
    expect([code, origin.file]).toEqual(['SNUG202', 'model.safetensors']);
  }
});
