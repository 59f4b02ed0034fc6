/** Alignment of what lies in the arena. */
import { type Bytes, bytes } from '../ir/units.ts';

/** Of the arena and of whole maps in it: suits every load of CMSIS-NN's kernels; a board may raise it to a cache line. */
export const ARENA_ALIGNMENT: Bytes = bytes(16);

/** Of line buffers and of the workspace of a group: a word. Kernels that flow read bytes; sums are words. */
export const FLOW_ALIGNMENT: Bytes = bytes(4);

/** The least multiple of `alignment` that is not below `value`, which may be negative. */
export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

/** The largest multiple of `alignment` that is not above `value`, which may be negative. */
export function alignDown(value: number, alignment: number): number {
  return Math.floor(value / alignment) * alignment;
}
