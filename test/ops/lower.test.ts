import { describe, expect, test } from 'vitest';
import type { KernelCall, StructField } from '../../src/ir/kernel-call.ts';
import type { Shape } from '../../src/ir/shape.ts';
import { bytes } from '../../src/ir/units.ts';
import type { Conv2dAttributes } from '../../src/ops/conv2d.ts';
import type { DepthwiseConv2dAttributes } from '../../src/ops/depthwise-conv2d.ts';
import { type FoldedKind, foldedOperator, type OpTypes } from '../../src/ops/index.ts';
import { LAYER, normals } from '../support/operators.ts';

const IN = { scale: 0.1, zeroPoint: -5 };
const OUT = { scale: 0.4, zeroPoint: 11 };
const same3: DepthwiseConv2dAttributes = {
  kernel: [3, 3],
  stride: [1, 1],
  padding: 'same',
  multiplier: 1,
  activation: null,
};
const conv3: Conv2dAttributes = {
  kernel: [3, 3],
  stride: [1, 1],
  padding: 'same',
  outputChannels: 8,
  groups: 1,
  activation: { min: 0, max: 6 },
};

/** The call that an operator lowers to over inputs of one shape, with seeded constants. */
function lower<K extends FoldedKind>(kind: K, attributes: OpTypes[K]['attributes'], shape: Shape): KernelCall {
  const operator = foldedOperator(kind);
  const inputs = Array.from({ length: operator.inputs }, () => ({ shape, quantization: IN }));
  const shapes = inputs.map(input => input.shape);
  const output = { shape: operator.outputShape(attributes, shapes, LAYER), quantization: OUT };
  const constants = Object.entries<Shape>(operator.parameterShapes(attributes, shapes));
  const float = Object.fromEntries(constants.map(([name, size]) => [name, normals(size, 1).data]));
  const parameters = operator.quantize({
    attributes,
    parameters: float as OpTypes[K]['float'],
    inputs,
    output,
    origin: LAYER,
  });
  const lowering = operator.lower({ attributes, parameters, inputs, output });
  if (lowering.kind !== 'call') throw new Error(`${kind} lowers to ${lowering.kind}`);
  return lowering.call;
}

function plain(fields: readonly StructField[]): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ name, value }) => [name, Array.isArray(value) ? plain(value) : value]));
}

const local = (call: KernelCall, name: string): Record<string, unknown> =>
  plain(call.locals.find(candidate => candidate.name === name)!.fields);
const numbers = (call: KernelCall): Record<string, number> =>
  Object.fromEntries(call.arguments.flatMap(a => (a.kind === 'number' ? [[a.name, a.value]] : [])));
const scratch = (c: number, dsp: number, mve: number) => ({ c: bytes(c), dsp: bytes(dsp), mve: bytes(mve) });

describe('conv2d', () => {
  test('pointwise with stride 1 takes snug’s own kernel without scratch', () => {
    const call = lower('conv2d', { ...conv3, kernel: [1, 1] }, [1, 7, 7, 33]);
    expect([call.function, call.scratch]).toEqual(['pointwise_s8', scratch(0, 0, 0)]);
  });

  test('pointwise with stride 2 or groups takes the wrapper', () => {
    const strided = lower('conv2d', { ...conv3, kernel: [1, 1], stride: [2, 2] }, [1, 8, 8, 32]);
    expect([strided.function, strided.scratch]).toEqual(['arm_convolve_wrapper_s8', scratch(0, 0, 0)]);
    const grouped = lower('conv2d', { ...conv3, kernel: [1, 1], groups: 2 }, [1, 8, 8, 30]);
    expect([grouped.function, grouped.scratch]).toEqual(['arm_convolve_wrapper_s8', scratch(128, 128, 128)]);
    expect(local(grouped, 'filter_dims')).toEqual({ n: 8, h: 1, w: 1, c: 15 });
  });

  // 27 columns round up to 28 by fours and to 32 by sixteens.
  test.each<[string, Partial<Conv2dAttributes>, number, number, number]>([
    ['3×3 of 3', {}, 3, 4 * 28, 4 * 32],
    ['3×3 of 8', {}, 8, 4 * 72, 4 * 80],
    ['5×5 of 1', { kernel: [5, 5] }, 1, 4 * 28, 4 * 32],
    ['3×3 of 8 in 2 groups', { groups: 2 }, 8, 4 * 72, 4 * 80],
  ])('scratch of %s', (_, change, channels, twoColumns, mve) => {
    const call = lower('conv2d', { ...conv3, ...change }, [1, 9, 9, channels]);
    expect(call.scratch).toEqual(scratch(twoColumns, twoColumns, mve));
  });

  test('carries dimensions, offsets, strides, padding and activation', () => {
    const call = lower('conv2d', { ...conv3, kernel: [3, 5], stride: [2, 1] }, [1, 8, 9, 3]);
    expect(local(call, 'conv_params')).toEqual({
      input_offset: 5,
      output_offset: 11,
      stride: { w: 1, h: 2 },
      // TensorFlow's odd pixel of 8 rows at stride 2 is at the bottom, which no kernel asks for.
      padding: { w: 2, h: 0 },
      dilation: { w: 1, h: 1 },
      activation: { min: 11, max: 26 },
    });
    expect(local(call, 'input_dims')).toEqual({ n: 1, h: 8, w: 9, c: 3 });
    expect(local(call, 'filter_dims')).toEqual({ n: 8, h: 3, w: 5, c: 3 });
    expect(local(call, 'bias_dims')).toEqual({ n: 1, h: 1, w: 1, c: 8 });
    expect(local(call, 'output_dims')).toEqual({ n: 1, h: 4, w: 9, c: 8 });
    expect(local(call, 'quant_params')).toEqual({ multiplier: { table: 'multipliers' }, shift: { table: 'shifts' } });
    expect(call.tables.map(({ name, data }) => [name, data.length])).toEqual([
      ['weights', 8 * 15 * 3],
      ['bias', 8],
      ['multipliers', 8],
      ['shifts', 8],
    ]);
  });
});

describe('depthwiseConv2d', () => {
  test.each<[string, Partial<DepthwiseConv2dAttributes>, number, number, number]>([
    ['3×3, padding 1', {}, 0, 0, 4464],
    ['3×3, stride 2', { stride: [2, 2] }, 0, 0, 4464],
    ['3×3, padding 2', { padding: { top: 2, bottom: 2, left: 2, right: 2 } }, 0, 2 * 6 * 9, 4464],
    ['5×5', { kernel: [5, 5] }, 0, 2 * 6 * 25, 4 * 124 * 25],
    ['1×1', { kernel: [1, 1] }, 0, 2 * 6, 4 * 124],
    ['multiplier 2', { multiplier: 2 }, 0, 0, 0],
  ])('scratch of %s over 6 channels', (_, change, c, dsp, mve) => {
    const call = lower('depthwiseConv2d', { ...same3, ...change }, [1, 8, 8, 6]);
    expect([call.function, call.scratch]).toEqual(['arm_depthwise_conv_wrapper_s8', scratch(c, dsp, mve)]);
  });

  test('carries the multiplier and the output channels of the filter', () => {
    const call = lower('depthwiseConv2d', { ...same3, multiplier: 3, stride: [2, 2] }, [1, 7, 8, 2]);
    expect(local(call, 'dw_conv_params')).toMatchObject({
      ch_mult: 3,
      stride: { w: 2, h: 2 },
      padding: { w: 0, h: 1 },
    });
    expect(local(call, 'filter_dims')).toEqual({ n: 1, h: 3, w: 3, c: 6 });
    expect(local(call, 'output_dims')).toEqual({ n: 1, h: 4, w: 4, c: 6 });
  });
});

test('averagePool carries the window; DSP cores sum in 4 bytes a channel', () => {
  const global = lower('averagePool', { window: 'global', activation: null }, [1, 7, 5, 20]);
  expect([global.function, global.scratch]).toEqual(['arm_avgpool_s8', scratch(0, 80, 0)]);
  expect(local(global, 'filter_dims')).toEqual({ n: 1, h: 7, w: 5, c: 1 });
  const padding = { top: 1, bottom: 0, left: 0, right: 1 };
  const window = lower(
    'averagePool',
    { window: { kernel: [2, 3], stride: [1, 2], padding }, activation: null },
    [1, 4, 6, 2],
  );
  expect(local(window, 'pool_params')).toMatchObject({ stride: { w: 2, h: 1 }, padding: { w: 0, h: 1 } });
});

test('mean carries the division in its factor and the zero points in its offsets', () => {
  const call = lower('mean', { keepDimensions: false }, [1, 7, 5, 20]);
  // 0.1 / 0.4 is 2^30 with the shift −1; 2^5 goes into the multiplier before it is divided by 35.
  const multiplier = Math.floor((2 ** 30 * 2 ** 5) / 35);
  expect([call.library, call.function, call.scratch]).toEqual(['snug', 'mean_s8', scratch(0, 0, 0)]);
  expect(numbers(call)).toEqual({
    pixels: 35,
    channels: 20,
    sum_offset: 35 * 5,
    multiplier,
    shift: -1 - 5,
    output_offset: 11,
  });
});

test('fullyConnected is a pointwise convolution of one pixel', () => {
  const call = lower('fullyConnected', { outputs: 10, activation: null }, [1, 24]);
  expect([call.function, call.scratch]).toEqual(['pointwise_s8', scratch(0, 0, 0)]);
  expect(local(call, 'input_dims')).toEqual({ n: 1, h: 1, w: 1, c: 24 });
  expect(local(call, 'filter_dims')).toEqual({ n: 10, h: 1, w: 1, c: 24 });
  expect(local(call, 'output_dims')).toEqual({ n: 1, h: 1, w: 1, c: 10 });
  // A map of several pixels is one vector to it.
  expect(local(lower('fullyConnected', { outputs: 2, activation: null }, [1, 2, 3, 4]), 'filter_dims')).toMatchObject({
    c: 24,
  });
});

test('add passes every factor and offset by value', () => {
  const call = lower('add', { activation: null }, [1, 2, 3, 4]);
  expect(call.function).toBe('arm_elementwise_add_s8');
  expect(numbers(call)).toMatchObject({
    input_1_offset: 5,
    input_1_mult: 2 ** 30,
    input_1_shift: 0,
    input_2_offset: 5,
    left_shift: 20,
    out_offset: 11,
    out_activation_min: -128,
    out_activation_max: 127,
    block_size: 24,
  });
});

test('softmax passes rows and row length', () => {
  const call = lower('softmax', {}, [1, 2, 3, 10]);
  expect(numbers(call)).toMatchObject({ num_rows: 6, row_size: 10, shift: 23, diff_min: -248 });
});

test('pad and clamp call helpers of snug’s own', () => {
  const pad = lower('pad', { top: 1, bottom: 2, left: 3, right: 4 }, [1, 2, 2, 1]);
  expect([pad.library, pad.function, numbers(pad)]).toEqual(['snug', 'pad_s8', { pad_value: 11 }]);
  expect([local(pad, 'before'), local(pad, 'after')]).toEqual([
    { w: 3, h: 1 },
    { w: 4, h: 2 },
  ]);
  const clamp = lower('clamp', { min: 0, max: 6 }, [1, 2, 2, 3]);
  expect([clamp.library, clamp.function, numbers(clamp)]).toEqual([
    'snug',
    'clamp_s8',
    { size: 12, activation_min: 11, activation_max: 26 },
  ]);
});

test('every argument and field names something that the call declares', () => {
  const calls = [
    lower('conv2d', conv3, [1, 6, 6, 4]),
    lower('depthwiseConv2d', same3, [1, 6, 6, 4]),
    lower('averagePool', { window: 'global', activation: null }, [1, 6, 6, 4]),
    lower('mean', { keepDimensions: true }, [1, 6, 6, 4]),
    lower('pad', { top: 1, bottom: 1, left: 1, right: 1 }, [1, 6, 6, 4]),
  ];
  for (const { arguments: args, locals, tables } of calls) {
    const named = args.flatMap(a => (a.kind === 'local' || a.kind === 'table' ? [`${a.kind} ${a.name}`] : []));
    const declared = [...locals.map(l => `local ${l.name}`), ...tables.map(t => `table ${t.name}`)];
    expect(declared).toEqual(expect.arrayContaining(named));
    expect(args.filter(a => a.kind === 'output')).toHaveLength(1);
  }
});
