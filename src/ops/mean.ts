/**
 * mean: the mean of a feature map over height and width with a quantization of its own, which averagePool does not have.
 *
 *   n    = height · width,  s = min(floor(log2 n), 31 + shift)       multiplier and shift hold s_in / s_out
 *   m    = floor(multiplier · 2^s / n)                               64-bit quotient
 *   out  = clamp(requantize(Σ in − n · zp_in, m, shift − s) + zp_out, −128, 127)
 *
 * Source: TensorFlow Lite `reference_ops::QuantizedMeanOrSum` as of 2.21. Lowers to `mean_s8`; where pixels flow, to sums that
 * are kept until the last one has arrived.
 */
import { z } from 'zod';
import { rescaleOutOfRange, shapeMismatch } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { Argument } from '../ir/kernel-call.ts';
import { INT8_MAX, INT8_MIN } from '../ir/quantization.ts';
import { formatShape, type MapShape, mapShape, type Shape } from '../ir/shape.ts';
import { bytes, macs } from '../ir/units.ts';
import { clamp, type Multiplier, quantizeMultiplier, requantize } from '../numerics/fixed-point.ts';
import { count } from './flow.ts';
import { argument, NO_SCRATCH } from './lowering.ts';
import type { LowerCall, Operator } from './operator.ts';
import { multiplier as multiplierSchema } from './schemas.ts';

/** Sums of n values, each within 255 of the zero point, stay within int32. */
const MAX_PIXELS = 2 ** 23;
/** With it the sum's left shift and the zero point stay within int32: 255 · n · 2^(21 − floor(log2 n)) < 2^30. */
const MAX_SHIFT = 21;

/** With `keepDimensions` the output is [1, 1, 1, channels], otherwise [1, channels]. */
export interface Mean {
  readonly attributes: { readonly keepDimensions: boolean };
  readonly float: Record<never, never>;
  /** s_in / s_out in fixed point, without the number of pixels, so that it holds for maps of any size. */
  readonly quantized: Multiplier;
}

const pixelsOf = ({ height, width }: MapShape): number => height * width;

/** The factor with the division by the number of pixels in it; its multiplier may be below 2^30. */
function factorOf({ multiplier, shift }: Multiplier, pixels: number): Multiplier {
  const more = Math.min(31 - Math.clz32(pixels), 31 + shift);
  return { multiplier: Number((BigInt(multiplier) << BigInt(more)) / BigInt(pixels)), shift: shift - more };
}

function sumsOf(input: { readonly shape: Shape; readonly data: Float32Array | Int8Array }): Float64Array {
  const { channels } = mapShape(input.shape);
  const sums = new Float64Array(channels);
  for (let from = 0; from < input.data.length; from += channels) {
    for (let c = 0; c < channels; c += 1) sums[c]! += input.data[from + c]!;
  }
  return sums;
}

/** What the kernels take behind the sum: offset, multiplier, shift and the zero point of the output. */
function factorArguments({ parameters, inputs: [input], output }: LowerCall<Mean>): readonly Argument[] {
  const pixels = pixelsOf(mapShape(input!.shape));
  const { multiplier, shift } = factorOf(parameters, pixels);
  return [
    // Never −0, which would be printed as such.
    argument.number('sum_offset', 0 - pixels * input!.quantization.zeroPoint),
    argument.number('multiplier', multiplier),
    argument.number('shift', shift),
    argument.number('output_offset', output.quantization.zeroPoint),
    argument.output,
  ];
}

const CALL = { library: 'snug', returnsStatus: false, tables: [], locals: [], scratch: NO_SCRATCH } as const;

export const mean: Operator<Mean> = {
  inputs: 1,
  inPlace: false,
  outputRange: 'calibrated',
  schema: { attributes: z.strictObject({ keepDimensions: z.boolean() }), parameters: multiplierSchema(MAX_SHIFT) },
  outputShape({ keepDimensions }, [input = []], origin) {
    if (input.length !== 4) {
      throw new SnugError(shapeMismatch({ problem: `mean takes a feature map, not ${formatShape(input)}` }, origin));
    }
    const map = mapShape(input);
    if (pixelsOf(map) > MAX_PIXELS) {
      const problem = `mean over ${pixelsOf(map)} pixels; their sum may overflow int32 beyond ${MAX_PIXELS}`;
      throw new SnugError(shapeMismatch({ problem }, origin));
    }
    return keepDimensions ? [map.batch, 1, 1, map.channels] : [map.batch, map.channels];
  },
  parameterShapes: () => ({}),
  macs: () => macs(0),

  runFloat({ inputs: [input], output }) {
    const pixels = pixelsOf(mapShape(input!.shape));
    output.data.set(sumsOf(input!).map(sum => sum / pixels));
  },

  quantize({ inputs: [input], output, origin }) {
    const factor = input!.quantization.scale / output.quantization.scale;
    const parameters = quantizeMultiplier(factor);
    if (parameters.shift > MAX_SHIFT) throw new SnugError(rescaleOutOfRange({ factor }, origin));
    return parameters;
  },

  runInt8({ parameters, inputs: [input], output }) {
    const pixels = pixelsOf(mapShape(input!.shape));
    const { multiplier, shift } = factorOf(parameters, pixels);
    const offset = pixels * input!.quantization.zeroPoint;
    sumsOf(input!).forEach((sum, c) => {
      const value = requantize(sum - offset, multiplier, shift) + output.quantization.zeroPoint;
      output.data[c] = clamp(value, INT8_MIN, INT8_MAX);
    });
  },

  lower(call) {
    const map = mapShape(call.inputs[0]!.shape);
    return {
      kind: 'call',
      call: {
        ...CALL,
        function: 'mean_s8',
        arguments: [
          argument.input(0),
          argument.number('pixels', pixelsOf(map)),
          argument.number('channels', map.channels),
          ...factorArguments(call),
        ],
      },
    };
  },

  flow(call) {
    const channels = argument.number('channels', mapShape(call.inputs[0]!.shape).channels);
    const pixels = argument.runtime('count', count());
    return {
      kind: 'reduce',
      accumulate: {
        ...CALL,
        function: 'accumulate_s8',
        arguments: [argument.input(0), pixels, channels, argument.output],
      },
      finish: {
        ...CALL,
        function: 'rescaled_mean_of_sums_s8',
        arguments: [argument.input(0), channels, ...factorArguments(call)],
      },
      sumBytes: bytes(4 * mapShape(call.inputs[0]!.shape).channels),
    };
  },
};
