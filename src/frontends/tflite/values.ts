/** What the numbers of a tensor mean: the quantization of an activation, and the values of a constant. */
import { decodeFloats } from '../../formats/float-tensor.ts';
import type { Quantization } from '../../ir/quantization.ts';
import { elementsOf, type Shape } from '../../ir/shape.ts';
import { refuseFile } from './flatbuffer.ts';
import type { FileTensor } from './tensors.ts';

const SHIFT_OF_UINT8 = 128;

/**
 * Quantization of an int8 activation, or of one of uint8 that is made int8 by taking 128 off every value, which is exact.
 * @throws SnugError `malformedFile` for several scales, for none, and for a zero point outside of the type
 */
export function activationQuantization({ type, quantization, name }: FileTensor, file: string): Quantization {
  const origin = { file, tensor: name };
  const [scale, ...others] = quantization?.scales ?? [];
  if (scale === undefined || others.length > 0) return refuseFile('an activation needs one scale', origin);
  const zeroPoint = quantization!.zeroPoints[0]! - (type === 'UINT8' ? SHIFT_OF_UINT8 : 0);
  if (!(zeroPoint >= -128 && zeroPoint <= 127)) return refuseFile(`its zero point is outside of ${type}`, origin);
  return { scale, zeroPoint };
}

/** Whether two activations stand for the same real numbers by the same int8 values. */
export function sameQuantization(a: FileTensor, b: FileTensor, file: string): boolean {
  const [first, second] = [activationQuantization(a, file), activationQuantization(b, file)];
  return first.scale === second.scale && first.zeroPoint === second.zeroPoint;
}

/** The index of the channel of each element of a tensor along `axis`, by a function of the element's index. */
function channelOf(shape: Shape, axis: number): (element: number) => number {
  const inner = elementsOf(shape.slice(axis + 1));
  const channels = shape[axis] ?? 1;
  return element => Math.floor(element / inner) % channels;
}

/** Integer values of a constant of int8, uint8, int32 or int64; null for other types. */
export function integersOf({ type, data }: FileTensor): ArrayLike<number> | null {
  if (data === null) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (type === 'UINT8') return data;
  if (type === 'INT8') return new Int8Array(data.buffer, data.byteOffset, data.byteLength);
  if (type === 'INT32') return Int32Array.from({ length: data.length / 4 }, (_, i) => view.getInt32(4 * i, true));
  if (type !== 'INT64') return null;
  return Float64Array.from({ length: data.length / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)));
}

/** Real values of a constant: floats, or integers with their scales; null for what has no real values. */
export function floatsOf(tensor: FileTensor): Float32Array | null {
  const { type, data, quantization, shape } = tensor;
  if (type === 'FLOAT32' || type === 'FLOAT16') return decodeFloats(type === 'FLOAT32' ? 'F32' : 'F16', data!);
  const integers = integersOf(tensor);
  if (integers === null || quantization === null) return null;
  const { scales, zeroPoints, axis } = quantization;
  if (scales.length !== 1 && scales.length !== shape[axis]) return null;
  const channel = scales.length === 1 ? () => 0 : channelOf(shape, axis);
  return Float32Array.from(integers, (value, i) => scales[channel(i)]! * (value - zeroPoints[channel(i)]!));
}
