import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { readNpy } from '../../src/formats/npy.ts';
import { isNpz, readNpz } from '../../src/formats/npz.ts';
import { readZip } from '../../src/formats/zip.ts';
import { refusalOf } from '../support/refusal.ts';

const latin = (text: string): number[] => [...text].map(c => c.charCodeAt(0));

function npy(header: string, data: Uint8Array, version = 1): Uint8Array {
  const length =
    version === 1 ? [header.length & 0xff, header.length >> 8] : [header.length & 0xff, header.length >> 8, 0, 0];
  return Uint8Array.from([0x93, ...latin('NUMPY'), version, 0, ...length, ...latin(header), ...data]);
}

const header = (descr: string, shape: string, fortran = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;
const origin = { file: 'a.npz', tensor: 'a' };
const bytesOf = (array: Float32Array | Float64Array): Uint8Array => new Uint8Array(array.buffer);
const SIX = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));

describe('an array', () => {
  test.each([1, 2, 3])('of version %i', version => {
    const { dtype, shape, floats } = readNpy(npy(header('<f4', '2, 3'), SIX, version), origin);
    expect({ dtype, shape, values: [...floats!()] }).toEqual({
      dtype: 'F32',
      shape: [2, 3],
      values: [0, 1, 2, 3, 4, 5],
    });
  });

  test('in Fortran order', () => {
    expect([...readNpy(npy(header('<f4', '2, 3', 'True'), SIX), origin).floats!()]).toEqual([0, 2, 4, 1, 3, 5]);
  });

  test.each<[string, Uint8Array, string]>([
    ['<f8', bytesOf(Float64Array.of(-0.5)), 'F64'],
    ['<f2', Uint8Array.of(0x00, 0xb8), 'F16'],
    ['>f4', Uint8Array.of(0xbf, 0, 0, 0), 'F32'],
    ['>f2', Uint8Array.of(0xb8, 0x00), 'F16'],
  ])('of %s', (descr, data, dtype) => {
    const array = readNpy(npy(header(descr, '1,'), data), origin);
    expect([array.dtype, array.shape, ...array.floats!()]).toEqual([dtype, [1], -0.5]);
  });

  test('without dimensions', () => {
    const { shape, floats } = readNpy(npy(header('<f4', ''), SIX.subarray(4, 8)), origin);
    expect([shape, ...floats!()]).toEqual([[], 1]);
  });

  test.each([
    ['<i8', 'I64'],
    ['|u1', 'U8'],
    ['|b1', 'BOOL'],
    ['|O', 'object'],
    ['<U4', '<U4'],
  ])('of %s has no values', (descr, dtype) => {
    expect(readNpy(npy(header(descr, '1,'), new Uint8Array(9)), origin)).toMatchObject({ dtype, floats: null });
  });

  test.each<[string, Uint8Array, string]>([
    ['too little data', npy(header('<f4', '2, 3'), SIX.subarray(4)), '2×3 of F32 needs 24 bytes and has 20'],
    ['too much data', npy(header('<f4', '2, 2'), SIX), 'needs 16 bytes and has 24'],
    ['an absurd shape', npy(header('<f4', '1000000000, 1000000000'), SIX), 'needs 4000000000000000000 bytes'],
    ['an impossible size', npy(header('<f4', '99999999999999999999'), SIX), 'its shape is impossible'],
    ['too many dimensions', npy(header('<f4', '1,'.repeat(65)), SIX), 'its shape is impossible'],
    ['no shape', npy("{'descr': '<f4'}", SIX), 'no shape or order'],
    ['a header that is cut off', npy(header('<f4', '2, 3'), SIX).subarray(0, 30), 'cut off'],
    ['an unknown version', npy(header('<f4', '2, 3'), SIX, 4), 'version 4'],
    ['another beginning', new Uint8Array(40), 'does not begin'],
  ])('with %s is refused', (_, bytes, problem) => {
    const diagnostic = refusalOf(() => readNpy(bytes, origin).floats?.());
    expect(diagnostic).toMatchObject({ code: 'SNUG202', origin });
    expect(diagnostic.message).toContain(problem);
  });
});

test('an archive has its arrays by name', () => {
  const archive = zipSync({ 'a/b.npy': npy(header('<f4', '6,'), SIX), 'c.npy': npy(header('<i4', '6,'), SIX) });
  const entries = readZip(archive, 'w.npz');
  expect(isNpz(entries.keys())).toBe(true);
  expect([...readNpz(entries, 'w.npz')].map(([name, { dtype }]) => `${name} ${dtype}`)).toEqual(['a/b F32', 'c I32']);
  expect(isNpz(['a.npy', 'b.txt'])).toBe(false);
  expect(isNpz([])).toBe(false);
});
