import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dequantizeArray } from '../../src/ir/quantization.ts';
import { type AveragePool, averagePool } from '../../src/ops/average-pool.ts';
import type { Window } from '../../src/ops/window.ts';
import { exactClamp } from '../support/fixed-point-oracle.ts';
import { type Application, applyFloat, applyInt8, LAYER, largestDifference, normals } from '../support/operators.ts';
import { holds } from '../support/property.ts';
import { refusalOf } from '../support/refusal.ts';

const NONE = { top: 0, bottom: 0, left: 0, right: 0 };

/** The values under each window, by asking of every input pixel whether the window holds it. */
function windowsOf(
  window: Window,
  [, height = 0, width = 0, channels = 0]: readonly number[],
  data: ArrayLike<number>,
) {
  const { kernel, stride, padding } = window;
  const { top, bottom, left, right } = typeof padding === 'string' ? NONE : padding;
  const windows: number[][] = [];
  for (let y = -top; y + kernel[0] <= height + bottom; y += stride[0]) {
    for (let x = -left; x + kernel[1] <= width + right; x += stride[1]) {
      for (let c = 0; c < channels; c += 1) {
        windows.push(
          Array.from({ length: height * width }, (_, pixel) => pixel)
            .filter(pixel => {
              const [row, column] = [Math.floor(pixel / width), pixel % width];
              return row >= y && row < y + kernel[0] && column >= x && column < x + kernel[1];
            })
            .map(pixel => data[pixel * channels + c]!),
        );
      }
    }
  }
  return windows;
}

/** A quotient of integers to nearest, ties away from zero. */
function exactMean(values: readonly number[]): bigint {
  const sum = BigInt(values.reduce((a, b) => a + b, 0));
  const count = BigInt(values.length);
  const magnitude = (2n * (sum < 0n ? -sum : sum) + count) / (2n * count);
  return sum < 0n ? -magnitude : magnitude;
}

function agree(window: Window, size: readonly [number, number], activation: AveragePool['attributes']['activation']) {
  const input = normals([1, ...size, 3], 5, 3);
  const application: Application<'averagePool'> = {
    kind: 'averagePool',
    attributes: { window, activation },
    parameters: {},
    inputs: [input],
  };
  const { min, max } = activation ?? { min: -Infinity, max: Infinity };
  const float = applyFloat(application);
  const means = windowsOf(window, input.shape, input.data).map(values => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return Math.min(Math.max(mean, min), max);
  });
  expect(largestDifference(float.data, means)).toBeLessThan(1e-6);

  const { parameters, inputs, output } = applyInt8(application, float);
  expect([...output.data]).toEqual(
    windowsOf(window, input.shape, inputs[0]!.data).map(values => exactClamp(exactMean(values), parameters.activation)),
  );
  const back = dequantizeArray(output.data, output.quantization);
  expect(largestDifference(back, float.data)).toBeLessThanOrEqual(output.quantization.scale * 1.01);
}

describe('float and int8 equal their definitions', () => {
  test.each<[string, Window, readonly [number, number]]>([
    ['2×2', { kernel: [2, 2], stride: [2, 2], padding: 'valid' }, [6, 7]],
    ['3×3, padded', { kernel: [3, 3], stride: [1, 1], padding: { top: 1, bottom: 1, left: 1, right: 1 } }, [5, 4]],
    ['3×2, asymmetric', { kernel: [3, 2], stride: [2, 1], padding: { top: 0, bottom: 2, left: 1, right: 0 } }, [6, 5]],
    ['1×1', { kernel: [1, 1], stride: [3, 3], padding: 'valid' }, [7, 7]],
  ])('%s', (_, window, size) => {
    agree(window, size, null);
    agree(window, size, { min: 0, max: 6 });
  });

  test('random windows', () => {
    const sides = fc.integer({ min: 0, max: 1 });
    const windows = fc.record({
      kernel: fc.tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 2, max: 4 })),
      stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      padding: fc.record({ top: sides, bottom: sides, left: sides, right: sides }),
    });
    const size = fc.integer({ min: 4, max: 7 });
    holds(
      fc.property(windows, size, size, (window, height, width) => agree(window, [height, width], null)),
      60,
    );
  });
});

describe('global', () => {
  test('is the mean of every channel', () => {
    const input = normals([1, 7, 5, 4], 3);
    const output = applyFloat({
      kind: 'averagePool',
      attributes: { window: 'global', activation: null },
      parameters: {},
      inputs: [input],
    });
    expect(output.shape).toEqual([1, 1, 1, 4]);
    for (let c = 0; c < 4; c += 1) {
      const values = input.data.filter((_, i) => i % 4 === c);
      expect(output.data[c]).toBeCloseTo(values.reduce((a, b) => a + b, 0) / 35, 6);
    }
  });

  test.each([
    [[1, 2], 2],
    [[-1, -2], -2],
    [[-1, 0, 0, 0, 0], 0],
    [[127, 127], 127],
    [[-128, -128, -128], -128],
  ])('int8 mean of %j is %i: ties away from zero', (values, expected) => {
    const quantization = { scale: 1, zeroPoint: 0 };
    const output = { shape: [1, 1, 1, 1], quantization, data: new Int8Array(1) };
    averagePool.runInt8({
      attributes: { window: 'global', activation: null },
      parameters: { activation: { min: -128, max: 127 } },
      inputs: [{ shape: [1, 1, values.length, 1], quantization, data: Int8Array.from(values) }],
      output,
    });
    expect(output.data[0]).toBe(expected);
  });
});

test('counts no multiply-accumulates', () => {
  expect(averagePool.macs({ window: 'global', activation: null }, [[1, 7, 7, 8]], [1, 1, 1, 8])).toBe(0);
});

test('refusals name the layer', () => {
  const refused = (window: Window | 'global', shape: readonly number[] = [1, 4, 4, 2]) => {
    const attributes = { window, activation: null };
    const { code, origin } = refusalOf(() => averagePool.outputShape(attributes, [shape], LAYER));
    expect(origin).toEqual(LAYER);
    return code;
  };
  expect(refused('global', [1, 8])).toBe('SNUG301');
  expect(refused({ kernel: [5, 1], stride: [1, 1], padding: 'valid' })).toBe('SNUG302');
  expect(refused({ kernel: [2, 2], stride: [0, 1], padding: 'valid' })).toBe('SNUG303');
  // A window that lies in the padding alone has no mean.
  for (const side of ['top', 'bottom', 'left', 'right']) {
    expect(refused({ kernel: [2, 2], stride: [1, 1], padding: { ...NONE, [side]: 2 } })).toBe('SNUG303');
  }
});
