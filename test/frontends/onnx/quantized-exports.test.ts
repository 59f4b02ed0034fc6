import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadOnnx } from '../../../src/frontends/onnx/index.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { runInt8 } from '../../../src/interpreter/run-int8.ts';
import { dequantizeArray, quantizeArray } from '../../../src/ir/quantization.ts';
import { decibels, noiseOf } from '../../../src/numerics/statistics.ts';

const fixture = (name: string): Uint8Array => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const floatsOf = (name: string): Float32Array => new Float32Array(new Uint8Array(fixture(name)).buffer);

interface Run {
  readonly graph: Graph<'quantized'>;
  readonly notes: readonly string[];
  readonly output: Float32Array;
  /** Integers of each tensor by id. */
  readonly integers: ReadonlyMap<number, Int8Array>;
}

function run(model: string, input: string): Run {
  const { graph, notes } = loadOnnx(fixture(model), { file: model });
  if (graph.stage !== 'quantized') throw new Error('the model is quantized');
  const integers = new Map<number, Int8Array>();
  const values = quantizeArray(floatsOf(input), graph.tensors[graph.input]!.quantization);
  const output = runInt8(graph, values, (id, data) => integers.set(id, data.slice()));
  const { quantization } = graph.tensors[graph.output]!;
  return { graph, notes, output: dequantizeArray(output, quantization), integers };
}

const largest = (values: ArrayLike<number>): number => Math.max(...Array.from(values, Math.abs));
const differences = (a: ArrayLike<number>, b: ArrayLike<number>): number[] => Array.from(a, (v, i) => v - b[i]!);

test('a QDQ model of int8 keeps its integers and computes what ONNX Runtime does, but for single steps', () => {
  const { graph, notes, output, integers } = run('blocks_qdq_int8.onnx', 'blocks.input.f32');
  const [stem] = graph.nodes;
  expect(stem).toMatchObject({ kind: 'conv2d', attributes: { kernel: [3, 3], stride: [2, 2] } });
  const { bias, weights, weightScales } = stem!.parameters as Extract<typeof stem, { kind: 'conv2d' }>['parameters'];
  expect(Array.from(bias.subarray(0, 6))).toEqual([11844, 11175, -79727, -18050, -27253, 42045]);
  // The file has OIHW: these are the first three taps of the first filter's first channel.
  expect([weights[0], weights[3], weights[6]]).toEqual([-127, -101, -55]);
  expect(weightScales[0]).toBe(0.0016759431455284357);
  expect(graph.tensors[0]!.quantization).toEqual({ scale: 0.00784306600689888, zeroPoint: -1 });
  expect(graph.tensors[1]!.quantization).toEqual({ scale: 0.00787265319377184, zeroPoint: -128 });
  expect(notes).toEqual([expect.stringContaining('the output of Softmax has scale 0.00390625')]);

  const logits = integers.get(graph.nodes.at(-1)!.inputs[0]!)!;
  expect(largest(differences(logits, new Int8Array(fixture('blocks_qdq_int8.logits.i8'))))).toBeLessThanOrEqual(2);
  expect(decibels(noiseOf(floatsOf('blocks_qdq_int8.output.f32'), output))).toBeGreaterThan(36);
  expect(decibels(noiseOf(floatsOf('blocks.output.f32'), output))).toBeGreaterThan(36);
});

test('a QOperator model of uint8 is read as int8', () => {
  const { graph, notes, output } = run('mobilenet_v2_qoperator_uint8.onnx', 'mobilenet_v2.input.f32');
  expect(graph.nodes.filter(({ kind }) => kind === 'depthwiseConv2d')).toHaveLength(17);
  expect(notes).toEqual([]);
  const steps = largest(differences(output, floatsOf('mobilenet_v2_qoperator_uint8.output.f32'))) * 256;
  expect(steps).toBeLessThanOrEqual(2);
  expect(decibels(noiseOf(floatsOf('mobilenet_v2.output.f32'), output))).toBeGreaterThan(36);
});
