/**
 * depthwiseConv2d: every input channel has filters of its own, weights [1, kh, kw, channels · multiplier] (1HWC); output
 * channel o = c · multiplier + m reads input channel c.
 *
 *   acc[y, x, o] = bias[o] + Σ_{i,j} (in[y·s + i − top, x·s + j − left, c] − zp_in) · w[i, j, o]   (int32)
 *   out[y, x, o] = clamp(requantize(acc, M[o]) + zp_out, activation)
 *
 * Taps outside the input contribute nothing. Lowers to `arm_depthwise_conv_wrapper_s8`; where pixels flow through a line
 * buffer that wraps around, to `depthwise_ring_s8` of snug's own.
 */
import { z } from 'zod';
import { invalidAttribute, shapeMismatch } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { KernelCall, ScratchBytes } from '../ir/kernel-call.ts';
import type { RealClamp } from '../ir/quantization.ts';
import { elementsOf, formatShape, type MapShape, mapShape, type Shape } from '../ir/shape.ts';
import { bytes, macs } from '../ir/units.ts';
import { clamp } from '../numerics/fixed-point.ts';
import {
  dilationOf,
  isRowWindow,
  isTurnable,
  leavesMiddleColumn,
  needsZeroRow,
  paddedTables,
  turned,
  withZeroColumn,
  withZeroRow,
} from './cmsis-nn-detours.ts';
import {
  type ConvolutionParameters,
  convolutionTables,
  PER_CHANNEL,
  proveConvolution,
  type QuantizedConvolution,
  quantizeConvolution,
  quantizedConvolution,
  requantizeTo,
} from './convolution-quantization.ts';
import { count, flowWindow, rowsOf, rowsOfRowWindow } from './flow.ts';
import {
  activationFields,
  argument,
  convolutionArguments,
  dims,
  NO_SCRATCH,
  roundUp,
  struct,
  tile,
} from './lowering.ts';
import type { Operator } from './operator.ts';
import { activation, count as countSchema, windowFields } from './schemas.ts';
import { resolvePadding, validTaps, type Window, windowOutputShape } from './window.ts';

/** Channels that CMSIS-NN's MVE kernel gathers at a time. */
const MVE_CHANNEL_BLOCK = 124;

/** Output channels follow from the input, so that they are no attribute. */
export interface DepthwiseConv2dAttributes extends Window {
  /** Output channels per input channel. */
  readonly multiplier: number;
  readonly activation: RealClamp | null;
}

/** Weights are 1HWC, the bias has one value for each output channel. */
export interface DepthwiseConv2d {
  readonly attributes: DepthwiseConv2dAttributes;
  readonly float: ConvolutionParameters & Record<string, Float32Array>;
  readonly quantized: QuantizedConvolution;
}

/**
 * Adds up one output pixel: sums[o] += Σ (in + offset) · w over the taps inside the input. Products of the int8 version
 * are integers far below 2^53, so the same loop is exact for both.
 */
function accumulatePixel(
  attributes: DepthwiseConv2dAttributes,
  input: { readonly shape: Shape; readonly data: Float32Array | Int8Array },
  offset: number,
  weights: Float32Array | Int8Array,
  position: { readonly y: number; readonly x: number },
  sums: Float64Array,
): void {
  const map = mapShape(input.shape);
  const { kernel, stride, multiplier } = attributes;
  const { top, left } = resolvePadding(attributes, map);
  const vertical = validTaps(position.y, stride[0], top, kernel[0], map.height);
  const horizontal = validTaps(position.x, stride[1], left, kernel[1], map.width);
  const { data } = input;
  for (let i = vertical.begin; i < vertical.end; i += 1) {
    for (let j = horizontal.begin; j < horizontal.end; j += 1) {
      const from = ((vertical.start + i) * map.width + horizontal.start + j) * map.channels;
      let o = 0;
      let tap = (i * kernel[1] + j) * sums.length;
      for (let c = 0; c < map.channels; c += 1) {
        const value = data[from + c]! + offset;
        for (let m = 0; m < multiplier; m += 1, o += 1, tap += 1) sums[o]! += value * weights[tap]!;
      }
    }
  }
}

/**
 * Scratch of `arm_depthwise_conv_wrapper_s8`. Cores without MVE compute 3 × 3 windows with padding ≤ 1 without a buffer;
 * other shapes of one output channel per input channel take an im2col buffer. With one input channel and several
 * outputs, MVE transposes the weights and convolves.
 */
function scratchOf(attributes: DepthwiseConv2dAttributes, input: MapShape): ScratchBytes {
  const { kernel, multiplier } = attributes;
  const taps = kernel[0] * kernel[1];
  const { top, left } = resolvePadding(attributes, input);
  if (multiplier !== 1) {
    return { ...NO_SCRATCH, mve: bytes(input.channels === 1 ? 4 * roundUp(taps, 16) + taps * multiplier : 0) };
  }
  const small = kernel[0] === 3 && kernel[1] === 3 && top <= 1 && left <= 1;
  return { c: bytes(0), dsp: bytes(small ? 0 : 2 * input.channels * taps), mve: bytes(4 * MVE_CHANNEL_BLOCK * taps) };
}

/** True where MVE takes the functions of conv2d. */
function convolvesOnMve({ multiplier }: DepthwiseConv2dAttributes, { channels }: MapShape): boolean {
  return channels === 1 && multiplier > 1;
}

/**
 * The window that is computed: with one column more, of zeros, where CMSIS-NN's path for 3 × 3 would read too far, and with
 * one row more where its path for one row would be wrong.
 */
function kernelOf(
  attributes: DepthwiseConv2dAttributes,
  input: MapShape,
  output: Shape,
): readonly [height: number, width: number] {
  const { kernel, multiplier } = attributes;
  const map = mapShape(output);
  if (multiplier === 1 && leavesMiddleColumn(attributes, input, map.width)) return [kernel[0], kernel[1] + 1];
  return convolvesOnMve(attributes, input) && needsZeroRow(attributes, input, map) ? [2, kernel[1]] : kernel;
}

/** The weights of the window that is computed. */
function weightsOf(
  weights: Int8Array,
  given: Window['kernel'],
  computed: Window['kernel'],
  channels: number,
): Int8Array {
  if (computed[1] > given[1]) return withZeroColumn(weights, given, channels);
  return computed[0] > given[0] ? withZeroRow(weights, given[1] * channels) : weights;
}

export const depthwiseConv2d: Operator<DepthwiseConv2d> = {
  inputs: 1,
  inPlace: false,
  outputRange: 'calibrated',
  schema: {
    attributes: z.strictObject({ ...windowFields, multiplier: countSchema, activation }),
    parameters: quantizedConvolution,
  },
  prove: call =>
    proveConvolution(
      call,
      depthwiseConv2d.parameterShapes(
        call.attributes,
        call.inputs.map(({ shape }) => shape),
      ),
      'last',
    ),
  outputShape(attributes, [input = []], origin) {
    if (input.length !== 4) {
      throw new SnugError(
        shapeMismatch({ problem: `depthwiseConv2d takes a feature map, not ${formatShape(input)}` }, origin),
      );
    }
    const { multiplier } = attributes;
    if (!Number.isInteger(multiplier) || multiplier < 1) {
      throw new SnugError(
        invalidAttribute(
          { name: 'multiplier', value: `${multiplier}`, expected: 'a whole number of at least 1' },
          origin,
        ),
      );
    }
    const map = mapShape(input);
    return windowOutputShape(attributes, map, map.channels * multiplier, origin);
  },
  parameterShapes({ kernel, multiplier }, [input = []]) {
    const channels = mapShape(input).channels * multiplier;
    return { weights: [1, ...kernel, channels], bias: [channels] };
  },
  macs: ({ kernel }, _inputs, output) => macs(elementsOf(output) * kernel[0] * kernel[1]),

  runFloat({ attributes, parameters, inputs: [input], output }) {
    const out = mapShape(output.shape);
    const { min, max } = attributes.activation ?? { min: -Infinity, max: Infinity };
    const sums = new Float64Array(out.channels);
    for (let y = 0; y < out.height; y += 1) {
      for (let x = 0; x < out.width; x += 1) {
        sums.set(parameters.bias);
        accumulatePixel(attributes, input!, 0, parameters.weights, { y, x }, sums);
        const to = (y * out.width + x) * out.channels;
        for (let o = 0; o < out.channels; o += 1) output.data[to + o] = clamp(sums[o]!, min, max);
      }
    }
  },

  quantize: call => quantizeConvolution(call, 'last', call.attributes.activation),

  runInt8({ attributes, parameters, inputs: [input], output }) {
    const out = mapShape(output.shape);
    const sums = new Float64Array(out.channels);
    for (let y = 0; y < out.height; y += 1) {
      for (let x = 0; x < out.width; x += 1) {
        sums.set(parameters.bias);
        accumulatePixel(attributes, input!, -input!.quantization.zeroPoint, parameters.weights, { y, x }, sums);
        const to = (y * out.width + x) * out.channels;
        for (let o = 0; o < out.channels; o += 1) {
          output.data[to + o] = requantizeTo(sums[o]!, o, parameters, output.quantization.zeroPoint);
        }
      }
    }
  },

  lower({ attributes, parameters, inputs: [input], output }) {
    const map = mapShape(input!.shape);
    const { stride, multiplier } = attributes;
    const { top, left } = resolvePadding(attributes, map);
    const channels = map.channels * multiplier;
    const asConvolution = convolvesOnMve(attributes, map);
    const turnable = asConvolution && isTurnable(attributes, map, mapShape(output.shape));
    const kernel = kernelOf(attributes, map, output.shape);
    const weights = weightsOf(parameters.weights, attributes.kernel, kernel, channels);
    const call: KernelCall = {
      library: 'cmsis-nn',
      function: 'arm_depthwise_conv_wrapper_s8',
      returnsStatus: true,
      tables: paddedTables(
        convolutionTables({ ...parameters, weights }, `[kh ${kernel[0]}][kw ${kernel[1]}][out ${channels}]`),
        channels,
      ),
      locals: [
        struct('cmsis_nn_dw_conv_params', 'dw_conv_params', {
          input_offset: -input!.quantization.zeroPoint,
          output_offset: output.quantization.zeroPoint,
          ch_mult: multiplier,
          stride: tile(stride),
          padding: tile([top, left]),
          dilation: tile(asConvolution ? dilationOf(attributes, map) : [1, 1]),
          activation: activationFields(parameters.activation),
        }),
        PER_CHANNEL,
        dims('input_dims', input!.shape),
        dims('filter_dims', [1, ...kernel, channels]),
        dims('bias_dims', [1, 1, 1, channels]),
        dims('output_dims', output.shape),
      ],
      arguments: convolutionArguments('dw_conv_params'),
      scratch: scratchOf({ ...attributes, kernel }, map),
    };
    return { kind: 'call', call: turnable ? turned(call) : call };
  },

  flow({ attributes, parameters, inputs: [input], output }, whole) {
    const map = mapShape(input!.shape);
    const kernel = kernelOf(attributes, map, output.shape);
    const padding = resolvePadding(attributes, map);
    const window = flowWindow({ ...attributes, kernel, padding }, map, mapShape(output.shape));
    const call: KernelCall = {
      library: 'snug',
      function: 'depthwise_ring_s8',
      returnsStatus: false,
      tables: whole.tables,
      locals: [],
      arguments: [
        argument.window,
        argument.input(0),
        argument.runtime('capacity', { runtime: 'capacity' }),
        argument.runtime('position', { runtime: 'position' }),
        argument.runtime('count', count()),
        argument.number('channels', map.channels),
        argument.number('input_offset', -input!.quantization.zeroPoint),
        argument.number('output_offset', output.quantization.zeroPoint),
        argument.number('activation_min', parameters.activation.min),
        argument.number('activation_max', parameters.activation.max),
        argument.table('weights'),
        argument.table('bias'),
        argument.table('multipliers'),
        argument.table('shifts'),
        argument.output,
      ],
      scratch: NO_SCRATCH,
    };
    const pixels = attributes.multiplier === 1 ? { call, columns: null } : null;
    const turnable = convolvesOnMve(attributes, map) && isRowWindow({ ...attributes, kernel });
    return { kind: 'window', window, pixels, rows: turnable ? rowsOfRowWindow(whole, window) : rowsOf(whole, window) };
  },
};
