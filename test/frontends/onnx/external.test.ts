import { expect, test } from 'vitest';
import { onnx } from '../../../src/frontends/onnx/index.ts';
import { node, onnxModel } from '../../support/onnx-writer.ts';
import { refusalOf } from '../../support/refusal.ts';

type Entry = Readonly<Record<string, string>>;

/** A model whose only weight, 2 × 1 float32, lies where `entry` says. */
function model(entry: Entry): Uint8Array {
  const externalData = Object.entries(entry).map(([key, value]) => ({ key, value }));
  return onnxModel({
    input: [1, 2],
    nodes: [node('MatMul', ['x', 'w'], 'y')],
    initializers: [{ name: 'w', dims: [2, 1], dataType: 1, dataLocation: 1, externalData }],
  });
}

const DATA = new Uint8Array(Float32Array.of(9, 1, 2, 9).buffer);
const load = (entry: Entry, name = 'w.bin') =>
  onnx.load(model(entry), { file: 'bad.onnx', companions: new Map([[name, DATA]]) });

test.each<[string, Entry]>([
  ['offset and length', { location: 'w.bin', offset: '4', length: '8' }],
  ['an offset and the length that the shape needs', { location: 'w.bin', offset: '4' }],
  ['a checksum, which is not looked at', { location: 'w.bin', offset: '4', length: '8', checksum: 'abc' }],
])('reads weights beside the model by %s', async (_, entry) => {
  expect(onnx.companions!(model(entry))).toEqual([{ name: 'w.bin', bytes: 12, whole: false }]);
  const { graph } = await load(entry);
  expect(graph.nodes[0]!.parameters).toMatchObject({ weights: Float32Array.of(1, 2) });
});

test('a file in a folder below may hold weights', async () => {
  const entry = { location: 'data/w.bin', offset: '4' };
  expect(onnx.companions!(model(entry))).toMatchObject([{ name: 'data/w.bin' }]);
  expect((await load(entry, 'data/w.bin')).graph.nodes).toHaveLength(1);
});

test.each(['../w.bin', '/etc/passwd', 'a/../../w.bin', 'a\\w.bin', 'C:w.bin', './w.bin', 'a//w.bin', '', 'w.bin\0'])(
  'never asks for %j',
  location => {
    expect(onnx.companions!(model({ location }))).toEqual([]);
    expect(refusalOf(() => load({ location }, location))).toMatchObject({
      code: 'SNUG204',
      origin: { file: 'bad.onnx', tensor: 'w' },
    });
  },
);

test.each<[string, Entry, string]>([
  ['a range that ends behind the file', { location: 'w.bin', offset: '12', length: '8' }, 'ends at byte 20'],
  ['an offset behind the file', { location: 'w.bin', offset: '999999999999' }, 'ends at byte'],
  ['a length beyond the file', { location: 'w.bin', length: '17' }, 'ends at byte 17'],
  ['a length that the shape does not need', { location: 'w.bin', length: '4' }, 'holds 1 elements'],
  ['a negative offset', { location: 'w.bin', offset: '-4' }, 'offset'],
  ['an offset that is no number', { location: 'w.bin', offset: '0x4' }, 'offset'],
  ['no file', { offset: '4' }, 'names no file'],
])('refuses %s', (_, entry, words) => {
  const refusal = refusalOf(() => load(entry));
  expect(refusal).toMatchObject({ code: 'SNUG202', origin: { file: 'bad.onnx', tensor: 'w' } });
  expect(refusal.message).toContain(words);
});

test('a file that was not given is named', () => {
  expect(refusalOf(() => onnx.load(model({ location: 'w.bin' }), { file: 'bad.onnx' }))).toMatchObject({
    code: 'SNUG205',
    origin: { tensor: 'w' },
  });
});

test.each([
  [{ offset: '100', length: '28' }, 128],
  [{ offset: 'x' }, 0],
  [{ length: '-8' }, 0],
  [{ offset: '9'.repeat(30) }, 0],
] as const)('a file is read to where its last tensor ends: %j', (entry, bytes) => {
  expect(onnx.companions!(model({ location: 'w.bin', ...entry }))).toMatchObject([{ bytes }]);
});

test('bytes that are no model have no companions', () => {
  expect(onnx.companions!(Uint8Array.of(1, 2, 3))).toEqual([]);
});
