/**
 * pad: zeros around a feature map. Passes fold it into the convolution or pooling-free window after it; what is left of
 * it runs as a kernel of snug's own.
 *
 * int8: the output has the input's quantization; the border is its zero point, which stands for exactly 0.
 */
import { invalidAttribute, shapeMismatch } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { formatShape, mapShape } from '../ir/shape.ts';
import { macs } from '../ir/units.ts';
import { argument, dims, NO_SCRATCH, struct } from './lowering.ts';
import type { Operator } from './operator.ts';
import { explicitPadding, nothing } from './schemas.ts';
import type { ExplicitPadding } from './window.ts';

/** The attributes are the zeros to add on each side, in pixels. */
export interface Pad {
  readonly attributes: ExplicitPadding;
  readonly float: Record<never, never>;
  readonly quantized: Record<never, never>;
}

/** Copies rows of `input` into the middle of `output`, which holds the border's value already. */
function copyInside<Data extends Float32Array | Int8Array>(
  padding: ExplicitPadding,
  input: { shape: readonly number[]; data: Data },
  output: { shape: readonly number[]; data: Data },
): void {
  const from = mapShape(input.shape);
  const to = mapShape(output.shape);
  const row = from.width * from.channels;
  for (let y = 0; y < from.height; y += 1) {
    const offset = ((y + padding.top) * to.width + padding.left) * to.channels;
    output.data.set(input.data.subarray(y * row, (y + 1) * row) as never, offset);
  }
}

export const pad: Operator<Pad> = {
  inputs: 1,
  inPlace: false,
  outputRange: 'same-as-input',
  schema: { attributes: explicitPadding, parameters: nothing },
  outputShape(padding, [input = []], origin) {
    if (input.length !== 4) {
      throw new SnugError(shapeMismatch({ problem: `pad takes a feature map, not ${formatShape(input)}` }, origin));
    }
    const sides = [padding.top, padding.bottom, padding.left, padding.right];
    if (sides.some(side => !Number.isInteger(side) || side < 0)) {
      throw new SnugError(
        invalidAttribute({ name: 'pad', value: sides.join(', '), expected: 'whole numbers of at least 0' }, origin),
      );
    }
    const { batch, height, width, channels } = mapShape(input);
    return [batch, height + padding.top + padding.bottom, width + padding.left + padding.right, channels];
  },
  parameterShapes: () => ({}),
  macs: () => macs(0),
  runFloat({ attributes, inputs: [input], output }) {
    output.data.fill(0);
    copyInside(attributes, input!, output);
  },
  quantize: () => ({}),
  runInt8({ attributes, inputs: [input], output }) {
    output.data.fill(output.quantization.zeroPoint);
    copyInside(attributes, input!, output);
  },
  lower: ({ attributes: { top, bottom, left, right }, inputs: [input], output }) => ({
    kind: 'call',
    call: {
      library: 'snug',
      function: 'pad_s8',
      returnsStatus: false,
      tables: [],
      locals: [
        dims('input_dims', input!.shape),
        struct('cmsis_nn_tile', 'before', { w: left, h: top }),
        struct('cmsis_nn_tile', 'after', { w: right, h: bottom }),
      ],
      arguments: [
        argument.input(0),
        argument.output,
        argument.number('pad_value', output.quantization.zeroPoint),
        argument.local('input_dims'),
        argument.local('before'),
        argument.local('after'),
      ],
      scratch: NO_SCRATCH,
    },
  }),
};
