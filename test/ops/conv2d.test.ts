import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dequantizeArray } from '../../src/ir/quantization.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { type Conv2dAttributes, conv2d } from '../../src/ops/conv2d.ts';
import type { Padding } from '../../src/ops/window.ts';
import { grouped, type NaiveConvolution, naiveFloat, naiveInt8, samePadding } from '../support/naive-convolution.ts';
import { type Application, applyFloat, applyInt8, LAYER, largestDifference, normals } from '../support/operators.ts';
import { holds } from '../support/property.ts';
import { refusalOf } from '../support/refusal.ts';

interface Layer {
  readonly size: readonly [number, number];
  readonly inputs: number;
  readonly outputs: number;
  readonly groups: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Padding;
  readonly relu6: boolean;
}

const BASE: Layer = {
  size: [6, 5],
  inputs: 4,
  outputs: 5,
  groups: 1,
  kernel: [3, 3],
  stride: [1, 1],
  padding: 'same',
  relu6: false,
};

function build(layer: Layer, seed: number): { application: Application<'conv2d'>; naive: NaiveConvolution } {
  const { size, inputs, outputs, groups, kernel, stride, padding, relu6 } = layer;
  const random = seededRandom(seed);
  const activation = relu6 ? { min: 0, max: 6 } : null;
  const attributes: Conv2dAttributes = { outputChannels: outputs, groups, kernel, stride, padding, activation };
  const fanIn = (kernel[0] * kernel[1] * inputs) / groups;
  const parameters = {
    weights: normals([outputs * fanIn], random, 1 / Math.sqrt(fanIn)).data,
    bias: normals([outputs], random, 0.5).data,
  };
  const [top, bottom] = samePadding(size[0], kernel[0], stride[0]);
  const [left, right] = samePadding(size[1], kernel[1], stride[1]);
  const explicit =
    padding === 'same'
      ? { top, bottom, left, right }
      : padding === 'valid'
        ? { top: 0, bottom: 0, left: 0, right: 0 }
        : padding;
  return {
    application: { kind: 'conv2d', attributes, parameters, inputs: [normals([1, ...size, inputs], random, 2)] },
    naive: { kernel, stride, padding: explicit, ...grouped(inputs, outputs, groups, kernel) },
  };
}

function agree(layer: Layer, seed: number): void {
  const { application, naive } = build(layer, seed);
  const limits = layer.relu6 ? ([0, 6] as const) : undefined;
  const float = applyFloat(application);
  expect(
    largestDifference(float.data, naiveFloat(naive, application.inputs[0]!, application.parameters, limits)),
  ).toBeLessThan(1e-5);

  const { parameters, inputs, output } = applyInt8(application, float);
  const exact = naiveInt8(naive, inputs[0]!, parameters, output.quantization.zeroPoint);
  expect([...output.data]).toEqual(exact);

  // Each of the terms carries half a step of the input and of the weight; 6 deviations of their sum, and a step of rounding.
  const fanIn = application.parameters.weights.length / layer.outputs;
  const noise = inputs[0]!.quantization.scale + 2 * Math.max(...parameters.weightScales);
  const bound = 6 * 0.29 * noise * Math.sqrt(fanIn) + 1.5 * output.quantization.scale;
  expect(largestDifference(dequantizeArray(output.data, output.quantization), float.data)).toBeLessThan(bound);
}

describe('float and int8 equal their definitions', () => {
  test.each<[string, Partial<Layer>]>([
    ['1×1', { kernel: [1, 1] }],
    ['1×1, stride 2', { kernel: [1, 1], stride: [2, 2] }],
    ['1×1, stride 2, even size', { kernel: [1, 1], stride: [2, 2], size: [6, 8] }],
    ['1×1, padded', { kernel: [1, 1], padding: { top: 1, bottom: 0, left: 0, right: 2 } }],
    ['3×3 same', {}],
    ['3×3 same, stride 2', { stride: [2, 2] }],
    ['3×3 valid, stride 2', { stride: [2, 2], padding: 'valid' }],
    ['3×3 symmetric, stride 2', { stride: [2, 2], padding: { top: 1, bottom: 1, left: 1, right: 1 } }],
    ['3×3 asymmetric', { padding: { top: 0, bottom: 2, left: 2, right: 1 } }],
    ['5×5 same, stride 3', { kernel: [5, 5], stride: [3, 3], size: [9, 7] }],
    ['7×7 same, stride 2', { kernel: [7, 7], stride: [2, 2], size: [9, 8], inputs: 3 }],
    ['7×7 larger than the map', { kernel: [7, 7], size: [3, 2] }],
    ['1×5, strides 1×2', { kernel: [1, 5], stride: [1, 2], size: [1, 11] }],
    ['5×1, strides 2×1', { kernel: [5, 1], stride: [2, 1] }],
    ['ReLU6', { relu6: true }],
    ['2 groups', { groups: 2, outputs: 6 }],
    ['4 groups', { groups: 4, outputs: 8, stride: [2, 2], relu6: true }],
    ['2 groups of 1×1', { groups: 2, outputs: 6, kernel: [1, 1] }],
    ['padding beyond the kernel', { padding: { top: 4, bottom: 4, left: 4, right: 4 }, size: [2, 2] }],
  ])('%s', (_, change) => {
    agree({ ...BASE, ...change }, 1);
  });

  test('random layers', () => {
    const side = fc.integer({ min: 0, max: 3 });
    const layers = fc
      .record({
        size: fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 })),
        perGroup: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 })),
        groups: fc.integer({ min: 1, max: 2 }),
        kernel: fc.tuple(fc.constantFrom(1, 2, 3, 5), fc.constantFrom(1, 2, 3, 5)),
        stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        padding: fc.oneof(
          fc.constant<Padding>('same'),
          fc.record({ top: side, bottom: side, left: side, right: side }),
        ),
        relu6: fc.boolean(),
      })
      .map(({ perGroup, ...rest }) => ({
        ...rest,
        inputs: perGroup[0] * rest.groups,
        outputs: perGroup[1] * rest.groups,
      }))
      .filter(({ padding, size, kernel }) => {
        if (typeof padding === 'string') return true;
        return (
          size[0] + padding.top + padding.bottom >= kernel[0] && size[1] + padding.left + padding.right >= kernel[1]
        );
      });
    holds(fc.property(layers, fc.integer(), agree), 60);
  });
});

describe('shape and work', () => {
  test('the stem of MobileNetV2', () => {
    const attributes: Conv2dAttributes = {
      outputChannels: 32,
      groups: 1,
      kernel: [3, 3],
      stride: [2, 2],
      padding: 'same',
      activation: null,
    };
    const output = conv2d.outputShape(attributes, [[1, 224, 224, 3]], LAYER);
    expect(output).toEqual([1, 112, 112, 32]);
    expect(conv2d.macs(attributes, [[1, 224, 224, 3]], output)).toBe(10_838_016);
    expect(conv2d.parameterShapes(attributes, [[1, 224, 224, 3]])).toEqual({ weights: [32, 3, 3, 3], bias: [32] });
  });

  test('groups divide weights and work', () => {
    const { attributes } = build({ ...BASE, groups: 2, outputs: 6 }, 1).application;
    expect(conv2d.macs(attributes, [[1, 6, 5, 4]], [1, 6, 5, 6])).toBe(6 * 5 * 6 * 9 * 2);
    expect(conv2d.parameterShapes(attributes, [[1, 6, 5, 4]])).toEqual({ weights: [6, 3, 3, 2], bias: [6] });
  });

  test('refusals name the layer', () => {
    const { attributes } = build(BASE, 1).application;
    const refused = (change: Partial<Conv2dAttributes>, shape: readonly number[] = [1, 6, 5, 4]) => {
      const { code, origin } = refusalOf(() => conv2d.outputShape({ ...attributes, ...change }, [shape], LAYER));
      expect(origin).toEqual(LAYER);
      return code;
    };
    expect(refused({}, [1, 120])).toBe('SNUG301');
    expect(refused({ padding: 'valid', kernel: [7, 3] })).toBe('SNUG302');
    expect(refused({ groups: 3 })).toBe('SNUG303');
    expect(refused({ groups: 2, outputChannels: 5 })).toBe('SNUG303');
    expect(refused({ groups: 0 })).toBe('SNUG303');
    expect(refused({ groups: 1.5, outputChannels: 3 }, [1, 6, 5, 3])).toBe('SNUG303');
    expect(refused({ stride: [0, 1] })).toBe('SNUG303');
    expect(refused({ kernel: [3, 1.5] })).toBe('SNUG303');
    expect(refused({ padding: { top: -1, bottom: 0, left: 0, right: 0 } })).toBe('SNUG303');
  });
});
