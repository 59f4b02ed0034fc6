/**
 * clamp: out = min(max(in, min), max); ReLU is [0, ∞), ReLU6 is [0, 6]. Passes fold it into the operator before it
 * wherever that has no other reader; what is left of it runs as a kernel of snug's own.
 *
 * int8: the output has the input's quantization, and out = min(max(in, q(min)), q(max)).
 */
import { z } from 'zod';
import type { Int8Clamp, RealClamp } from '../ir/quantization.ts';
import { int8Clamp } from '../ir/quantization.ts';
import { elementsOf } from '../ir/shape.ts';
import { macs } from '../ir/units.ts';
import { clamp as clampValue } from '../numerics/fixed-point.ts';
import { elementwiseFlow } from './flow.ts';
import { argument, NO_SCRATCH } from './lowering.ts';
import type { Operator } from './operator.ts';
import { int8Clamp as int8ClampSchema, realClamp } from './schemas.ts';

/** The bounds are the attributes; they may be infinite. */
export interface Clamp {
  readonly attributes: RealClamp;
  readonly float: Record<never, never>;
  readonly quantized: { readonly activation: Int8Clamp };
}

export const clamp: Operator<Clamp> = {
  inputs: 1,
  inPlace: true,
  outputRange: 'same-as-input',
  schema: { attributes: realClamp, parameters: z.strictObject({ activation: int8ClampSchema }) },
  outputShape: (_attributes, [input = []]) => input,
  parameterShapes: () => ({}),
  macs: () => macs(0),
  runFloat({ attributes: { min, max }, inputs: [input], output }) {
    for (let i = 0; i < output.data.length; i += 1) output.data[i] = clampValue(input!.data[i]!, min, max);
  },
  quantize: ({ attributes, output }) => ({ activation: int8Clamp(attributes, output.quantization) }),
  runInt8({ parameters: { activation }, inputs: [input], output }) {
    for (let i = 0; i < output.data.length; i += 1) {
      output.data[i] = clampValue(input!.data[i]!, activation.min, activation.max);
    }
  },
  lower: ({ parameters: { activation }, output }) => ({
    kind: 'call',
    call: {
      library: 'snug',
      function: 'clamp_s8',
      returnsStatus: false,
      tables: [],
      locals: [],
      arguments: [
        argument.input(0),
        argument.output,
        argument.number('size', elementsOf(output.shape)),
        argument.number('activation_min', activation.min),
        argument.number('activation_max', activation.max),
      ],
      scratch: NO_SCRATCH,
    },
  }),
  flow: ({ output }, whole) => elementwiseFlow(whole, 'size', output.shape),
};
