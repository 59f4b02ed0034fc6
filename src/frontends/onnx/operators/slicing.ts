/** Slice of a constant, which exporters use in the arithmetic of shapes and pads. */
import { elementsOf } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';
import { constant } from '../constant.ts';
import { refuseFile } from '../decode.ts';

/** Slices are made of small tables only. */
const MAX_SLICED = 4096;

/** The positions that begin, end and step choose along a dimension; a negative bound counts from the end. */
function positions(size: number, start: number, end: number, step: number): readonly number[] {
  const [lowest, highest] = step > 0 ? [0, size] : [-1, size - 1];
  const bound = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, lowest), highest);
  const [from, to] = [bound(start), bound(end)];
  const count = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: count }, (_, i) => from + i * step);
}

/** Bounds, axes and steps are attributes up to operator set 9 and inputs from 10 on. */
export function slice(call: OperatorCall): Value {
  const { values, shape } = call.constant(0, 'input 0');
  if (values.length > MAX_SLICED) return call.refuse('only small constants are sliced');
  const list = (name: string, index: number): readonly number[] | null => {
    const given = call.attributes.ints(name) ?? call.optionalConstant(index, name)?.values;
    return given === undefined ? null : Array.from(given);
  };
  const starts = list('starts', 1) ?? refuseFile('Slice lacks its starts', call.origin);
  const ends = list('ends', 2) ?? refuseFile('Slice lacks its ends', call.origin);
  const axes = list('axes', 3) ?? [...starts.keys()];
  const steps = list('steps', 4) ?? starts.map(() => 1);
  if ([ends, axes, steps].some(({ length }) => length !== starts.length) || steps.some(step => step === 0)) {
    return refuseFile('the bounds of Slice do not fit together', call.origin);
  }
  const kept = shape.map(size => [...Array(size).keys()] as readonly number[]);
  axes.forEach((given, i) => {
    const axis = call.axis(given, shape.length);
    kept[axis] = positions(shape[axis]!, starts[i]!, ends[i]!, steps[i]!);
  });
  let offsets: readonly number[] = [0];
  kept.forEach((places, axis) => {
    const stride = elementsOf(shape.slice(axis + 1));
    offsets = offsets.flatMap(offset => places.map(place => offset + place * stride));
  });
  return constant(
    kept.map(({ length }) => length),
    values.map((_, i) => values[offsets[i] ?? 0]!).slice(0, offsets.length),
  );
}
