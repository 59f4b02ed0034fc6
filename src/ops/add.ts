/**
 * add: the sum of two tensors of one shape with a fused activation; the residual connection of MobileNetV2.
 *
 *   a = requantize((in1 − zp1) · 2^20, s1 / (2 · max(s1, s2)))           (int32)
 *   b = requantize((in2 − zp2) · 2^20, s2 / (2 · max(s1, s2)))
 *   out = clamp(requantize(a + b, 2 · max(s1, s2) / (2^20 · s_out)) + zp_out, activation)
 *
 * Source: TensorFlow Lite `reference_integer_ops::Add`. Lowers to `arm_elementwise_add_s8`, which may run in place.
 */
import { z } from 'zod';
import { rescaleOutOfRange, shapeMismatch } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type Int8Clamp, int8Clamp, type RealClamp } from '../ir/quantization.ts';
import { elementsOf, formatShape, sameShape } from '../ir/shape.ts';
import { macs } from '../ir/units.ts';
import { clamp, type Multiplier, quantizeMultiplier, requantize } from '../numerics/fixed-point.ts';
import { elementwiseFlow } from './flow.ts';
import { argument, NO_SCRATCH } from './lowering.ts';
import type { Operator } from './operator.ts';
import { activation, int8Clamp as int8ClampSchema, multiplier } from './schemas.ts';

const LEFT_SHIFT = 20;
/** Both terms are at most 255 · 2^20 / 2, so their sum stays below 2^28 and allows a left shift of 3. */
const MAX_SUM_SHIFT = 3;

/** Two inputs of one shape and no constants. */
export interface Add {
  readonly attributes: { readonly activation: RealClamp | null };
  readonly float: Record<never, never>;
  readonly quantized: {
    /** s1 / (2 · max(s1, s2)), the same with s2, and the factor of the sum, in fixed point. */
    readonly first: Multiplier;
    readonly second: Multiplier;
    readonly sum: Multiplier;
    readonly activation: Int8Clamp;
  };
}

export const add: Operator<Add> = {
  inputs: 2,
  inPlace: true,
  outputRange: 'calibrated',
  schema: {
    attributes: z.strictObject({ activation }),
    parameters: z.strictObject({
      // Inputs are scaled by 1/2 at most, and the sum as `quantize` allows.
      first: multiplier(0),
      second: multiplier(0),
      sum: multiplier(MAX_SUM_SHIFT),
      activation: int8ClampSchema,
    }),
  },
  outputShape(_attributes, [first = [], second = []], origin) {
    if (!sameShape(first, second)) {
      throw new SnugError(
        shapeMismatch(
          { problem: `add takes two tensors of one shape, not ${formatShape(first)} and ${formatShape(second)}` },
          origin,
        ),
      );
    }
    return first;
  },
  parameterShapes: () => ({}),
  macs: () => macs(0),

  runFloat({ attributes, inputs: [first, second], output }) {
    const { min, max } = attributes.activation ?? { min: -Infinity, max: Infinity };
    for (let i = 0; i < output.data.length; i += 1) {
      output.data[i] = clamp(first!.data[i]! + second!.data[i]!, min, max);
    }
  },

  quantize({ attributes, inputs: [first, second], output, origin }) {
    const twice = 2 * Math.max(first!.quantization.scale, second!.quantization.scale);
    const factor = twice / (2 ** LEFT_SHIFT * output.quantization.scale);
    const sum = quantizeMultiplier(factor);
    if (sum.shift > MAX_SUM_SHIFT) throw new SnugError(rescaleOutOfRange({ factor }, origin));
    return {
      first: quantizeMultiplier(first!.quantization.scale / twice),
      second: quantizeMultiplier(second!.quantization.scale / twice),
      sum,
      activation: int8Clamp(attributes.activation, output.quantization),
    };
  },

  runInt8({ parameters: { first, second, sum, activation }, inputs: [a, b], output }) {
    const zeroPoint = output.quantization.zeroPoint;
    const scaled = (value: number, { multiplier, shift }: Multiplier): number =>
      requantize(value * 2 ** LEFT_SHIFT, multiplier, shift);
    for (let i = 0; i < output.data.length; i += 1) {
      const acc =
        scaled(a!.data[i]! - a!.quantization.zeroPoint, first) +
        scaled(b!.data[i]! - b!.quantization.zeroPoint, second);
      output.data[i] = clamp(requantize(acc, sum.multiplier, sum.shift) + zeroPoint, activation.min, activation.max);
    }
  },

  lower: ({ parameters: { first, second, sum, activation }, inputs: [a, b], output }) => ({
    kind: 'call',
    call: {
      library: 'cmsis-nn',
      function: 'arm_elementwise_add_s8',
      returnsStatus: true,
      tables: [],
      locals: [],
      arguments: [
        argument.input(0),
        argument.input(1),
        argument.number('input_1_offset', -a!.quantization.zeroPoint),
        argument.number('input_1_mult', first.multiplier),
        argument.number('input_1_shift', first.shift),
        argument.number('input_2_offset', -b!.quantization.zeroPoint),
        argument.number('input_2_mult', second.multiplier),
        argument.number('input_2_shift', second.shift),
        argument.number('left_shift', LEFT_SHIFT),
        argument.output,
        argument.number('out_offset', output.quantization.zeroPoint),
        argument.number('out_mult', sum.multiplier),
        argument.number('out_shift', sum.shift),
        argument.number('out_activation_min', activation.min),
        argument.number('out_activation_max', activation.max),
        argument.number('block_size', elementsOf(output.shape)),
      ],
      scratch: NO_SCRATCH,
    },
  }),
  flow: ({ output }, whole) => elementwiseFlow(whole, 'block_size', output.shape),
};
