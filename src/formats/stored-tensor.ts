/** What every container of weights gives: tensors by name, whose values are read when they are asked for. */

/** One tensor of a weight file. */
export interface StoredTensor {
  /** `F32`, `F16`, `BF16`, `F64`, `I64`, … as safetensors names them; the file's own word for a type without such a name. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /**
   * Reads the values in C order; null where the type is no float type. Allocates in proportion to the shape, so callers
   * compare the shape with the one that they expect first. Throws a SnugError where the data is damaged.
   */
  readonly floats: (() => Float32Array) | null;
}

/** The tensors of a file, in its order. */
export type StoredTensors = ReadonlyMap<string, StoredTensor>;

/** The bytes in the other order within each element. */
export function swapped(data: Uint8Array, elementBytes: number): Uint8Array {
  const result = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 1)
    result[i] = data[i - (i % elementBytes) + elementBytes - 1 - (i % elementBytes)]!;
  return result;
}

/**
 * Values in C order from where strides put them.
 * @param stored values of the storage, the first of which is at offset 0
 * @param strides distance of neighbours along each axis, in elements
 * @param offset of the first element
 */
export function gathered(
  stored: Float32Array,
  {
    shape,
    strides,
    offset,
  }: { readonly shape: readonly number[]; readonly strides: readonly number[]; readonly offset: number },
): Float32Array {
  const result = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const index = shape.map(() => 0);
  let from = offset;
  for (let i = 0; i < result.length; i += 1) {
    result[i] = stored[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      from += strides[axis]!;
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Strides of a tensor that lies without gaps, the last axis fastest (C) or the first (Fortran). */
export function denseStrides(shape: readonly number[], order: 'C' | 'Fortran'): readonly number[] {
  const strides = shape.map(() => 1);
  const axes = shape.map((_, axis) => (order === 'C' ? shape.length - 1 - axis : axis));
  let stride = 1;
  for (const axis of axes) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}
