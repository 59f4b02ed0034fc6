import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { readSafetensors, type TensorToWrite, writeSafetensors } from '../../src/formats/safetensors.ts';
import { refusalOf } from '../support/refusal.ts';

const TENSORS = new Map<string, TensorToWrite>([
  ['b', { shape: [2, 1], data: Float32Array.of(1.5, -2) }],
  ['a', { shape: [3], data: Int8Array.of(-1, 2, 3) }],
  ['c', { shape: [], data: Int32Array.of(-7) }],
  ['d', { shape: [1], data: Float64Array.of(0.1) }],
  ['é', { shape: [0], data: new Float32Array(0) }],
]);

/** A file with this header and that many bytes of data. */
function fileOf(header: string, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

test('what is written is read, aligned, and does not depend on the order', () => {
  const file = writeSafetensors(TENSORS, { z: '1', a: '2' });
  expect(writeSafetensors(new Map([...TENSORS].toReversed()), { a: '2', z: '1' })).toEqual(file);
  expect(new DataView(file.buffer).getUint32(0, true) % 8).toBe(0);
  const { metadata, tensors } = readSafetensors(file, 'w.safetensors');
  expect(metadata).toEqual({ a: '2', z: '1' });
  expect([...tensors.keys()]).toEqual(['d', 'b', 'c', 'é', 'a']);
  for (const [name, { shape, data }] of TENSORS) {
    const bytes = new Uint8Array(data.buffer);
    expect(tensors.get(name)).toMatchObject({ shape, data: bytes });
  }
  expect(tensors.get('d')?.dtype).toBe('F64');
  expect(tensors.get('a')?.dtype).toBe('I8');
});

test('the bytes of a small file are known', () => {
  const file = writeSafetensors(new Map([['w', { shape: [1], data: Int8Array.of(5) }]]));
  const text = new TextDecoder().decode(file.subarray(8, -1));
  expect(text).toBe('{"w":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}   ');
  expect(file.at(-1)).toBe(5);
});

test('the writer refuses a shape that is not that of the data', () => {
  expect(() => writeSafetensors(new Map([['w', { shape: [2], data: Int8Array.of(5) }]]))).toThrow(RangeError);
});

const entry = (fields: object): string =>
  JSON.stringify({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...fields } });
const two = (a: readonly number[], b: readonly number[]): string =>
  JSON.stringify({
    a: { dtype: 'U8', shape: [a[1]! - a[0]!], data_offsets: a },
    b: { dtype: 'U8', shape: [b[1]! - b[0]!], data_offsets: b },
  });

test.each([
  ['a file of 7 bytes', new Uint8Array(7), 'too few'],
  ['a header longer than the file', fileOf('{}').subarray(0, 9), 'the header is said to have 2 bytes'],
  ['an absurd header length', new Uint8Array(16).fill(0xff), 'the header is said to have'],
  ['a header that is no JSON', fileOf('{]'), 'not JSON'],
  ['a header that is not UTF-8', fileOf('{}').with(8, 0xff), 'not JSON'],
  ['a header that is a list', fileOf('[]'), 'not a JSON object'],
  ['a header that is null', fileOf('null'), 'not a JSON object'],
  ['metadata that is no object of strings', fileOf('{"__metadata__":{"a":1}}'), '__metadata__'],
  ['an entry that is no object', fileOf('{"w":3}'), 'not an object'],
  ['an unknown type', fileOf(entry({ dtype: 'F31' }), 4), 'type is "F31"'],
  ['a type that every object has', fileOf(entry({ dtype: 'toString' }), 4), 'type is "toString"'],
  ['no shape', fileOf(entry({ shape: undefined }), 4), 'shape is undefined'],
  ['a negative shape', fileOf(entry({ shape: [-1] }), 4), 'shape is [-1]'],
  ['a fractional shape', fileOf(entry({ shape: [0.5] }), 4), 'shape is [0.5]'],
  ['an absurd shape', fileOf(entry({ shape: [2 ** 50, 2 ** 50] }), 4), 'needs'],
  ['a shape that does not fit the data', fileOf(entry({ shape: [2] }), 4), 'needs 8 bytes and has 4'],
  ['offsets in the wrong order', fileOf(entry({ data_offsets: [4, 0] }), 4), 'lies at 4 to 0'],
  ['offsets beyond the file', fileOf(entry({}), 3), 'lies at 0 to 4 of 3 bytes'],
  ['negative offsets', fileOf(entry({ data_offsets: [-4, 0] }), 4), 'data offsets are'],
  ['one offset', fileOf(entry({ data_offsets: [4] }), 4), 'data offsets are'],
  ['tensors that overlap', fileOf(two([0, 3], [2, 4]), 4), 'overlaps'],
  ['a gap', fileOf(two([0, 1], [2, 4]), 4), '1 bytes before it belong to no tensor'],
  ['bytes behind the last tensor', fileOf(entry({}), 6), 'the last 2 bytes'],
])('refuses %s', (_, file, problem) => {
  const diagnostic = refusalOf(() => readSafetensors(file, 'bad.safetensors'));
  expect(diagnostic).toMatchObject({ code: 'SNUG202', origin: { file: 'bad.safetensors' } });
  expect(diagnostic.message).toContain(problem);
});

test('a file that is cut off anywhere, or has any byte changed, is read or refused', () => {
  const file = writeSafetensors(TENSORS, { note: 'x' });
  for (let end = 0; end < file.length; end += 1) {
    expect(refusalOf(() => readSafetensors(file.subarray(0, end), 'cut')).code).toBe('SNUG202');
  }
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.nat(255), (at, byte) => {
      try {
        readSafetensors(file.with(at, byte), 'changed');
      } catch (error) {
        expect(error).toBeInstanceOf(SnugError);
      }
    }),
    { numRuns: 1000, seed: 7 },
  );
});
