/**
 * How an ONNX value lies in one of snug's tensors. ONNX maps are channels-first and snug's are channels-last, so each
 * value is a strided view of a tensor's elements, as in NumPy: Transpose reorders the view, Reshape regroups it, and no
 * element moves. An operator asks for the arrangement that it needs; where the view is not that arrangement, the model
 * would have to move data at run time, which the caller refuses.
 */
import { elementsOf, type Shape } from '../../ir/shape.ts';

/** `size` (above 1) positions that lie `stride` elements apart in the tensor. */
export interface Factor {
  readonly size: number;
  readonly stride: number;
}

/** An ONNX shape over the elements of one tensor. */
export interface View {
  /** The shape that ONNX sees. */
  readonly shape: Shape;
  /** Where its elements lie, slowest first; the product of the sizes is the number of elements. */
  readonly factors: readonly Factor[];
}

/** Joins neighbours that together are one run. */
function coalesce(factors: readonly Factor[]): readonly Factor[] {
  const result: Factor[] = [];
  for (const factor of factors) {
    const last = result.at(-1);
    if (last !== undefined && last.stride === factor.size * factor.stride) {
      result[result.length - 1] = { size: last.size * factor.size, stride: factor.stride };
    } else {
      result.push(factor);
    }
  }
  return result;
}

/** A tensor that ONNX sees as it lies. */
export function contiguousView(shape: Shape): View {
  const size = elementsOf(shape);
  return { shape, factors: size === 1 ? [] : [{ size, stride: 1 }] };
}

/** The view [1, c, h, w] of a tensor [1, h, w, c]. */
export function channelsFirstView([, height = 1, width = 1, channels = 1]: Shape): View {
  return transposed(contiguousView([1, height, width, channels]), [0, 3, 1, 2])!;
}

/**
 * The factors of each ONNX dimension, or null where a dimension cuts across a factor, so that it has no constant stride
 * (6 × 6 over a transposed 4 × 9, for example).
 */
function split({ shape, factors }: View): readonly (readonly Factor[])[] | null {
  const rest = factors.toReversed();
  const dimensions: Factor[][] = [];
  for (const size of shape) {
    const parts: Factor[] = [];
    let needed = size;
    while (needed > 1) {
      const factor = rest.pop();
      if (factor === undefined) return null;
      if (needed % factor.size === 0) {
        parts.push(factor);
        needed /= factor.size;
      } else if (factor.size % needed === 0) {
        const inner = factor.size / needed;
        parts.push({ size: needed, stride: factor.stride * inner });
        rest.push({ size: inner, stride: factor.stride });
        needed = 1;
      } else {
        return null;
      }
    }
    dimensions.push(parts);
  }
  return dimensions;
}

/** The view with its dimensions in another order, or null where they cannot be told apart. */
export function transposed(view: View, permutation: readonly number[]): View | null {
  const dimensions = split(view);
  if (dimensions === null) return null;
  return {
    shape: permutation.map(axis => view.shape[axis]!),
    factors: coalesce(permutation.flatMap(axis => dimensions[axis]!)),
  };
}

/** The same elements in the same order under another shape of as many elements. */
export function reshaped(view: View, shape: Shape): View {
  return { shape, factors: view.factors };
}

/** Whether the dimensions, in this order, run through the tensor's memory from start to end. */
export function isContiguous(view: View, order: readonly number[] = [...view.shape.keys()]): boolean {
  const factors = transposed(view, order)?.factors;
  return factors !== undefined && (factors.length === 0 || (factors.length === 1 && factors[0]!.stride === 1));
}

/** Whether both have one shape and lie in their tensors in the same way. */
export function sameView(a: View, b: View): boolean {
  return (
    a.shape.length === b.shape.length &&
    a.shape.every((size, axis) => size === b.shape[axis]) &&
    a.factors.length === b.factors.length &&
    a.factors.every(({ size, stride }, i) => size === b.factors[i]!.size && stride === b.factors[i]!.stride)
  );
}

/** For each element in ONNX's order, its index in the tensor. */
export function offsetsOf({ factors }: View): Int32Array {
  let offsets = Int32Array.of(0);
  for (const { size, stride } of factors) {
    const next = new Int32Array(offsets.length * size);
    offsets.forEach((offset, i) => {
      for (let j = 0; j < size; j += 1) next[i * size + j] = offset + j * stride;
    });
    offsets = next;
  }
  return offsets;
}

/** The factors of one ONNX dimension, or null where it has no constant strides. */
export function factorsOf(view: View, dimension: number): readonly Factor[] | null {
  const factors = split(view)?.[dimension];
  return factors === undefined ? null : coalesce(factors);
}
