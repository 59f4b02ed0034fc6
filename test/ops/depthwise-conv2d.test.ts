import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dequantizeArray } from '../../src/ir/quantization.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { type DepthwiseConv2dAttributes, depthwiseConv2d } from '../../src/ops/depthwise-conv2d.ts';
import type { ExplicitPadding } from '../../src/ops/window.ts';
import { depthwise, type NaiveConvolution, naiveFloat, naiveInt8 } from '../support/naive-convolution.ts';
import { type Application, applyFloat, applyInt8, LAYER, largestDifference, normals } from '../support/operators.ts';
import { holds } from '../support/property.ts';
import { refusalOf } from '../support/refusal.ts';

interface Layer {
  readonly size: readonly [number, number];
  readonly channels: number;
  readonly multiplier: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: ExplicitPadding;
  readonly relu6: boolean;
}

const around = (pixels: number): ExplicitPadding => ({ top: pixels, bottom: pixels, left: pixels, right: pixels });
const BASE: Layer = {
  size: [6, 5],
  channels: 5,
  multiplier: 1,
  kernel: [3, 3],
  stride: [1, 1],
  padding: around(1),
  relu6: false,
};

function build(layer: Layer, seed: number): { application: Application<'depthwiseConv2d'>; naive: NaiveConvolution } {
  const { size, channels, multiplier, kernel, stride, padding, relu6 } = layer;
  const random = seededRandom(seed);
  const taps = kernel[0] * kernel[1];
  const outputs = channels * multiplier;
  const activation = relu6 ? { min: 0, max: 6 } : null;
  const parameters = {
    weights: normals([taps * outputs], random, 1 / Math.sqrt(taps)).data,
    bias: normals([outputs], random, 0.5).data,
  };
  return {
    application: {
      kind: 'depthwiseConv2d',
      attributes: { multiplier, kernel, stride, padding, activation },
      parameters,
      inputs: [normals([1, ...size, channels], random, 2)],
    },
    naive: { kernel, stride, padding, ...depthwise(channels, multiplier, kernel) },
  };
}

function agree(layer: Layer, seed: number): void {
  const { application, naive } = build(layer, seed);
  const limits = layer.relu6 ? ([0, 6] as const) : undefined;
  const float = applyFloat(application);
  const exactFloat = naiveFloat(naive, application.inputs[0]!, application.parameters, limits);
  expect(largestDifference(float.data, exactFloat)).toBeLessThan(1e-5);

  const { parameters, inputs, output } = applyInt8(application, float);
  expect([...output.data]).toEqual(naiveInt8(naive, inputs[0]!, parameters, output.quantization.zeroPoint));

  const taps = layer.kernel[0] * layer.kernel[1];
  const noise = inputs[0]!.quantization.scale + 2 * Math.max(...parameters.weightScales);
  const bound = 6 * 0.29 * noise * Math.sqrt(taps) + 1.5 * output.quantization.scale;
  expect(largestDifference(dequantizeArray(output.data, output.quantization), float.data)).toBeLessThan(bound);
}

describe('float and int8 equal their definitions', () => {
  test.each<[string, Partial<Layer>]>([
    ['3×3', {}],
    ['3×3, stride 2, ReLU6', { stride: [2, 2], relu6: true }],
    ['3×3 bottom and right only', { stride: [2, 2], padding: { top: 0, bottom: 1, left: 0, right: 1 }, size: [6, 8] }],
    ['1×1', { kernel: [1, 1], padding: around(0) }],
    ['5×5', { kernel: [5, 5], padding: around(2) }],
    ['7×7 over a small map', { kernel: [7, 7], padding: around(3), size: [2, 3] }],
    ['2×3, strides 2×1', { kernel: [2, 3], stride: [2, 1], padding: around(0) }],
    ['multiplier 2', { multiplier: 2 }],
    ['multiplier 3 of one channel', { multiplier: 3, channels: 1, stride: [2, 2] }],
    ['padding beyond the kernel', { padding: around(4), size: [2, 2] }],
  ])('%s', (_, change) => {
    agree({ ...BASE, ...change }, 1);
  });

  test('random layers', () => {
    const side = fc.integer({ min: 0, max: 3 });
    const layers = fc
      .record({
        size: fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })),
        channels: fc.integer({ min: 1, max: 6 }),
        multiplier: fc.integer({ min: 1, max: 3 }),
        kernel: fc.tuple(fc.constantFrom(1, 2, 3, 5), fc.constantFrom(1, 2, 3, 5)),
        stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        padding: fc.record({ top: side, bottom: side, left: side, right: side }),
        relu6: fc.boolean(),
      })
      .filter(({ padding: { top, bottom, left, right }, size, kernel }) => {
        return size[0] + top + bottom >= kernel[0] && size[1] + left + right >= kernel[1];
      });
    holds(fc.property(layers, fc.integer(), agree), 80);
  });
});

describe('shape and work', () => {
  const attributes: DepthwiseConv2dAttributes = {
    multiplier: 2,
    kernel: [3, 3],
    stride: [2, 2],
    padding: 'same',
    activation: null,
  };

  test('the multiplier multiplies channels, weights and work', () => {
    const output = depthwiseConv2d.outputShape(attributes, [[1, 7, 8, 5]], LAYER);
    expect(output).toEqual([1, 4, 4, 10]);
    expect(depthwiseConv2d.macs(attributes, [[1, 7, 8, 5]], output)).toBe(4 * 4 * 10 * 9);
    expect(depthwiseConv2d.parameterShapes(attributes, [[1, 7, 8, 5]])).toEqual({ weights: [1, 3, 3, 10], bias: [10] });
  });

  test('refusals name the layer', () => {
    const refused = (change: Partial<DepthwiseConv2dAttributes>, shape: readonly number[] = [1, 7, 8, 5]) => {
      const { code, origin } = refusalOf(() =>
        depthwiseConv2d.outputShape({ ...attributes, ...change }, [shape], LAYER),
      );
      expect(origin).toEqual(LAYER);
      return code;
    };
    expect(refused({}, [1, 5])).toBe('SNUG301');
    expect(refused({ kernel: [9, 3], padding: 'valid' })).toBe('SNUG302');
    expect(refused({ multiplier: 0 })).toBe('SNUG303');
    expect(refused({ multiplier: 1.5 })).toBe('SNUG303');
    expect(refused({ stride: [1, -1] })).toBe('SNUG303');
    expect(refused({ padding: { top: 0.5, bottom: 0, left: 0, right: 0 } })).toBe('SNUG303');
  });
});
