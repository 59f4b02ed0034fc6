import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadModel } from '../../../src/frontends/index.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { runFloat } from '../../../src/interpreter/run-float.ts';
import { decibels, noiseOf } from '../../../src/numerics/statistics.ts';
import { refusalFrom } from '../../support/refusal.ts';

const fixture = (name: string): Uint8Array => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const floats = (name: string): Float32Array => new Float32Array(Uint8Array.from(fixture(name)).buffer);
const load = (folder: string, resolution?: readonly [number, number]) =>
  loadModel({ path: `web/${folder}/model.json`, bytes: fixture(`${folder}/model.json`) }, { resolution }, ({ name }) =>
    Promise.resolve(fixture(`${folder}/${name}`)),
  );

const LOSS = 'weights are stored as integers, which has cost accuracy already; convert the model without quantization';

test.each<[string, string, readonly [number, number] | undefined, readonly string[]]>([
  ['mobilenet-v2-float16', 'mobilenet-v2.input.f32', undefined, []],
  ['mobilenet-v2-uint8', 'mobilenet-v2.input.f32', undefined, [`123 of 128 ${LOSS}`]],
  ['mixed-uint16', 'mixed-uint16/input.f32', [20, 26], [`15 of 17 ${LOSS}`]],
])('%s computes what TensorFlow does', async (folder, input, resolution, notes) => {
  const { graph, format, notes: actual } = await load(folder, resolution);
  expect([graph.name, format, actual]).toEqual([folder.replaceAll('-', '_'), 'tf.js graph model', notes]);
  const output = runFloat(graph as Graph<'float'>, floats(input));
  const expected = floats(`${folder}/output.f32`);
  expect(output).toHaveLength(expected.length);
  expect(decibels(noiseOf(expected, output))).toBeGreaterThan(100);
});

test('residual sums keep the biases that TensorFlow moved behind them in their convolutions', async () => {
  const { graph } = await load('mobilenet-v2-float16');
  const count = (kind: string): number => graph.nodes.filter(node => node.kind === kind).length;
  // The 17 BatchNorms are those of the depthwise convolutions, which are folded later.
  expect(['conv2d', 'depthwiseConv2d', 'batchNorm', 'add', 'pad'].map(count)).toEqual([35, 17, 17, 11, 4]);
  expect(graph.nodes.slice(0, 3).map(({ name }) => name)).toEqual([
    'Conv1_relu_1_Relu6',
    'expanded_conv_depthwise_1_depthwise',
    'expanded_conv_depthwise_BN_1_batchnorm_mul_1',
  ]);
});

test('another resolution changes the maps, and an open one has to be given', async () => {
  const { graph } = await load('mobilenet-v2-float16', [64, 96]);
  expect(graph.tensors[graph.input]!.shape).toEqual([1, 64, 96, 3]);
  expect(graph.tensors[graph.output]!.shape).toEqual([1, 10]);
  const diagnostic = await refusalFrom(() => load('mixed-uint16'));
  expect(diagnostic).toMatchObject({ code: 'SNUG204', origin: { tensor: 'image' } });
  expect(diagnostic.hint).toContain('--resolution');
});

test('a missing shard is asked for by its name', async () => {
  const bytes = fixture('mixed-uint16/model.json');
  const missing = () => loadModel({ path: 'model.json', bytes }, {}, () => Promise.resolve(undefined));
  expect(await refusalFrom(missing)).toMatchObject({
    code: 'SNUG205',
    message: expect.stringContaining('group1-shard1of1.bin'),
    origin: { file: 'model.json' },
  });
});
