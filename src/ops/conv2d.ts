/**
 * conv2d: convolution over height and width with a fused activation, weights [out, kh, kw, in / groups] (OHWI).
 *
 *   acc[y, x, o] = bias[o] + Σ_{i,j,c} (in[y·s + i − top, x·s + j − left, c] − zp_in) · w[o, i, j, c]   (int32)
 *   out[y, x, o] = clamp(requantize(acc, M[o]) + zp_out, activation)
 *
 * Taps outside the input contribute nothing. With `groups`, output channel o sees the input channels of its group only.
 * Lowers to `pointwise_s8` of snug's own where it is pointwise with stride 1, otherwise to `arm_convolve_wrapper_s8`.
 */
import { z } from 'zod';
import { invalidAttribute, shapeMismatch } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { KernelCall, ScratchBytes } from '../ir/kernel-call.ts';
import type { RealClamp } from '../ir/quantization.ts';
import { elementsOf, formatShape, type MapShape, mapShape, type Shape } from '../ir/shape.ts';
import { bytes, macs } from '../ir/units.ts';
import { clamp } from '../numerics/fixed-point.ts';
import { matmulFloat, matmulInt8 } from '../numerics/matmul.ts';
import { dilationOf, isRowWindow, isTurnable, needsZeroRow, turned, withZeroRow } from './cmsis-nn-detours.ts';
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
import { flowWindow, gatheredConvolution, pointwiseFlow, rowsOf, rowsOfRowWindow } from './flow.ts';
import {
  activationFields,
  convolutionArguments,
  dims,
  NO_SCRATCH,
  pointwiseScratch,
  roundUp,
  struct,
  tile,
} from './lowering.ts';
import type { Operator } from './operator.ts';
import { activation, count, windowFields } from './schemas.ts';
import { resolvePadding, validTaps, type Window, windowOutputShape } from './window.ts';

/** `groups` divides the input and the output channels. */
export interface Conv2dAttributes extends Window {
  readonly outputChannels: number;
  readonly groups: number;
  readonly activation: RealClamp | null;
}

/** Weights are OHWI, the bias has one value for each output channel. */
export interface Conv2d {
  readonly attributes: Conv2dAttributes;
  readonly float: ConvolutionParameters & Record<string, Float32Array>;
  readonly quantized: QuantizedConvolution;
}

function isPointwise({ kernel, stride, padding }: Window, input: MapShape): boolean {
  const pad = resolvePadding({ kernel, stride, padding }, input);
  return [...kernel, ...stride].every(v => v === 1) && Object.values(pad).every(v => v === 0);
}

/**
 * Copies the windows of one output row and one group next to each other: row x of the result holds the kh · kw · c values
 * that output pixel x sees, with `outside` where the window leaves the input.
 */
function gatherRow<Data extends Float32Array | Int8Array>(
  attributes: Conv2dAttributes,
  input: { readonly shape: Shape; readonly data: Data },
  row: { readonly y: number; readonly width: number; readonly group: number },
  outside: number,
  into: Data,
): void {
  const map = mapShape(input.shape);
  const { top, left } = resolvePadding(attributes, map);
  const [kernelHeight, kernelWidth] = attributes.kernel;
  const channels = map.channels / attributes.groups;
  into.fill(outside);
  const vertical = validTaps(row.y, attributes.stride[0], top, kernelHeight, map.height);
  for (let x = 0; x < row.width; x += 1) {
    const horizontal = validTaps(x, attributes.stride[1], left, kernelWidth, map.width);
    for (let i = vertical.begin; i < vertical.end; i += 1) {
      for (let j = horizontal.begin; j < horizontal.end; j += 1) {
        const from = ((vertical.start + i) * map.width + horizontal.start + j) * map.channels + row.group * channels;
        const to = ((x * kernelHeight + i) * kernelWidth + j) * channels;
        for (let c = 0; c < channels; c += 1) into[to + c] = input.data[from + c]!;
      }
    }
  }
}

/** Calls `compute` for each output row and group with the gathered windows; pointwise rows are used where they lie. */
function forEachRow<Data extends Float32Array | Int8Array>(
  attributes: Conv2dAttributes,
  input: { readonly shape: Shape; readonly data: Data },
  output: MapShape,
  outside: number,
  allocate: (length: number) => Data,
  compute: (windows: Data, y: number, group: number) => void,
): void {
  const map = mapShape(input.shape);
  const depth = (attributes.kernel[0] * attributes.kernel[1] * map.channels) / attributes.groups;
  const direct = attributes.groups === 1 && isPointwise(attributes, map);
  const windows = allocate(direct ? 0 : output.width * depth);
  for (let y = 0; y < output.height; y += 1) {
    for (let group = 0; group < attributes.groups; group += 1) {
      if (direct) {
        compute(input.data.subarray(y * output.width * depth, (y + 1) * output.width * depth) as Data, y, group);
      } else {
        gatherRow(attributes, input, { y, width: output.width, group }, outside, windows);
        compute(windows, y, group);
      }
    }
  }
}

/**
 * Scratch of `arm_convolve_wrapper_s8`: none for an ungrouped 1 × 1 window without padding, otherwise im2col of two windows
 * (C, DSP) or four (MVE), by all input channels even where they are grouped.
 */
function scratchOf(attributes: Conv2dAttributes, input: MapShape): ScratchBytes {
  const { kernel, groups } = attributes;
  const column = kernel[0] * kernel[1] * input.channels;
  if (groups === 1 && column === input.channels && dilationOf(attributes, input)[0] === 1) return NO_SCRATCH;
  const twoColumns = bytes(4 * roundUp(column, 4));
  return { c: twoColumns, dsp: twoColumns, mve: bytes(4 * roundUp(column, 16)) };
}

/** The window that is computed: with a row of zeros below where CMSIS-NN's path for one row would be wrong. */
function kernelOf(attributes: Conv2dAttributes, input: MapShape, output: Shape): Window['kernel'] {
  const { kernel } = attributes;
  return needsZeroRow(attributes, input, mapShape(output)) ? [2, kernel[1]] : kernel;
}

export const conv2d: Operator<Conv2d> = {
  inputs: 1,
  inPlace: false,
  outputRange: 'calibrated',
  schema: {
    attributes: z.strictObject({ ...windowFields, outputChannels: count, groups: count, activation }),
    parameters: quantizedConvolution,
  },
  prove: call =>
    proveConvolution(
      call,
      conv2d.parameterShapes(
        call.attributes,
        call.inputs.map(({ shape }) => shape),
      ),
      'first',
    ),
  outputShape(attributes, [input = []], origin) {
    const { outputChannels, groups } = attributes;
    if (input.length !== 4) {
      throw new SnugError(shapeMismatch({ problem: `conv2d takes a feature map, not ${formatShape(input)}` }, origin));
    }
    const map = mapShape(input);
    if (!Number.isInteger(groups) || groups < 1 || map.channels % groups !== 0 || outputChannels % groups !== 0) {
      throw new SnugError(
        invalidAttribute(
          {
            name: 'groups',
            value: `${groups}`,
            expected: `a divisor of ${map.channels} input and ${outputChannels} output channels`,
          },
          origin,
        ),
      );
    }
    return windowOutputShape(attributes, map, outputChannels, origin);
  },
  parameterShapes({ outputChannels, kernel, groups }, [input = []]) {
    return { weights: [outputChannels, ...kernel, mapShape(input).channels / groups], bias: [outputChannels] };
  },
  macs({ kernel, groups }, [input = []], output) {
    return macs((elementsOf(output) * kernel[0] * kernel[1] * mapShape(input).channels) / groups);
  },

  runFloat({ attributes, parameters, inputs: [input], output }) {
    const out = mapShape(output.shape);
    const columns = out.channels / attributes.groups;
    const depth = parameters.weights.length / out.channels;
    const { min, max } = attributes.activation ?? { min: -Infinity, max: Infinity };
    const sums = new Float32Array(out.width * columns);
    forEachRow(
      attributes,
      input!,
      out,
      0,
      length => new Float32Array(length),
      (windows, y, group) => {
        const first = group * columns;
        const weights = parameters.weights.subarray(first * depth, (first + columns) * depth);
        const bias = parameters.bias.subarray(first, first + columns);
        matmulFloat(windows, weights, bias, sums, { rows: out.width, columns, depth });
        for (let x = 0; x < out.width; x += 1) {
          const to = (y * out.width + x) * out.channels + first;
          for (let o = 0; o < columns; o += 1) output.data[to + o] = clamp(sums[x * columns + o]!, min, max);
        }
      },
    );
  },

  quantize: call => quantizeConvolution(call, 'first', call.attributes.activation),

  runInt8({ attributes, parameters, inputs: [input], output }) {
    const out = mapShape(output.shape);
    const columns = out.channels / attributes.groups;
    const depth = parameters.weights.length / out.channels;
    const { zeroPoint } = input!.quantization;
    const sums = new Int32Array(out.width * columns);
    forEachRow(
      attributes,
      input!,
      out,
      zeroPoint,
      length => new Int8Array(length),
      (windows, y, group) => {
        const first = group * columns;
        const weights = parameters.weights.subarray(first * depth, (first + columns) * depth);
        const bias = parameters.bias.subarray(first, first + columns);
        matmulInt8(windows, -zeroPoint, weights, bias, sums, { rows: out.width, columns, depth });
        for (let x = 0; x < out.width; x += 1) {
          const to = (y * out.width + x) * out.channels + first;
          for (let o = 0; o < columns; o += 1) {
            output.data[to + o] = requantizeTo(
              sums[x * columns + o]!,
              first + o,
              parameters,
              output.quantization.zeroPoint,
            );
          }
        }
      },
    );
  },

  lower({ attributes, parameters, inputs: [input], output }) {
    const map = mapShape(input!.shape);
    const { stride, groups, outputChannels } = attributes;
    const kernel = kernelOf(attributes, map, output.shape);
    const { top, left } = resolvePadding(attributes, map);
    const pointwise = groups === 1 && isPointwise(attributes, map);
    const channels = map.channels / groups;
    const taller = kernel[0] !== attributes.kernel[0];
    const weights = taller ? withZeroRow(parameters.weights, kernel[1] * channels) : parameters.weights;
    const call: KernelCall = {
      library: pointwise ? 'snug' : 'cmsis-nn',
      function: pointwise ? 'pointwise_s8' : 'arm_convolve_wrapper_s8',
      returnsStatus: true,
      tables: convolutionTables(
        { ...parameters, weights },
        `[out ${outputChannels}][kh ${kernel[0]}][kw ${kernel[1]}][in ${channels}]`,
      ),
      locals: [
        struct('cmsis_nn_conv_params', 'conv_params', {
          input_offset: -input!.quantization.zeroPoint,
          output_offset: output.quantization.zeroPoint,
          stride: tile(stride),
          padding: tile([top, left]),
          dilation: tile(dilationOf(attributes, map)),
          activation: activationFields(parameters.activation),
        }),
        PER_CHANNEL,
        dims('input_dims', input!.shape),
        dims('filter_dims', [outputChannels, ...kernel, channels]),
        dims('bias_dims', [1, 1, 1, outputChannels]),
        dims('output_dims', output.shape),
      ],
      arguments: convolutionArguments('conv_params'),
      ...(pointwise ? pointwiseScratch(map.channels) : { scratch: scratchOf({ ...attributes, kernel }, map) }),
    };
    return { kind: 'call', call: isTurnable(attributes, map, mapShape(output.shape)) ? turned(call) : call };
  },

  flow({ attributes, inputs: [input], output }, whole) {
    const map = mapShape(input!.shape);
    if (attributes.groups === 1 && isPointwise(attributes, map)) return pointwiseFlow(whole);
    const kernel = kernelOf(attributes, map, output.shape);
    const padding = resolvePadding(attributes, map);
    const window = flowWindow({ ...attributes, kernel, padding }, map, mapShape(output.shape));
    const depth = kernel[0] * kernel[1] * map.channels;
    const columns = { bytes: bytes(depth), outside: input!.quantization.zeroPoint };
    // Channels of a group do not lie side by side in a gathered window.
    const pixels = attributes.groups === 1 ? { call: gatheredConvolution(whole, depth), columns } : null;
    return {
      kind: 'window',
      window,
      pixels,
      rows: isRowWindow({ ...attributes, kernel }) ? rowsOfRowWindow(whole, window) : rowsOf(whole, window),
    };
  },
};
