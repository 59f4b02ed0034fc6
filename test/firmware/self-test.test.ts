/** The self-test's pattern; that the emitted C makes the same one is proved where it runs (test/qemu/). */
import { expect, test } from 'vitest';
import { patternInput } from '../../src/firmware/self-test.ts';

test('the pattern is the upper bytes of the generator, which begins with 1', () => {
  // 1664525 x + 1013904223 modulo 2^32, by hand: 0x3c88596c, 0x5e8885db, 0x8116017e.
  expect([...patternInput(3)]).toEqual([0x3c, 0x5e, 0x81 - 256]);
});

test('it reaches both ends of int8', () => {
  const values = patternInput(10_000);
  expect([Math.min(...values), Math.max(...values)]).toEqual([-128, 127]);
});
