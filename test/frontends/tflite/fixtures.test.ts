import { expect, test } from 'vitest';
import { loadTflite } from '../../../src/frontends/tflite/index.ts';
import { runFloat } from '../../../src/interpreter/run-float.ts';
import { runInt8 } from '../../../src/interpreter/run-int8.ts';
import { decibels, noiseOf } from '../../../src/numerics/statistics.ts';
import {
  compareOperators,
  fixtureBytes,
  fixtureFloats,
  fixtureIntegers,
  fixtureText,
  quantizedGraph,
} from '../../support/tflite-fixture.ts';

test.each([
  ['parts_int8', 0],
  ['parts_per_tensor', 0],
  ['parts_uint8_io', 2],
  ['parts_float_io', 2],
  ['v1_int8', 0],
  ['mobilenet_v2_int8', 0],
])('%s: every operator gives the bytes of TensorFlow Lite', (name, notes) => {
  const bytes = fixtureBytes(`${name}.tflite`);
  const graph = quantizedGraph(bytes, `${name}.tflite`);
  const input = fixtureIntegers(`${name}.input`);
  const { expected, actual, output } = compareOperators(graph, input, fixtureText(`${name}.operators.txt`));
  expect(actual).toEqual(expected);
  expect(output).toEqual(fixtureIntegers(`${name}.output`));
  expect(graph.name).toBe(name);
  expect(loadTflite(bytes, { file: 'a.tflite' }).notes).toHaveLength(notes);
});

test.each([
  ['parts_float', 60, 0],
  ['parts_float16', 60, 0],
  ['v1_dynamic', 60, 1],
])('%s: the float network gives the output of TensorFlow Lite', (name, least, notes) => {
  const loaded = loadTflite(fixtureBytes(`${name}.tflite`), { file: `${name}.tflite` });
  expect(loaded.notes).toHaveLength(notes);
  if (loaded.graph.stage !== 'float') throw new Error('expected a float graph');
  const output = runFloat(loaded.graph, fixtureFloats(`${name}.input.f32`));
  expect(decibels(noiseOf(fixtureFloats(`${name}.output.f32`), output))).toBeGreaterThan(least);
});

test('the notes say what became of inputs and outputs that are not int8', () => {
  const notesOf = (name: string) => loadTflite(fixtureBytes(`${name}.tflite`), { file: name }).notes.join('\n');
  expect(notesOf('parts_uint8_io')).toMatch(
    /the input is int8 .* uint8, .* 128 less here\nthe output is int8 .* uint8/,
  );
  expect(notesOf('parts_float_io')).toMatch(
    /its QUANTIZE is left to the caller\n.* its DEQUANTIZE is left to the caller/,
  );
  expect(notesOf('v1_dynamic')).toContain('dequantized');
});

test('convolutions take PAD into their windows, and where it is what SAME gives, as SAME', () => {
  const graph = quantizedGraph(fixtureBytes('parts_int8.tflite'), 'parts_int8.tflite');
  expect(graph.nodes.map(node => node.kind)).not.toContain('pad');
  const paddings = graph.nodes.flatMap(node => (node.kind === 'depthwiseConv2d' ? [node.attributes.padding] : []));
  expect(paddings).toEqual(['same', 'same', { top: 3, bottom: 3, left: 3, right: 3 }]);
});

test('the same network with integers and scales in float and in uint8 at its edges gives the same bytes', () => {
  const int8 = quantizedGraph(fixtureBytes('parts_int8.tflite'), 'a.tflite');
  const float = quantizedGraph(fixtureBytes('parts_float_io.tflite'), 'b.tflite');
  const input = fixtureIntegers('parts_int8.input');
  expect(runInt8(float, input)).toEqual(runInt8(int8, input));
});
