/** Axes of Squeeze, Unsqueeze and the reductions, which moved from an attribute to an input in the course of ONNX. */
import type { OperatorCall } from '../call.ts';

/** The axes in rising order, counted from the front in a tensor of `rank`; null where the node names none. */
export function axesOf(call: OperatorCall, rank: number): readonly number[] | null {
  const given = call.attributes.ints('axes') ?? call.optionalConstant(1, 'list of axes')?.values ?? null;
  if (given === null || given.length === 0) return null;
  return [...new Set(Array.from(given, axis => call.axis(axis, rank)))].toSorted((a, b) => a - b);
}
