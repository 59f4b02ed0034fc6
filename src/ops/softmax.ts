/**
 * softmax over the last axis: out[i] = exp(in[i] − max) / Σ_j exp(in[j] − max).
 *
 * int8: the output has scale 1/256 and zero point −128. With d = in − max, differences below `diffMin` give −128; the
 * others go through a fixed-point exponential in Q0.31, a sum in Q12.19 and a fixed-point reciprocal.
 * Source: TensorFlow Lite `reference_ops::Softmax` and gemmlowp `fixedpoint.h`. Lowers to `arm_softmax_s8`.
 */
import { z } from 'zod';
import { rescaleOutOfRange, shapeMismatch } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { INT8_MAX, INT8_MIN } from '../ir/quantization.ts';
import { elementsOf } from '../ir/shape.ts';
import { macs } from '../ir/units.ts';
import {
  clamp,
  divideByPowerOfTwo,
  quantizeMultiplier,
  saturatingDoublingHighMult,
  saturatingMultiplyByPowerOfTwo,
} from '../numerics/fixed-point.ts';
import { expOnNegativeValues, oneOverOnePlus } from '../numerics/fixed-point-exp.ts';
import { argument, NO_SCRATCH } from './lowering.ts';
import type { Operator } from './operator.ts';
import { isMultiplier, nothing } from './schemas.ts';

/** Integer bits of the scaled difference (Q5.26) and of the sum of exponentials (Q12.19). */
const DIFFERENCE_BITS = 5;
const SUM_BITS = 12;
/** Exponentials are at most 2^19 in Q12.19, so that 4095 of them fit into int32. */
const MAX_ROW = 4095;

/** No attributes and no constants; the integers are derived from the input scale. */
export interface Softmax {
  readonly attributes: Record<never, never>;
  readonly float: Record<never, never>;
  /** `multiplier` and `shift` take differences to Q5.26; below `diffMin`, in steps of the input, exp counts as 0. */
  readonly quantized: { readonly multiplier: number; readonly shift: number; readonly diffMin: number };
}

/** The largest difference, in steps of the input, that a left shift keeps within Q5.26. */
const radiusOf = (shift: number): number =>
  Math.floor((2 ** DIFFERENCE_BITS - 1) * 2 ** (31 - DIFFERENCE_BITS - shift));

const rowLength = (shape: readonly number[]): number => shape.at(-1) ?? 1;

function softmaxRow(row: Int8Array, { multiplier, shift, diffMin }: Softmax['quantized'], out: Int8Array): void {
  const max = row.reduce((a, b) => Math.max(a, b), INT8_MIN);
  const exponential = (difference: number): number =>
    expOnNegativeValues(saturatingDoublingHighMult(saturatingMultiplyByPowerOfTwo(difference, shift), multiplier));
  let sum = 0;
  for (const value of row) {
    if (value - max >= diffMin) sum += divideByPowerOfTwo(exponential(value - max), SUM_BITS);
  }
  const headroom = Math.clz32(sum);
  const reciprocal = oneOverOnePlus(sum * 2 ** headroom - 2 ** 31);
  row.forEach((value, i) => {
    if (value - max < diffMin) {
      out[i] = INT8_MIN;
      return;
    }
    const product = saturatingDoublingHighMult(reciprocal, exponential(value - max));
    // With 512 or more equal maxima each share is below 1/512 and rounds to 0; the shift would leave 32 bits.
    const bits = SUM_BITS - headroom + 23;
    const share = bits > 31 ? 0 : divideByPowerOfTwo(product, bits);
    out[i] = clamp(share + INT8_MIN, INT8_MIN, INT8_MAX);
  });
}

export const softmax: Operator<Softmax> = {
  inputs: 1,
  inPlace: false,
  schema: {
    attributes: nothing,
    parameters: z
      .strictObject({ multiplier: z.int().min(1), shift: z.int(), diffMin: z.int().max(0) })
      .refine(
        ({ multiplier, shift, diffMin }) => isMultiplier(multiplier, shift, 0, 31) && -diffMin <= radiusOf(shift),
        'expected a factor in fixed point and the least difference that it allows',
      ),
  },
  outputRange: { scale: 1 / 256, zeroPoint: INT8_MIN },
  outputShape(_attributes, [input = []], origin) {
    if (rowLength(input) > MAX_ROW) {
      const problem = `softmax over ${rowLength(input)} values; their exponentials may overflow int32 beyond ${MAX_ROW}`;
      throw new SnugError(shapeMismatch({ problem }, origin));
    }
    return input;
  },
  parameterShapes: () => ({}),
  macs: () => macs(0),

  runFloat({ inputs: [input], output }) {
    const length = rowLength(output.shape);
    for (let start = 0; start < output.data.length; start += length) {
      const row = input!.data.subarray(start, start + length);
      const max = row.reduce((a, b) => Math.max(a, b), -Infinity);
      const exponentials = Float64Array.from(row, value => Math.exp(value - max));
      const sum = exponentials.reduce((a, b) => a + b, 0);
      output.data.set(
        exponentials.map(value => value / sum),
        start,
      );
    }
  },

  quantize({ inputs: [input], origin }) {
    const factor = Math.min(input!.quantization.scale * 2 ** (31 - DIFFERENCE_BITS), 2 ** 31 - 1);
    const { multiplier, shift } = quantizeMultiplier(factor);
    // The kernels shift differences to the left only.
    if (shift < 0 || multiplier === 0) throw new SnugError(rescaleOutOfRange({ factor }, origin));
    return { multiplier, shift, diffMin: -radiusOf(shift) };
  },

  runInt8({ parameters, inputs: [input], output }) {
    const length = rowLength(output.shape);
    for (let start = 0; start < output.data.length; start += length) {
      softmaxRow(input!.data.subarray(start, start + length), parameters, output.data.subarray(start, start + length));
    }
  },

  lower: ({ parameters: { multiplier, shift, diffMin }, output }) => ({
    kind: 'call',
    call: {
      library: 'cmsis-nn',
      function: 'arm_softmax_s8',
      returnsStatus: false,
      tables: [],
      locals: [],
      arguments: [
        argument.input(0),
        argument.number('num_rows', elementsOf(output.shape) / rowLength(output.shape)),
        argument.number('row_size', rowLength(output.shape)),
        argument.number('mult', multiplier),
        argument.number('shift', shift),
        argument.number('diff_min', diffMin),
        argument.output,
      ],
      scratch: NO_SCRATCH,
    },
  }),
};
