import { expect, test } from 'vitest';
import { SnugError } from '../../../src/diagnostics/diagnostic.ts';
import type { LoadedNetwork } from '../../../src/frontends/frontend.ts';
import { loadModel } from '../../../src/frontends/index.ts';
import { keras } from '../../../src/frontends/keras/index.ts';
import { type Graph, tensorOf } from '../../../src/graph/graph.ts';
import { seededRandom } from '../../../src/numerics/random.ts';
import { gunzipped, snrOf } from '../../support/keras-model.ts';
import { refusalFrom } from '../../support/refusal.ts';

const FIXTURES = `${import.meta.dirname}/fixtures`;
const fixture = (name: string): Uint8Array => gunzipped(`${FIXTURES}/${name}.gz`);
const floatGraph = ({ graph }: LoadedNetwork): Graph<'float'> => graph as Graph<'float'>;
const load = async (bytes: Uint8Array): Promise<LoadedNetwork> => keras.load(bytes, { file: 'net.keras' });

test.each([
  ['mobilenet-v2.keras', { conv2d: 35, depthwiseConv2d: 17, batchNorm: 52, clamp: 35, add: 11, fullyConnected: 1 }],
  ['transfer.keras', { conv2d: 8, depthwiseConv2d: 8, softmax: 1 }],
  ['transfer.h5', { conv2d: 8, depthwiseConv2d: 8, softmax: 1 }],
  ['keras2.keras', { add: 4, fullyConnected: 1, softmax: 1 }],
  ['keras2.h5', { add: 4, fullyConnected: 1, softmax: 1 }],
  ['sequential.keras', { conv2d: 5, depthwiseConv2d: 2, fullyConnected: 1, averagePool: 1, pad: 1 }],
  ['sequential.h5', { conv2d: 5, depthwiseConv2d: 2, fullyConnected: 1, averagePool: 1, pad: 1 }],
  ['shared.keras', { conv2d: 2, add: 2, averagePool: 1 }],
])('%s computes what Keras does', async (name, kinds) => {
  const base = name.replace(/\.\w+$/, '');
  const resolution = base === 'keras2' ? ([32, 32] as const) : undefined;
  const loaded = await loadModel({ path: name, bytes: fixture(name) }, { resolution });
  const graph = floatGraph(loaded);
  expect([loaded.format, graph.name, graph.stage]).toEqual(['keras', base.replaceAll('-', '_'), 'float']);
  for (const [kind, count] of Object.entries(kinds)) {
    expect([kind, graph.nodes.filter(node => node.kind === kind).length]).toEqual([kind, count]);
  }
  expect(snrOf(graph, `${FIXTURES}/${base}.input.f32`, `${FIXTURES}/${base}.output.f32`)).toBeGreaterThan(100);
});

test('the resolution may be another one, and must be given where the file has none', async () => {
  const at = async (name: string, resolution?: readonly [number, number]) =>
    loadModel({ path: name, bytes: fixture(name) }, { resolution });
  const graph = floatGraph(await at('mobilenet-v2.keras', [48, 40]));
  expect(tensorOf(graph, graph.input).shape).toEqual([1, 48, 40, 3]);
  expect(tensorOf(graph, graph.output).shape).toEqual([1, 10]);
  expect(await refusalFrom(() => at('sequential.keras', [24, 24]))).toMatchObject({ code: 'SNUG305' });
  expect(await refusalFrom(() => at('keras2.h5'))).toMatchObject({ code: 'SNUG204', origin: { layer: 'input_2' } });
  expect(await refusalFrom(() => at('keras2.h5', [0, 8]))).toMatchObject({ code: 'SNUG303' });
});

test('a file of weights alone is refused with a way out', async () => {
  const bytes = gunzipped(`${FIXTURES}/weights-only.h5.gz`);
  const diagnostic = await refusalFrom(() => loadModel({ path: 'w.h5', bytes }));
  expect(diagnostic).toMatchObject({ code: 'SNUG204', origin: { file: 'w.h5' } });
  expect(diagnostic.hint).toContain('--model mobilenet-v2 --weights w.h5');
});

test.each(['sequential.keras', 'sequential.h5'])('%s, cut off or changed, is refused or read', async name => {
  const whole = fixture(name);
  const numbers = seededRandom(11);
  for (let i = 0; i < 200; i += 1) {
    const cut = whole.subarray(0, 8 + numbers.integer(whole.length - 8));
    expect(keras.detect(cut)).toBe(true);
    expect(await refusalFrom(() => load(cut))).toMatchObject({ code: 'SNUG202', origin: { file: 'net.keras' } });
    const changed = whole.slice();
    changed[numbers.integer(whole.length)] = numbers.integer(256);
    try {
      await load(changed);
    } catch (error) {
      expect(error).toBeInstanceOf(SnugError);
    }
  }
});

test.each([
  ['no bytes', []],
  ['the beginning of a zip', [0x50, 0x4b, 3, 4, 0, 0]],
  ['the beginning of HDF5', [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
])('%s is no Keras file', async (_, bytes) => {
  expect(await refusalFrom(() => load(Uint8Array.from(bytes)))).toMatchObject({ code: 'SNUG202' });
});
