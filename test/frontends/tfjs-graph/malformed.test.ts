import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SnugError } from '../../../src/diagnostics/diagnostic.ts';
import { tfjsGraph } from '../../../src/frontends/tfjs-graph/index.ts';
import { seededRandom } from '../../../src/numerics/random.ts';
import { refusalOf } from '../../support/refusal.ts';
import {
  attribute,
  jsonBytes,
  loadTfjs,
  type TfjsSpec,
  tfInts,
  tfjsJson,
  tfjsNetwork,
  tfjsShard,
  tfNode,
  tfRamp,
} from '../../support/tfjs-model.ts';

const fixture = (name: string): Uint8Array =>
  Uint8Array.from(readFileSync(new URL(`fixtures/mixed-uint16/${name}`, import.meta.url)));
const JSON_BYTES = fixture('model.json');
const SHARD = fixture('group1-shard1of1.bin');
const load = (json: Uint8Array, shard: Uint8Array) => loadTfjs(json, shard, [20, 26]);

test('a model.json that is cut off anywhere is called damaged, and is still of this format', () => {
  const random = seededRandom(1);
  expect(load(JSON_BYTES, SHARD).nodes.length).toBeGreaterThan(10);
  for (let i = 0; i < 200; i += 1) {
    const cut = JSON_BYTES.subarray(0, random.integer(JSON_BYTES.length));
    expect(refusalOf(() => load(cut, SHARD))).toMatchObject({ code: 'SNUG202', origin: { file: 'model.json' } });
    expect(tfjsGraph.detect(cut)).toBe(cut.length > '{"format":"graph-model"'.length - 1);
    expect(tfjsGraph.companions!(cut)).toEqual([]);
  }
});

test('a shard that is cut off anywhere is called damaged', () => {
  const random = seededRandom(2);
  for (let i = 0; i < 200; i += 1) {
    const cut = SHARD.subarray(0, random.integer(SHARD.length));
    expect(refusalOf(() => load(JSON_BYTES, cut))).toMatchObject({ code: 'SNUG202', origin: { file: 'model.json' } });
  }
});

test.each([
  ['model.json', 600, 3],
  ['the shard', 200, 4],
])('changed bytes of %s give a graph or diagnostics, never another error', (where, times, seed) => {
  const random = seededRandom(seed);
  for (let i = 0; i < times; i += 1) {
    const [json, shard] = [JSON_BYTES.slice(), SHARD.slice()];
    const target = where === 'model.json' ? json : shard;
    const at = random.integer(target.length);
    // Digits and punctuation keep most files JSON.
    target[at] = where === 'model.json' ? 0x2a + random.integer(20) : random.integer(256);
    try {
      tfjsGraph.detect(json);
      tfjsGraph.companions!(json);
      load(json, shard);
    } catch (error) {
      expect(error).toBeInstanceOf(SnugError);
    }
  }
});

const relu = (name: string, from: string) => tfNode('Relu', name, [from]);
const conv = (input: readonly string[], attr: object = {}) =>
  tfNode('Conv2D', 'y', input, {
    strides: attribute.ints([1, 1, 1, 1]),
    padding: attribute.string('SAME'),
    ...attr,
  });

test.each<[string, TfjsSpec, string, object]>([
  ['a cycle', { nodes: [relu('a', 'b'), relu('b', 'a')], outputs: ['b'] }, 'SNUG202', { layer: 'a' }],
  ['a node that reads itself', { nodes: [relu('a', 'a')], outputs: ['a:0'] }, 'SNUG202', { layer: 'a' }],
  ['a cycle without output', { nodes: [relu('a', 'b'), relu('b', 'a')] }, 'SNUG202', { file: 'model.json' }],
  ['a dangling input', { nodes: [relu('a', 'gone')] }, 'SNUG202', { layer: 'a' }],
  ['a name twice', { nodes: [relu('a', 'x'), relu('a', 'x')] }, 'SNUG202', { layer: 'a' }],
  ['an output that is not there', { nodes: [relu('a', 'x')], outputs: ['b'] }, 'SNUG202', { file: 'model.json' }],
  ['no layers', { nodes: [], outputs: ['x'] }, 'SNUG202', { tensor: 'x' }],
  ['a constant as output', { nodes: [], weights: [tfRamp('w', [2])], outputs: ['w'] }, 'SNUG202', {}],
  ['two outputs', { nodes: [relu('a', 'x'), relu('b', 'x')] }, 'SNUG204', { file: 'model.json' }],
  ['an unknown operator', { nodes: [tfNode('Fft', 'a', ['x'])] }, 'SNUG203', { layer: 'a' }],
  [
    'a constant that is not there',
    { nodes: [tfNode('BiasAdd', 'a', ['x', 'w']), tfNode('Const', 'w', [])] },
    'SNUG202',
    { tensor: 'w' },
  ],
  ['a lacking input', { nodes: [tfNode('Relu', 'a', [])], outputs: ['a'] }, 'SNUG202', {}],
  ['a batch of 2', { input: [2, 8, 8, 3], nodes: [relu('a', 'x')] }, 'SNUG204', { tensor: 'x' }],
  ['rank 3', { input: [-1, 8, 8], nodes: [relu('a', 'x')] }, 'SNUG204', { tensor: 'x' }],
  ['open channels', { input: [-1, 8, 8, -1], nodes: [relu('a', 'x')] }, 'SNUG204', { tensor: 'x' }],
  ['an open length', { input: [-1, -1], nodes: [relu('a', 'x')] }, 'SNUG204', { tensor: 'x' }],
  ['an absurd input', { input: [-1, 1e6, 1e6, 3], nodes: [relu('a', 'x')] }, 'SNUG204', { tensor: 'x' }],
  [
    'an absurd pad',
    { nodes: [tfNode('Pad', 'a', ['x', 'p'])], weights: [tfInts('p', [0, 0, 1e9, 0, 1e9, 0, 0, 0], [4, 2])] },
    'SNUG204',
    { layer: 'a' },
  ],
  [
    'absurd factors',
    { input: [-1, 1, 1, 6e7], nodes: [tfNode('Mul', 'a', ['x', 'f'])], weights: [tfRamp('f', [1])] },
    'SNUG204',
    { layer: 'a' },
  ],
  ['weights that are no maps', { nodes: [conv(['x', 'w'])], weights: [tfRamp('w', [3])] }, 'SNUG203', { layer: 'y' }],
  [
    'an attribute of another type',
    { nodes: [conv(['x', 'w'], { strides: { i: '2' } })], weights: [tfRamp('w', [1, 1, 3, 2])] },
    'SNUG203',
    { layer: 'y' },
  ],
  [
    'a list of another type',
    { nodes: [conv(['x', 'w'], { strides: { list: { i: ['a'] } } })], weights: [tfRamp('w', [1, 1, 3, 2])] },
    'SNUG202',
    { layer: 'y' },
  ],
  [
    'padding that is not base64',
    { nodes: [conv(['x', 'w'], { padding: { s: '%' } })], weights: [tfRamp('w', [1, 1, 3, 2])] },
    'SNUG202',
    { layer: 'y' },
  ],
  [
    'a weight that is not finite',
    { nodes: [conv(['x', 'w'])], weights: [{ name: 'w', shape: [1, 1, 3, 1], values: [0, Number.NaN, 1] }] },
    'SNUG214',
    { layer: 'y' },
  ],
])('%s is refused by name', (_, spec, code, origin) => {
  expect(refusalOf(() => tfjsNetwork(spec))).toMatchObject({ code, origin });
});

/** As much of a model.json as the changes below write to. */
interface LooseJson {
  modelTopology: { node: [Record<string, unknown>, { attr: { shape: unknown } }, ...unknown[]] };
  weightsManifest?: unknown;
}

const SMALL: TfjsSpec = { nodes: [relu('a', 'x')] };
const changed = (change: (json: LooseJson) => void) => {
  const json = structuredClone(tfjsJson(SMALL)) as unknown as LooseJson;
  change(json);
  return jsonBytes(json);
};

test.each<[string, Uint8Array]>([
  ['no bytes', new Uint8Array(0)],
  ['text', new TextEncoder().encode('hello')],
  ['a list', jsonBytes([1])],
  ['null', jsonBytes(null)],
  ['deep nesting', new TextEncoder().encode('['.repeat(200_000))],
  ['no topology', jsonBytes({ format: 'graph-model' })],
  ['a topology without nodes', jsonBytes({ format: 'graph-model', modelTopology: { node: {} } })],
  ['a node that is null', changed(json => json.modelTopology.node.push(null))],
  ['a node without name', changed(json => json.modelTopology.node.push({ op: 'Relu' }))],
  ['a node without operator', changed(json => json.modelTopology.node.push({ name: 'b' }))],
  ['inputs that are numbers', changed(json => (json.modelTopology.node[0]['input'] = [1]))],
  ['attributes that are a list', changed(json => (json.modelTopology.node[0]['attr'] = []))],
  ['an attribute that is text', changed(json => (json.modelTopology.node[1].attr.shape = { shape: 'any' }))],
  [
    'sizes that are text',
    changed(json => (json.modelTopology.node[1].attr.shape = { shape: { dim: [{ size: 'a' }] } })),
  ],
  ['no manifest', changed(json => delete json.weightsManifest)],
])('%s is no model', (_, bytes) => {
  expect(refusalOf(() => loadTfjs(bytes, new Uint8Array(0)))).toMatchObject({
    code: 'SNUG202',
    origin: { file: 'model.json' },
  });
});

test('many uses of large weights end in a diagnostic, not in memory', () => {
  const names = Array.from({ length: 80 }, (_, i) => `n${i}`);
  const nodes = names.map((name, i) =>
    tfNode('MatMul', name, [names[i - 1] ?? 'x', 'w'], { transpose_b: attribute.bool(true) }),
  );
  const json = tfjsJson({ input: [-1, 1000], nodes });
  json['modelTopology'] = {
    node: [...(json['modelTopology'] as { node: object[] }).node, tfNode('Const', 'w', [])],
  };
  const quantization = { dtype: 'uint8', scale: 1, min: 0 };
  const weights = [{ name: 'w', shape: [1000, 1000], dtype: 'float32', quantization }];
  json['weightsManifest'] = [{ paths: ['group1-shard1of1.bin'], weights }];
  const diagnostic = refusalOf(() => loadTfjs(jsonBytes(json), new Uint8Array(1e6)));
  expect(diagnostic).toMatchObject({ code: 'SNUG204', message: expect.stringContaining('weights of the network') });
});

test('a chain of many nodes is sorted without recursion', () => {
  const nodes = Array.from({ length: 20_000 }, (_, i) => tfNode('Identity', `n${i}`, [i === 0 ? 'r' : `n${i - 1}`]));
  const graph = tfjsNetwork({ nodes: [...nodes.toReversed(), relu('r', 'x')] });
  expect(graph.nodes.map(({ kind }) => kind)).toEqual(['clamp']);
});

test('shards outside of the folder are not asked for, and refused', () => {
  const json = tfjsJson(SMALL);
  json['weightsManifest'] = [{ paths: ['../secret.bin', '/etc/passwd', 'a\\b', 'ok.bin'], weights: [] }];
  expect(tfjsGraph.companions!(jsonBytes(json))).toMatchObject([{ name: 'ok.bin' }]);
  expect(refusalOf(() => loadTfjs(jsonBytes(json), tfjsShard(SMALL)))).toMatchObject({ code: 'SNUG204' });
});
