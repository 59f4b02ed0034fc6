/** Constants that ONNX broadcasts to an activation, as one number for each of its channels. */
import type { Activation } from '../call.ts';
import type { Constant } from '../constant.ts';
import { factorsOf } from '../view.ts';

/** Per channel of `target`, the number that a constant of a broadcastable shape adds; null where it varies otherwise. */
export function perChannel(target: Activation, { shape, values }: Constant, channels: number): Float32Array | null {
  if (values.length === 1) return new Float32Array(channels).fill(values[0]!);
  const axis = shape.findIndex(size => size !== 1);
  const dimension = axis + target.shape.length - shape.length;
  if (dimension < 0 || shape[axis] !== values.length || target.shape[dimension] !== values.length) return null;
  const factors = factorsOf(target, dimension);
  const isChannels = factors?.length === 1 && factors[0]!.stride === 1 && values.length === channels;
  return isChannels ? Float32Array.from(values) : null;
}
