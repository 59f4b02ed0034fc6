import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dequantizeArray,
  int8Clamp,
  quantizationForRange,
  quantizeArray,
  quantizeValue,
} from '../../src/ir/quantization.ts';
import { holds } from '../support/property.ts';

// float32, as activations are: their smallest range still has a scale in double precision.
const reals = fc.float({ min: -1000, max: 1000, noNaN: true });
const ranges = fc.tuple(reals, reals).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));

describe('quantizationForRange', () => {
  test.each([
    [
      { min: -1, max: 1 },
      { scale: 2 / 255, zeroPoint: -1 },
    ],
    [
      { min: 0, max: 6 },
      { scale: 6 / 255, zeroPoint: -128 },
    ],
    [
      { min: -6, max: 0 },
      { scale: 6 / 255, zeroPoint: 127 },
    ],
    [
      { min: 2, max: 4 },
      { scale: 4 / 255, zeroPoint: -128 },
    ],
    [
      { min: -4, max: -2 },
      { scale: 4 / 255, zeroPoint: 127 },
    ],
    [
      { min: 0, max: 0 },
      { scale: 1 / 255, zeroPoint: -128 },
    ],
  ])('%j', (range, expected) => {
    expect(quantizationForRange(range)).toEqual(expected);
  });

  test('represents 0 exactly, and every value of the range to half a step and the rounding of the zero point', () => {
    holds(
      fc.property(ranges, fc.double({ min: 0, max: 1, noNaN: true }), ({ min, max }, place) => {
        fc.pre(max - min > 1e-6);
        const quantization = quantizationForRange({ min, max });
        expect(quantization.zeroPoint).toBeGreaterThanOrEqual(-128);
        expect(quantization.zeroPoint).toBeLessThanOrEqual(127);
        const value = min + place * (max - min);
        const [zero, back] = dequantizeArray(quantizeArray([0, value], quantization), quantization);
        expect(zero).toBe(0);
        expect(Math.abs(back! - value)).toBeLessThanOrEqual(quantization.scale * 1.0001 + 1e-4);
      }),
    );
  });
});

test('quantizeValue rounds ties up and saturates', () => {
  const quantization = { scale: 0.5, zeroPoint: 10 };
  expect([0, 0.25, -0.25, 0.24, -0.26, 1000, -1000].map(v => quantizeValue(v, quantization))).toEqual([
    10, 11, 10, 10, 9, 127, -128,
  ]);
});

test('every int8 value survives the way there and back', () => {
  const quantization = { scale: 0.0123, zeroPoint: -7 };
  const all = Int8Array.from({ length: 256 }, (_, i) => i - 128);
  expect(quantizeArray(dequantizeArray(all, quantization), quantization)).toEqual(all);
});

describe('int8Clamp', () => {
  const quantization = { scale: 0.1, zeroPoint: -28 };

  test.each([
    [null, { min: -128, max: 127 }],
    [
      { min: 0, max: Infinity },
      { min: -28, max: 127 },
    ],
    [
      { min: 0, max: 6 },
      { min: -28, max: 32 },
    ],
    [
      { min: -Infinity, max: 1 },
      { min: -128, max: -18 },
    ],
    [
      { min: -1000, max: 1000 },
      { min: -128, max: 127 },
    ],
  ])('%j', (activation, expected) => {
    expect(int8Clamp(activation, quantization)).toEqual(expected);
  });

  test('min is never above max', () => {
    holds(
      fc.property(ranges, ranges, (activation, range) => {
        const { min, max } = int8Clamp(activation, quantizationForRange(range));
        expect(min).toBeLessThanOrEqual(max);
      }),
    );
  });
});
