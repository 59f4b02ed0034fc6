import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  convolutionTables,
  type QuantizedConvolution,
  quantizeConvolution,
  requantizeTo,
} from '../../src/ops/convolution-quantization.ts';
import { LAYER } from '../support/operators.ts';
import { holds } from '../support/property.ts';
import { refusalOf } from '../support/refusal.ts';

const info = (scale: number, zeroPoint = 0) => ({ shape: [1, 1, 1, 1], quantization: { scale, zeroPoint } });

function quantize(
  weights: readonly number[],
  bias: readonly number[],
  { input = 0.1, output = 0.2, axis = 'first' }: { input?: number; output?: number; axis?: 'first' | 'last' } = {},
): QuantizedConvolution {
  const parameters = { weights: Float32Array.from(weights), bias: Float32Array.from(bias) };
  const call = { attributes: {}, parameters, inputs: [info(input)], output: info(output), origin: LAYER };
  return quantizeConvolution(call, axis, null);
}

/** What a channel makes of a sum of quantized inputs, in real numbers. */
const realBias = (q: QuantizedConvolution, channel: number, input: number): number =>
  q.bias[channel]! * input * q.weightScales[channel]!;

describe('weights', () => {
  test('each channel’s largest weight becomes ±127', () => {
    const q = quantize([1, -2, 0.5, 0.01, 0.02, -0.04], [0, 0]);
    expect([...q.weights]).toEqual([64, -127, 32, 32, 64, -127]);
    expect([...q.weightScales].map(scale => scale * 127)).toEqual([2, Math.fround(0.04)]);
  });

  test('channels alternate where the axis is last', () => {
    const q = quantize([1, 0.01, -2, 0.02, 0.5, -0.04], [0, 0], { axis: 'last' });
    expect([...q.weights]).toEqual([64, 32, -127, 64, 32, -127]);
    expect([...q.weightScales].map(scale => scale * 127)).toEqual([2, Math.fround(0.04)]);
  });

  test('are within half a step, never −128, with both axes', () => {
    const weights = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 6, maxLength: 6 });
    holds(
      fc.property(weights, fc.constantFrom('first', 'last'), (values, axis) => {
        const q = quantize(values, [0, 0, 0], { axis });
        values.forEach((value, i) => {
          const scale = q.weightScales[axis === 'first' ? Math.floor(i / 2) : i % 3]!;
          expect(Math.abs(q.weights[i]! * scale - value)).toBeLessThanOrEqual(scale * 0.500001);
          expect(q.weights[i]).toBeGreaterThanOrEqual(-127);
        });
      }),
    );
  });
});

describe('a channel without weights', () => {
  test('and without bias computes the zero point', () => {
    const q = quantize([0, 0, 1, 1], [0, 0]);
    expect([...q.weights.subarray(0, 2), q.bias[0]]).toEqual([0, 0, 0]);
    expect(requantizeTo(q.bias[0]!, 0, q, 3)).toBe(3);
  });

  test.each([0, 1e-12, 1e-30])('keeps its bias where the weights are %d', weight => {
    for (const bias of [5, -5, 1e-3]) {
      const q = quantize([weight, -weight], [bias], { output: bias === 1e-3 ? 1e-5 : 0.05 });
      expect(realBias(q, 0, 0.1)).toBeCloseTo(bias, 6);
      expect(Math.abs(q.bias[0]!)).toBeLessThanOrEqual(2 ** 29);
      expect(requantizeTo(q.bias[0]!, 0, q, 0)).toBe(Math.sign(bias) * 100);
    }
  });
});

describe('bias', () => {
  test('has the scale inputScale · weightScale, to half a step', () => {
    const biases = fc.float({ min: -1000, max: 1000, noNaN: true });
    holds(
      fc.property(biases, fc.double({ min: 1e-4, max: 1, noNaN: true }), (bias, input) => {
        const q = quantize([1, -1], [bias], { input, output: 10 });
        expect(Math.abs(realBias(q, 0, input) - Math.fround(bias))).toBeLessThanOrEqual(
          0.5001 * input * q.weightScales[0]!,
        );
      }),
    );
  });
});

describe('multipliers', () => {
  test('stand for inputScale · weightScale / outputScale, in Q31', () => {
    const scales = fc.double({ min: 1e-4, max: 10, noNaN: true });
    holds(
      fc.property(scales, scales, fc.double({ min: 0.1, max: 10, noNaN: true }), (input, output, weight) => {
        const q = quantize([weight, -weight / 3], [0], { input, output });
        const factor = (input * Math.fround(weight)) / 127 / output;
        expect(q.multipliers[0]).toBeGreaterThanOrEqual(2 ** 30);
        expect((q.multipliers[0]! * 2 ** (q.shifts[0]! - 31)) / factor).toBeCloseTo(1, 8);
      }),
    );
  });

  test('a factor of 2^30 and more is refused', () => {
    expect(refusalOf(() => quantize([127], [0], { input: 1, output: 2 ** -31 }))).toMatchObject({
      code: 'SNUG402',
      origin: LAYER,
    });
  });
});

describe('the accumulator', () => {
  // 127 · 255 · 66,311 is the last sum of products below 2^31.
  const longest = Math.floor((2 ** 31 - 1) / (127 * 255));

  test('is proven for the longest sum that fits, and refused beyond', () => {
    expect(quantize(new Array<number>(longest).fill(1), [0]).weights).toHaveLength(longest);
    const { code, origin, message } = refusalOf(() => quantize(new Array<number>(longest + 1).fill(1), [0]));
    expect([code, origin]).toEqual(['SNUG401', LAYER]);
    expect(message).toContain('channel 0');
  });

  test('the zero point that is added after requantization counts', () => {
    // 127 · 255 · 66,311 + 1,784 is 128 below 2^31, and a factor of just below 1 takes nothing away.
    const weights = new Array<number>(longest).fill(1);
    const room = 2 ** 31 - longest * 127 * 255;
    const biased = (bias: number) => () => quantize(weights, [(bias * 0.1) / 127]);
    expect(biased(room - 129)().bias[0]).toBe(room - 129);
    expect(refusalOf(biased(room - 128))).toMatchObject({ code: 'SNUG401' });
  });

  test('the bias counts, and the channel is named', () => {
    const bias = 2 ** 20 * (0.1 / 127);
    const weights = [...new Array<number>(longest - 1).fill(0), 1, ...new Array<number>(longest).fill(1)];
    const { code, message } = refusalOf(() => quantize(weights, [0, bias]));
    expect(code).toBe('SNUG401');
    expect(message).toContain('channel 1');
  });

  test('a shift to the left counts', () => {
    const weights = new Array<number>(1000).fill(127);
    expect(quantize(weights, [0], { input: 1, output: 0.5 }).shifts[0]).toBe(2);
    expect(refusalOf(() => quantize(weights, [0], { input: 1, output: 2 ** -6 }))).toMatchObject({ code: 'SNUG401' });
  });
});

test('the activation is in the output’s quantization', () => {
  const parameters = { weights: Float32Array.of(1), bias: Float32Array.of(0) };
  const call = { attributes: {}, parameters, inputs: [info(0.1)], output: info(0.1, -28), origin: LAYER };
  const q = quantizeConvolution(call, 'first', { min: 0, max: 6 });
  expect(q.activation).toEqual({ min: -28, max: 32 });
  expect(requantizeTo(1e6, 0, q, -28)).toBe(32);
  expect(requantizeTo(-1e6, 0, q, -28)).toBe(-28);
});

test('tables carry the arrays themselves', () => {
  const q = quantize([1, 2], [3]);
  const tables = convolutionTables(q, 'layout');
  expect(tables.map(({ name }) => name)).toEqual(['weights', 'bias', 'multipliers', 'shifts']);
  expect(tables.map(({ data }) => data)).toEqual([q.weights, q.bias, q.multipliers, q.shifts]);
  expect(tables[0]!.comment).toBe('layout');
});
