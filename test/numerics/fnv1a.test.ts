import { expect, test } from 'vitest';
import { bytesOf, fnv1a } from '../../src/numerics/fnv1a.ts';

// Appendix C of draft-eastlake-fnv and the test suite of the algorithm's authors.
test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['b', 0xe70c2de5],
  ['foo', 0xa9f37ed7],
  ['foobar', 0xbf9cf968],
  ['chongo was here!\n', 0xd49930d5],
])('%j', (text, expected) => {
  expect(fnv1a(new TextEncoder().encode(text))).toBe(expected);
});

test('bytes above 127 count as unsigned', () => {
  expect(fnv1a(bytesOf(Int8Array.of(-1)))).toBe(fnv1a(Uint8Array.of(255)));
});

test('bytesOf sees a view only', () => {
  expect(bytesOf(Int32Array.of(1, 2, 3).subarray(1, 2))).toEqual(Uint8Array.of(2, 0, 0, 0));
});
