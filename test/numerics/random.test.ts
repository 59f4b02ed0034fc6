import { expect, test } from 'vitest';
import { seededRandom } from '../../src/numerics/random.ts';

const draw = (seed: number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.uniform());
};

test('the same seed gives the same numbers, another seed others', () => {
  expect(draw(42, 20)).toEqual(draw(42, 20));
  expect(draw(42, 20)).not.toEqual(draw(43, 20));
});

test('the generator is mulberry32: its published outputs for seed 1', () => {
  expect(draw(1, 3).map(v => v * 2 ** 32)).toEqual([2693262067, 11749833, 2265367787]);
});

test('uniform numbers lie in [0, 1) with the moments of the uniform distribution', () => {
  const values = draw(7, 20_000);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  expect(values.every(v => v >= 0 && v < 1)).toBe(true);
  expect(mean).toBeCloseTo(0.5, 2);
  expect(variance).toBeCloseTo(1 / 12, 2);
});

test('integers cover [0, bound) and nothing else', () => {
  const random = seededRandom(3);
  const seen = new Set(Array.from({ length: 1000 }, () => random.integer(7)));
  expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('normal numbers are finite with mean 0 and deviation 1', () => {
  const random = seededRandom(11);
  const values = Array.from({ length: 20_000 }, () => random.normal());
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
  expect(values.every(Number.isFinite)).toBe(true);
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.04);
});
