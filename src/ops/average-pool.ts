/**
 * averagePool: the mean over a window, or over the whole map where the window is `global`; taps outside the input are not
 * counted.
 *
 * int8: the output has the input's quantization; sum in int32, out = clamp((sum ± count / 2) / count), which rounds to
 * nearest with ties away from zero. Lowers to `arm_avgpool_s8`; where pixels flow, to sums that are kept until the last one
 * has arrived (`global`), or to `average_ring_s8`.
 */
import { z } from 'zod';
import { invalidAttribute, shapeMismatch } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type Int8Clamp, int8Clamp, type RealClamp } from '../ir/quantization.ts';
import { elementsOf, formatShape, type MapShape, mapShape, type Shape } from '../ir/shape.ts';
import { bytes, macs } from '../ir/units.ts';
import { clamp } from '../numerics/fixed-point.ts';
import { count, flowWindow, rowsOf } from './flow.ts';
import { activationFields, argument, dims, NO_SCRATCH, struct, tile } from './lowering.ts';
import type { Operator } from './operator.ts';
import { activation, int8Clamp as int8ClampSchema, windowFields } from './schemas.ts';
import { resolvePadding, validTaps, type Window, windowOutputShape } from './window.ts';

/** `global` means a window as large as the map, whatever its size. */
export interface AveragePool {
  readonly attributes: { readonly window: Window | 'global'; readonly activation: RealClamp | null };
  readonly float: Record<never, never>;
  readonly quantized: { readonly activation: Int8Clamp };
}

function windowOf({ window }: AveragePool['attributes'], input: MapShape): Window {
  return window === 'global' ? { kernel: [input.height, input.width], stride: [1, 1], padding: 'valid' } : window;
}

/** Sums of n int8 values, and half of n for rounding, stay within int32. */
const MAX_TAPS = 2 ** 23;

/** Calls `store(index, sum, count)` for every output element, `count` being the taps inside the input. */
function forEachMean(
  attributes: AveragePool['attributes'],
  input: { readonly shape: Shape; readonly data: Float32Array | Int8Array },
  output: Shape,
  store: (index: number, sum: number, count: number) => void,
): void {
  const map = mapShape(input.shape);
  const out = mapShape(output);
  const window = windowOf(attributes, map);
  const { top, left } = resolvePadding(window, map);
  const sums = new Float64Array(map.channels);
  for (let y = 0; y < out.height; y += 1) {
    const vertical = validTaps(y, window.stride[0], top, window.kernel[0], map.height);
    for (let x = 0; x < out.width; x += 1) {
      const horizontal = validTaps(x, window.stride[1], left, window.kernel[1], map.width);
      sums.fill(0);
      for (let i = vertical.begin; i < vertical.end; i += 1) {
        for (let j = horizontal.begin; j < horizontal.end; j += 1) {
          const from = ((vertical.start + i) * map.width + horizontal.start + j) * map.channels;
          for (let c = 0; c < map.channels; c += 1) sums[c]! += input.data[from + c]!;
        }
      }
      const count = (vertical.end - vertical.begin) * (horizontal.end - horizontal.begin);
      const to = (y * out.width + x) * map.channels;
      for (let c = 0; c < map.channels; c += 1) store(to + c, sums[c]!, count);
    }
  }
}

export const averagePool: Operator<AveragePool> = {
  inputs: 1,
  inPlace: false,
  outputRange: 'same-as-input',
  schema: {
    attributes: z.strictObject({ window: z.union([z.literal('global'), z.strictObject(windowFields)]), activation }),
    parameters: z.strictObject({ activation: int8ClampSchema }),
  },
  outputShape(attributes, [input = []], origin) {
    if (input.length !== 4) {
      throw new SnugError(
        shapeMismatch({ problem: `averagePool takes a feature map, not ${formatShape(input)}` }, origin),
      );
    }
    const map = mapShape(input);
    const window = windowOf(attributes, map);
    const output = windowOutputShape(window, map, map.channels, origin);
    if (window.kernel[0] * window.kernel[1] > MAX_TAPS) {
      const problem = `averagePool over ${window.kernel.join('×')}; sums of more than ${MAX_TAPS} values may overflow int32`;
      throw new SnugError(shapeMismatch({ problem }, origin));
    }
    const { top, bottom, left, right } = resolvePadding(window, map);
    if (Math.max(top, bottom) >= window.kernel[0] || Math.max(left, right) >= window.kernel[1]) {
      // A window that lies in the padding alone would have no mean.
      const expected = 'less than the kernel on every side';
      throw new SnugError(
        invalidAttribute({ name: 'padding', value: [top, bottom, left, right].join(', '), expected }, origin),
      );
    }
    return output;
  },
  parameterShapes: () => ({}),
  macs: () => macs(0),

  runFloat({ attributes, inputs: [input], output }) {
    const { min, max } = attributes.activation ?? { min: -Infinity, max: Infinity };
    forEachMean(attributes, input!, output.shape, (i, sum, count) => {
      output.data[i] = clamp(sum / count, min, max);
    });
  },

  quantize: ({ attributes, output }) => ({ activation: int8Clamp(attributes.activation, output.quantization) }),

  runInt8({ attributes, parameters: { activation }, inputs: [input], output }) {
    forEachMean(attributes, input!, output.shape, (i, sum, count) => {
      const half = Math.floor(count / 2);
      const mean = Math.trunc((sum > 0 ? sum + half : sum - half) / count);
      output.data[i] = clamp(mean, activation.min, activation.max);
    });
  },

  lower({ attributes, parameters, inputs: [input], output }) {
    const map = mapShape(input!.shape);
    const window = windowOf(attributes, map);
    const { top, left } = resolvePadding(window, map);
    return {
      kind: 'call',
      call: {
        library: 'cmsis-nn',
        function: 'arm_avgpool_s8',
        returnsStatus: true,
        tables: [],
        locals: [
          struct('cmsis_nn_pool_params', 'pool_params', {
            stride: tile(window.stride),
            padding: tile([top, left]),
            activation: activationFields(parameters.activation),
          }),
          dims('input_dims', input!.shape),
          dims('filter_dims', [1, ...window.kernel, 1]),
          dims('output_dims', output.shape),
        ],
        arguments: [
          argument.context,
          argument.local('pool_params'),
          argument.local('input_dims'),
          argument.input(0),
          argument.local('filter_dims'),
          argument.local('output_dims'),
          argument.output,
        ],
        // DSP cores add up one pixel's channels in int32.
        scratch: { c: bytes(0), dsp: bytes(4 * elementsOf([map.channels])), mve: bytes(0) },
      },
    };
  },

  flow({ attributes, parameters: { activation }, inputs: [input], output }, whole) {
    const map = mapShape(input!.shape);
    const window = flowWindow(windowOf(attributes, map), map, mapShape(output.shape));
    const base = { library: 'snug', returnsStatus: false, tables: [], locals: [], scratch: NO_SCRATCH } as const;
    const limits = [
      argument.number('activation_min', activation.min),
      argument.number('activation_max', activation.max),
    ];
    const channels = argument.number('channels', map.channels);
    const pixels = argument.runtime('count', count());
    if (attributes.window === 'global') {
      const area = argument.number('pixels', map.height * map.width);
      return {
        kind: 'reduce',
        accumulate: {
          ...base,
          function: 'accumulate_s8',
          arguments: [argument.input(0), pixels, channels, argument.output],
        },
        finish: {
          ...base,
          function: 'mean_of_sums_s8',
          arguments: [argument.input(0), area, channels, ...limits, argument.output],
        },
        sumBytes: bytes(4 * map.channels),
      };
    }
    const ring = [
      argument.window,
      argument.input(0),
      argument.runtime('capacity', { runtime: 'capacity' }),
      argument.runtime('position', { runtime: 'position' }),
    ];
    const call = {
      ...base,
      function: 'average_ring_s8',
      arguments: [...ring, pixels, channels, ...limits, argument.output],
    };
    return { kind: 'window', window, pixels: { call, columns: null }, rows: rowsOf(whole, window) };
  },
};
