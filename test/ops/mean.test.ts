import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Argument } from '../../src/ir/kernel-call.ts';
import { dequantizeArray, INT8_MAX, INT8_MIN } from '../../src/ir/quantization.ts';
import { mean } from '../../src/ops/mean.ts';
import { exactClamp, exactRequantize } from '../support/fixed-point-oracle.ts';
import { type Application, applyFloat, applyInt8, LAYER, largestDifference, normals } from '../support/operators.ts';
import { holds } from '../support/property.ts';
import { refusalOf } from '../support/refusal.ts';

const MAP = [1, 5, 3, 4];
const averaging = (shape: readonly number[], seed: number, deviation = 1): Application<'mean'> => ({
  kind: 'mean',
  attributes: { keepDimensions: true },
  parameters: {},
  inputs: [normals(shape, seed, deviation)],
});

/** Values of one channel. */
function channel(data: ArrayLike<number>, channels: number, c: number): number[] {
  return Array.from(data).filter((_, i) => i % channels === c);
}

test('float: the mean of each channel', () => {
  const application = averaging(MAP, 3);
  const { data } = application.inputs[0]!;
  const means = [0, 1, 2, 3].map(c => Math.fround(channel(data, 4, c).reduce((a, b) => a + b, 0) / 15));
  expect([...applyFloat(application).data]).toEqual(means);
});

test('int8: the formula of the doc comment in unbounded integers, near the float mean', () => {
  holds(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      (height, width, deviation) => {
        const application = averaging([1, height, width, 3], height * 100 + width, deviation);
        const float = applyFloat(application);
        const { parameters, inputs, output } = applyInt8(application, float);
        const input = inputs[0]!;
        const pixels = height * width;
        const more = Math.min(Math.floor(Math.log2(pixels)), 31 + parameters.shift);
        const multiplier = Number((BigInt(parameters.multiplier) << BigInt(more)) / BigInt(pixels));
        const exact = [0, 1, 2].map(c => {
          const sum = channel(input.data, 3, c).reduce((a, b) => a + b, 0) - pixels * input.quantization.zeroPoint;
          const scaled = exactRequantize(BigInt(sum), multiplier, parameters.shift - more);
          return exactClamp(scaled + BigInt(output.quantization.zeroPoint), { min: INT8_MIN, max: INT8_MAX });
        });
        expect([...output.data]).toEqual(exact);
        const bound = input.quantization.scale / 2 + 1.05 * output.quantization.scale;
        expect(largestDifference(dequantizeArray(output.data, output.quantization), float.data)).toBeLessThan(bound);
      },
    ),
    60,
  );
});

describe('shapes', () => {
  test('with dimensions kept or removed', () => {
    expect(mean.outputShape({ keepDimensions: true }, [MAP], LAYER)).toEqual([1, 1, 1, 4]);
    expect(mean.outputShape({ keepDimensions: false }, [MAP], LAYER)).toEqual([1, 4]);
    expect(mean.macs({ keepDimensions: false }, [MAP], [1, 4])).toBe(0);
    expect(mean.parameterShapes({ keepDimensions: false }, [MAP])).toEqual({});
  });

  test.each([
    [[1, 4], '1×4'],
    [[1, 4096, 4096, 1], '16777216 pixels'],
  ])('%j is refused', (shape, says) => {
    const { code, origin, message } = refusalOf(() => mean.outputShape({ keepDimensions: true }, [shape], LAYER));
    expect([code, origin]).toEqual(['SNUG301', LAYER]);
    expect(message).toContain(says);
  });
});

const info = (scale: number, zeroPoint: number, shape = MAP) => ({ shape, quantization: { scale, zeroPoint } });
const quantize = (input: number, output: number) =>
  mean.quantize({
    attributes: { keepDimensions: true },
    parameters: {},
    inputs: [info(input, 0)],
    output: info(output, 0),
    origin: LAYER,
  });

test('the factor is that of the scales, whatever the number of pixels', () => {
  expect(quantize(0.5, 1)).toEqual({ multiplier: 2 ** 30, shift: 0 });
  expect(quantize(1, 2 ** -20).shift).toBe(21);
  expect(refusalOf(() => quantize(1, 2 ** -21))).toMatchObject({ code: 'SNUG402', origin: LAYER });
});

describe('lowering', () => {
  const call = {
    attributes: { keepDimensions: false },
    parameters: { multiplier: 1_500_000_000, shift: -1 },
    inputs: [info(0.5, -3)],
    output: { shape: [1, 4], quantization: { scale: 1, zeroPoint: 7 } },
  };
  const lowered = mean.lower(call);
  if (lowered.kind !== 'call') throw new Error('mean is a call');
  // 15 pixels: 2^3 · multiplier / 15, and three more bits to the right.
  const factor = { sum_offset: 45, multiplier: 800_000_000, shift: -4, output_offset: 7 };
  const numbers = (args: readonly Argument[]) =>
    Object.fromEntries(args.flatMap(a => (a.kind === 'number' ? [[a.name, a.value]] : [])));

  test('one call with the division in its factor', () => {
    expect([lowered.call.library, lowered.call.function]).toEqual(['snug', 'mean_s8']);
    expect(numbers(lowered.call.arguments)).toEqual({ pixels: 15, channels: 4, ...factor });
  });

  test('a flow of sums with the same factor', () => {
    const flow = mean.flow!(call, lowered.call);
    if (flow?.kind !== 'reduce') throw new Error('mean reduces');
    expect([flow.accumulate.function, flow.finish.function]).toEqual(['accumulate_s8', 'rescaled_mean_of_sums_s8']);
    expect(numbers(flow.finish.arguments)).toEqual({ channels: 4, ...factor });
    expect(flow.sumBytes).toBe(16);
  });
});
