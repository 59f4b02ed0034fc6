/**
 * Floating-point tensors as bytes. Weight files store them little-endian at any offset, so values are read through a
 * `DataView`, which needs no alignment and works on every host.
 */

/** Element types that weights may have: IEEE 754 single, half and double, and bfloat16. */
export type FloatType = 'F32' | 'F16' | 'BF16' | 'F64';

/** Bytes of one element. */
const FLOAT_BYTES: Readonly<Record<FloatType, number>> = { F32: 4, F16: 2, BF16: 2, F64: 8 };

/** IEEE 754 binary16 from its bits: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16 from its bits: the upper half of a binary32. */
export function bfloatToNumber(bits: number): number {
  scratch.setUint32(0, (bits << 16) >>> 0);
  return scratch.getFloat32(0);
}

const readers: Readonly<Record<FloatType, (view: DataView, offset: number) => number>> = {
  F32: (view, offset) => view.getFloat32(offset, true),
  F16: (view, offset) => halfToNumber(view.getUint16(offset, true)),
  BF16: (view, offset) => bfloatToNumber(view.getUint16(offset, true)),
  F64: (view, offset) => view.getFloat64(offset, true),
};

/** Whether a type, by its name in safetensors, is one that weights may have. */
export function isFloatType(type: string): type is FloatType {
  return Object.hasOwn(FLOAT_BYTES, type);
}

/**
 * All whole elements of `data` (little-endian, unaligned allowed) as float32. Doubles are rounded to the nearest float32;
 * one beyond its range becomes infinite, which the checks for finite weights report.
 */
export function decodeFloats(type: FloatType, data: Uint8Array): Float32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const size = FLOAT_BYTES[type];
  const read = readers[type];
  const values = new Float32Array(Math.floor(data.byteLength / size));
  for (let i = 0; i < values.length; i += 1) values[i] = read(view, i * size);
  return values;
}
