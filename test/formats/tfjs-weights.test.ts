import { expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { readTfjsWeights, tfjsShards } from '../../src/formats/tfjs-weights.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { refusalOf } from '../support/refusal.ts';

const FILE = 'model.json';
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const files = (...parts: Uint8Array[]) => new Map(parts.map((part, i) => [`s${i}.bin`, part]));
const read = (weights: unknown, ...parts: Uint8Array[]) =>
  readTfjsWeights([{ paths: parts.map((_, i) => `s${i}.bin`), weights }], files(...parts), FILE);
const weight = (fields: object) => [{ name: 'w', shape: [2], dtype: 'float32', ...fields }];

test('weights of all types lie behind each other, across the ends of shards', () => {
  const data = new DataView(new ArrayBuffer(8 + 4 + 2 + 1));
  data.setFloat32(0, 1.5, true);
  data.setFloat32(4, -2.25, true);
  data.setInt32(8, -(2 ** 24), true);
  data.setUint8(12, 1);
  data.setUint8(14, 200);
  const all = new Uint8Array(data.buffer);
  const weights = [
    { name: 'float', shape: [1, 2], dtype: 'float32' },
    { name: 'int', shape: [], dtype: 'int32' },
    { name: 'none', shape: [0, 7], dtype: 'float32' },
    { name: 'bool', shape: [2], dtype: 'bool' },
    { name: 'byte', shape: [1], dtype: 'uint8' },
  ];
  const tensors = read(weights, all.subarray(0, 3), all.subarray(3, 9), all.subarray(9));
  expect([...tensors]).toEqual([
    ['float', { shape: [1, 2], data: Float32Array.of(1.5, -2.25), quantized: false }],
    ['int', { shape: [], data: Float32Array.of(-(2 ** 24)), quantized: false }],
    ['none', { shape: [0, 7], data: new Float32Array(0), quantized: false }],
    ['bool', { shape: [2], data: Float32Array.of(1, 0), quantized: false }],
    ['byte', { shape: [1], data: Float32Array.of(200), quantized: false }],
  ]);
});

test.each([
  ['uint8', 'float32', bytes(0, 255), [-1, -1 + 255 * 0.5], true],
  ['uint16', 'float32', bytes(1, 0, 0xff, 0xff), [-0.5, -1 + 65535 * 0.5], true],
  ['uint8', 'int32', bytes(0, 3), [-1, 1], true],
  ['float16', 'float32', bytes(0x00, 0x3c, 0x01, 0x80), [1, -(2 ** -24)], false],
])('%s in place of %s is dequantized', (dtype, original, data, values, quantized) => {
  const tensors = read(weight({ dtype: original, quantization: { dtype, scale: 0.5, min: -1 } }), data);
  expect(tensors.get('w')).toEqual({ shape: [2], data: Float32Array.from(values), quantized });
});

const eight = new Uint8Array(8);
const manifest = (paths: unknown, weights: unknown = []) => [{ paths, weights }];

test.each<[string, unknown, string]>([
  ['no manifest', undefined, 'not a list'],
  ['an object', { paths: [], weights: [] }, 'not a list'],
  ['null in place of a group', [null], 'does not list'],
  ['a group without weights', [{ paths: [] }], 'does not list'],
  ['a path that is a number', manifest([7]), 'is 7'],
  ['a shard twice', manifest(['s0.bin', 's0.bin']), 'named twice'],
  ['a weight that is a number', manifest(['s0.bin'], [7]), 'no name'],
  ['a weight without name', manifest(['s0.bin'], [{ shape: [], dtype: 'float32' }]), 'no name'],
  ['bytes of no weight', manifest(['s0.bin'], weight({ shape: [1] })), 'the last 4 bytes'],
  ['a shape that is no list', manifest(['s0.bin'], weight({ shape: 2 })), 'its shape is 2'],
  ['a negative size', manifest(['s0.bin'], weight({ shape: [-1] })), 'its shape is'],
  ['half a size', manifest(['s0.bin'], weight({ shape: [0.5] })), 'its shape is'],
  ['too large a shape', manifest(['s0.bin'], weight({ shape: [3] })), 'needs 12 bytes'],
  ['an absurd shape', manifest(['s0.bin'], weight({ shape: [2 ** 52, 2 ** 52, 2 ** 52] })), 'are left'],
  ['an infinite shape', manifest(['s0.bin'], weight({ shape: Array(40).fill(2 ** 52) })), 'are left'],
  ['infinity times nothing', manifest(['s0.bin'], weight({ shape: [...Array(40).fill(2 ** 52), 0] })), 'are left'],
  ['a type that is a number', manifest(['s0.bin'], weight({ dtype: 5 })), 'its type is 5'],
  ['a quantization of text', manifest(['s0.bin'], weight({ quantization: 'uint8' })), 'not an object'],
  ['a quantization to int4', manifest(['s0.bin'], weight({ quantization: { dtype: 'int4' } })), '"int4"'],
  ['no scale', manifest(['s0.bin'], weight({ quantization: { dtype: 'uint8', min: 0 } })), 'missing'],
  ['a scale of text', manifest(['s0.bin'], weight({ quantization: { dtype: 'uint8', scale: '1', min: 0 } })), '"1"'],
  ['two of a name', manifest(['s0.bin'], [...weight({ shape: [1] }), ...weight({ shape: [1] })]), 'two weights'],
])('%s is refused', (_, value, problem) => {
  const diagnostic = refusalOf(() => readTfjsWeights(value, files(eight), FILE));
  expect(diagnostic).toMatchObject({ code: 'SNUG202', origin: { file: FILE } });
  expect(diagnostic.message).toContain(problem);
});

test('strings are no weights', () => {
  expect(refusalOf(() => read(weight({ dtype: 'string' }), eight))).toMatchObject({
    code: 'SNUG213',
    origin: { file: FILE, tensor: 'w' },
  });
  expect(refusalOf(() => read(weight({ dtype: 'toString' }), eight)).code).toBe('SNUG213');
});

test('a shard that was not given is named', () => {
  expect(refusalOf(() => readTfjsWeights(manifest(['a.bin']), new Map(), FILE))).toMatchObject({
    code: 'SNUG205',
    message: expect.stringContaining('a.bin'),
  });
});

test.each([
  '/etc/passwd',
  '../w.bin',
  'a/../../w.bin',
  'a\\w.bin',
  'C:w.bin',
  'http://host/w.bin',
  '',
  '.',
  'a//b',
  'a\0b',
])('the name %j leaves the folder, is not asked for and refused', name => {
  expect(tfjsShards(manifest(['w.bin', name, 'sub/w.bin'])).map(shard => shard.name)).toEqual(['w.bin', 'sub/w.bin']);
  const given = new Map([[name, eight]]);
  expect(refusalOf(() => readTfjsWeights(manifest([name]), given, FILE)).code).toBe('SNUG204');
});

test('names of shards are found once each in any JSON', () => {
  const shards = tfjsShards([...manifest(['a', 'b']), ...manifest(['b', 'c']), 7, { paths: 'x' }]);
  expect(shards.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  for (const value of [undefined, null, 3, 'text', {}, [null], [[]]]) expect(tfjsShards(value)).toEqual([]);
});

test('a shard is no longer than the weights of its group, whatever their types', () => {
  const weights = [{ shape: [2, 3] }, { shape: [] }, { shape: [-1] }, { shape: 'x' }, null];
  expect(tfjsShards([{ paths: ['a'], weights }])).toEqual([{ name: 'a', bytes: 7 * 8, whole: true }]);
  expect(tfjsShards([{ paths: ['a'] }])).toEqual([{ name: 'a', bytes: 0, whole: true }]);
});

test('shards that are cut off or changed give weights or diagnostics', () => {
  const random = seededRandom(11);
  const shard = Uint8Array.from({ length: 400 }, () => random.integer(256));
  const weights = [
    { name: 'a', shape: [5, 10], dtype: 'float32' },
    { name: 'b', shape: [100], dtype: 'float32', quantization: { dtype: 'uint16', scale: 1, min: 0 } },
  ];
  expect(read(weights, shard).size).toBe(2);
  for (let i = 0; i < 200; i += 1) {
    expect(refusalOf(() => read(weights, shard.subarray(0, random.integer(400)))).code).toBe('SNUG202');
    const text = JSON.stringify(weights);
    const at = random.integer(text.length);
    try {
      read(JSON.parse(`${text.slice(0, at)}${random.integer(10)}${text.slice(at + 1)}`), shard);
    } catch (error) {
      if (!(error instanceof SyntaxError)) expect(error).toBeInstanceOf(SnugError);
    }
  }
});
