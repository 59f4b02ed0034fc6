import { expect, test } from 'vitest';
import { SnugError } from '../../../src/diagnostics/diagnostic.ts';
import { loadModel } from '../../../src/frontends/index.ts';
import { tfjsLayers } from '../../../src/frontends/tfjs-layers/index.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { seededRandom } from '../../../src/numerics/random.ts';
import { functionalModel, gunzipped, kerasLayer, snrOf } from '../../support/keras-model.ts';
import { refusalFrom } from '../../support/refusal.ts';

const FIXTURES = `${import.meta.dirname}/fixtures`;
const fileOf = (name: string, file: string): Uint8Array => gunzipped(`${FIXTURES}/${name}/${file}.gz`);
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const loadFixture = async (name: string, bytes = fileOf(name, 'model.json')) =>
  loadModel({ path: 'model.json', bytes }, {}, async ({ name: file }) => fileOf(name, file));

test.each([
  ['mobilenet-v2', 'mobilenet-v2', 0],
  ['transfer-float16', 'transfer', 0],
  ['transfer-uint8', 'transfer', 1],
  ['transfer-uint16', 'transfer', 1],
])('%s computes what Keras does with these weights', async (name, input, notes) => {
  const loaded = await loadFixture(name);
  expect(loaded.format).toBe('tf.js layers model');
  const snr = snrOf(loaded.graph as Graph<'float'>, `${FIXTURES}/${input}.input.f32`, `${FIXTURES}/${name}.output.f32`);
  expect(snr).toBeGreaterThan(100);
  expect(loaded.notes).toHaveLength(notes);
});

test('a model that TF.js wrote itself has its configuration in the topology', async () => {
  const topology = functionalModel([kerasLayer('ReLU', 'a', {}, [['x']])], 'a');
  const model = {
    format: 'layers-model',
    modelTopology: { ...topology, keras_version: 'tfjs-layers 4.22.0' },
    weightsManifest: [],
  };
  const { graph } = await loadModel({ path: 'model.json', bytes: bytesOf(model) });
  expect([graph.name, graph.nodes.length]).toEqual(['net', 1]);
});

test('weights that are not beside the model are asked for', async () => {
  const bytes = fileOf('transfer-uint8', 'model.json');
  expect(await refusalFrom(() => loadModel({ path: 'model.json', bytes }))).toMatchObject({ code: 'SNUG205' });
});

test.each<[string, unknown]>([
  ['no topology', { format: 'layers-model', weightsManifest: [] }],
  ['a topology that is text', { format: 'layers-model', modelTopology: 'x', weightsManifest: [] }],
  ['a configuration that is broken text', { modelTopology: { model_config: '{' }, weightsManifest: [] }],
  ['no manifest', { format: 'layers-model', modelTopology: functionalModel([], 'x') }],
])('%s is damage', async (_, model) => {
  const bytes = bytesOf(model);
  expect(tfjsLayers.detect(bytes)).toBe(true);
  expect(await refusalFrom(() => loadModel({ path: 'model.json', bytes }))).toMatchObject({ code: 'SNUG202' });
});

test('other JSON is not of this format', () => {
  const other = [[], {}, 'text', { modelTopology: { node: [] }, format: 'graph-model' }, { format: 'layers-model' }];
  expect(other.filter(value => tfjsLayers.detect(bytesOf(value)))).toEqual([]);
  expect(tfjsLayers.detect(new Uint8Array())).toBe(false);
});

test('files that are cut off or changed are refused or read', async () => {
  const whole = fileOf('transfer-uint8', 'model.json');
  const numbers = seededRandom(2);
  const load = async (bytes: Uint8Array): Promise<unknown> => {
    const companions = new Map([['group1-shard1of1.bin', fileOf('transfer-uint8', 'group1-shard1of1.bin')]]);
    tfjsLayers.detect(bytes);
    tfjsLayers.companions?.(bytes);
    return tfjsLayers.load(bytes, { file: 'model.json', companions });
  };
  for (let i = 0; i < 200; i += 1) {
    const cut = whole.subarray(0, numbers.integer(whole.length));
    expect(await refusalFrom(() => load(cut))).toMatchObject({ code: 'SNUG202', origin: { file: 'model.json' } });
    const changed = whole.slice();
    changed[numbers.integer(whole.length)] = numbers.integer(128);
    try {
      await load(changed);
    } catch (error) {
      expect(error).toBeInstanceOf(SnugError);
    }
  }
});
