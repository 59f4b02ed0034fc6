import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadModel } from '../../../src/frontends/index.ts';
import { runFloat } from '../../../src/interpreter/run-float.ts';
import { decibels, noiseOf } from '../../../src/numerics/statistics.ts';

const fixture = (name: string): Uint8Array => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const floatsOf = (name: string): Float32Array => new Float32Array(new Uint8Array(fixture(name)).buffer);

test.each([
  ['mobilenet_v2_tf2onnx.onnx', 'mobilenet_v2', { conv2d: 34, depthwiseConv2d: 17, batchNorm: 17, add: 11 }],
  ['blocks_torchscript.onnx', 'blocks', { conv2d: 11, depthwiseConv2d: 6, pad: 1, add: 2 }],
  ['blocks_dynamo.onnx', 'blocks', { conv2d: 11, depthwiseConv2d: 6, add: 2 }],
])('%s computes what its tool computed', async (name, base, expected) => {
  const bytes = fixture(name);
  const read: string[] = [];
  const { graph, notes } = await loadModel({ path: name, bytes }, {}, async ({ name: companion }) => {
    read.push(companion);
    return fixture(companion);
  });
  expect(read).toEqual(name === 'blocks_dynamo.onnx' ? ['blocks_dynamo.onnx.data'] : []);
  expect(notes).toEqual([]);
  if (graph.stage !== 'float') throw new Error('the model is float');
  const kinds: Record<string, number> = {};
  for (const { kind } of graph.nodes) kinds[kind] = (kinds[kind] ?? 0) + 1;
  expect(kinds).toMatchObject(expected);
  const output = runFloat(graph, floatsOf(`${base}.input.f32`));
  expect(decibels(noiseOf(floatsOf(`${base}.output.f32`), output))).toBeGreaterThan(100);
});
