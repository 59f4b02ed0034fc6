import { expect, test } from 'vitest';
import { decodeFloats, halfToNumber } from '../../src/formats/float-tensor.ts';

/** One byte in front, so that the data is not aligned. */
const unaligned = (...bytes: number[]): Uint8Array => Uint8Array.of(0xff, ...bytes).subarray(1);

test.each([
  ['F32', unaligned(0, 0, 0xc0, 0x3f, 0, 0, 0x80, 0xff), [1.5, -Infinity]],
  ['F64', unaligned(0, 0, 0, 0, 0, 0, 0xf8, 0xbf), [-1.5]],
  ['F16', unaligned(0, 0x3e, 0xff, 0x7b, 0x01, 0x00), [1.5, 65504, 2 ** -24]],
  ['BF16', unaligned(0xc0, 0xbf, 0x80, 0x7f), [-1.5, Infinity]],
] as const)('%s is read little-endian at any offset', (type, data, values) => {
  expect(Array.from(decodeFloats(type, data))).toEqual(values);
});

test('half floats have signed zeros, infinities and NaN', () => {
  expect(halfToNumber(0x8000)).toBe(-0);
  expect(halfToNumber(0xfc00)).toBe(-Infinity);
  expect(halfToNumber(0x7e00)).toBeNaN();
});

test('bytes beyond the last whole element are left', () => {
  expect(decodeFloats('F32', new Uint8Array(7))).toHaveLength(1);
});
