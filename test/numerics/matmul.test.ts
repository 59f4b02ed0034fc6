import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matmulFloat, matmulInt8 } from '../../src/numerics/matmul.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { holds } from '../support/property.ts';

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 7 }),
  columns: fc.integer({ min: 1, max: 11 }),
  depth: fc.integer({ min: 1, max: 13 }),
});
const seeds = fc.integer();

test('float: equals the naive loops exactly, at odd sizes too', () => {
  holds(
    fc.property(sizes, seeds, ({ rows, columns, depth }, seed) => {
      const random = seededRandom(seed);
      const values = (length: number) => Float32Array.from({ length }, () => random.normal());
      const [a, b, bias] = [values(rows * depth), values(columns * depth), values(columns)];
      const out = new Float32Array(rows * columns).fill(Number.NaN);
      matmulFloat(a, b, bias, out, { rows, columns, depth });
      const expected = out.map((_, index) => {
        const [i, j] = [Math.floor(index / columns), index % columns];
        let sum = bias[j]!;
        for (let k = 0; k < depth; k += 1) sum += a[i * depth + k]! * b[j * depth + k]!;
        return sum;
      });
      expect(out).toEqual(expected);
    }),
  );
});

test('int8: equals unbounded integers, at odd sizes too', () => {
  holds(
    fc.property(sizes, seeds, fc.integer({ min: -127, max: 128 }), ({ rows, columns, depth }, seed, offset) => {
      const random = seededRandom(seed);
      const values = (length: number) => Int8Array.from({ length }, () => random.integer(256) - 128);
      const [a, b] = [values(rows * depth), values(columns * depth)];
      const bias = Int32Array.from({ length: columns }, () => random.integer(2 ** 24) - 2 ** 23);
      const out = new Int32Array(rows * columns).fill(77);
      matmulInt8(a, offset, b, bias, out, { rows, columns, depth });
      const expected = out.map((_, index) => {
        const [i, j] = [Math.floor(index / columns), index % columns];
        let sum = BigInt(bias[j]!);
        for (let k = 0; k < depth; k += 1) sum += BigInt(a[i * depth + k]! + offset) * BigInt(b[j * depth + k]!);
        return Number(sum);
      });
      expect(out).toEqual(expected);
    }),
  );
});

test('float: sums in double precision', () => {
  const a = Float32Array.from([1e8, 1, -1e8]);
  const out = new Float32Array(1);
  matmulFloat(a, new Float32Array(3).fill(1), new Float32Array(1), out, { rows: 1, columns: 1, depth: 3 });
  expect(out[0]).toBe(1);
});

test('views into larger arrays are read from where they begin', () => {
  const a = Int8Array.from([9, 9, 1, 2]).subarray(2);
  const b = Int8Array.from([9, 3, 4]).subarray(1);
  const out = new Int32Array(1);
  matmulInt8(a, 0, b, new Int32Array(1), out, { rows: 1, columns: 1, depth: 2 });
  expect(out[0]).toBe(11);
});
