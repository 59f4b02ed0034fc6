/** The network's input: its shape, its type, and the size that it gets. */
import type { Shape } from '../../ir/shape.ts';
import {
  changedResolution,
  inputShape,
  layoutOf,
  type Resolution,
  refuseModel,
  resolutionOf,
} from '../input-layout.ts';
import { titleOf } from './call.ts';
import type { TfliteModel } from './decode.ts';
import type { Notes } from './notes.ts';
import type { FileTensor } from './tensors.ts';
import { activationQuantization } from './values.ts';

/**
 * The shape to convert the network at: that of the file, or the resolution given where the file leaves height and width open.
 * `resize` is the resolution to change it to afterwards, null for none.
 * @throws SnugError as `layoutOf` and `resolutionOf` do
 */
export function inputSizes(
  { input: { shape, open, name }, file }: TfliteModel,
  given: Resolution | undefined,
): { readonly shape: Shape; readonly resize: Resolution | null } {
  const origin = { file, tensor: name };
  const sizes = shape.map((size, axis) => (open[axis] === true || size < 1 ? null : size));
  const layout = layoutOf(sizes, false, origin);
  const wanted = resolutionOf(layout, given, origin);
  const own = changedResolution(layout, wanted);
  return { shape: inputShape(layout, own ?? wanted), resize: own === null ? null : wanted };
}

/**
 * The tensor whose quantization the input has, and the tensors that are the input: a float input of a quantized network
 * begins at the QUANTIZE that reads it.
 * @throws SnugError `unsupportedModel` where anything else reads it
 */
export function quantizedInput({ input, file, readers, tensor }: TfliteModel, notes: Notes): readonly FileTensor[] {
  const origin = { file, tensor: input.name };
  if (input.type === 'INT8') return [input];
  if (input.type === 'UINT8') {
    const { scale, zeroPoint } = activationQuantization(input, file);
    notes.edges.push(
      `the input is int8 with scale ${scale} and zero point ${zeroPoint}: the file's own is uint8, of which every value is 128 less here`,
    );
    return [input];
  }
  const reading = readers(input.index);
  if (input.type !== 'FLOAT32' || reading.length !== 1 || reading[0]!.name !== 'QUANTIZE') {
    const problem = `the input of the quantized network, ${titleOf(input)}, is of type ${input.type} and does not go through one QUANTIZE`;
    return refuseModel(problem, 'convert the model with an input of int8, uint8 or float32', origin);
  }
  const quantized = tensor(reading[0]!.outputs[0] ?? -1);
  const { scale, zeroPoint } = activationQuantization(quantized, file);
  notes.edges.push(
    `the input is int8 with scale ${scale} and zero point ${zeroPoint}; the file's own is float32, and its QUANTIZE is left to the caller`,
  );
  return [quantized];
}
