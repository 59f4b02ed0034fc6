/**
 * reshape: the same elements in the same order under another shape; out[i] = in[i]. Never a copy in C: the output is the
 * input's buffer.
 */
import { z } from 'zod';
import { shapeMismatch } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { elementsOf, formatShape, type Shape } from '../ir/shape.ts';
import { macs } from '../ir/units.ts';
import type { Operator } from './operator.ts';
import { count, nothing } from './schemas.ts';

/** `shape` has as many elements as the input. */
export interface Reshape {
  readonly attributes: { readonly shape: Shape };
  readonly float: Record<never, never>;
  readonly quantized: Record<never, never>;
}

export const reshape: Operator<Reshape> = {
  inputs: 1,
  inPlace: true,
  outputRange: 'same-as-input',
  schema: { attributes: z.strictObject({ shape: z.array(count).min(1).max(4) }), parameters: nothing },
  outputShape({ shape }, [input = []], origin) {
    if (elementsOf(shape) !== elementsOf(input)) {
      throw new SnugError(
        shapeMismatch(
          {
            problem: `${formatShape(input)} cannot be reshaped to ${formatShape(shape)}: it has another number of elements`,
          },
          origin,
        ),
      );
    }
    return shape;
  },
  parameterShapes: () => ({}),
  macs: () => macs(0),
  runFloat({ inputs: [input], output }) {
    output.data.set(input!.data);
  },
  quantize: () => ({}),
  runInt8({ inputs: [input], output }) {
    output.data.set(input!.data);
  },
  lower: () => ({ kind: 'alias' }),
};
