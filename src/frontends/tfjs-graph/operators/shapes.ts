/** Reshape, Squeeze and ExpandDims regroup elements; Shape, StridedSlice and Pack compute what Reshape regroups them to. */
import { elementsOf, formatShape, type Shape } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';

/** Networks have maps of rank 4; a few more leave room for what exporters do with shapes. */
const MAX_RANK = 8;

/** The same elements under another shape. */
function regrouped(call: OperatorCall, shape: Shape): Value {
  const value = call.input(0);
  if (shape.length > MAX_RANK) return call.refuse(`its output has rank ${shape.length}`);
  if (elementsOf(shape) !== elementsOf(value.shape) || shape.some(size => size < 1)) {
    return call.mismatch(`${formatShape(value.shape)} cannot be reshaped to ${formatShape(shape)}`);
  }
  return { ...value, shape };
}

/** Numbers of a list or a single one, which is all that shape arithmetic has. */
function listOf(call: OperatorCall, index: number, what: string): readonly number[] {
  const { shape, values } = call.constant(index, what);
  if (shape.length > 1 || values.length > MAX_RANK) return call.refuse(`its ${what} is ${formatShape(shape)}`);
  return Array.from(values);
}

function list(values: readonly number[]): Value {
  return { kind: 'constant', shape: [values.length], values: Float32Array.from(values) };
}

/** Reshape: −1 takes what is left. */
export function reshape(call: OperatorCall): Value {
  const sizes = listOf(call, 1, 'shape');
  const free = sizes.indexOf(-1);
  if (free < 0) return regrouped(call, sizes);
  const { shape } = call.input(0);
  const rest = elementsOf(shape) / elementsOf(sizes.filter((_, axis) => axis !== free));
  if (Number.isInteger(rest)) return regrouped(call, sizes.with(free, rest));
  return call.mismatch(`${formatShape(shape)} cannot be reshaped to ${formatShape(sizes)}`);
}

/** Squeeze: drops the dimensions named, or all of 1 where none is. */
export function squeeze(call: OperatorCall): Value {
  const { shape } = call.input(0);
  const named = call.attributes.ints('squeeze_dims').map(axis => call.axis(axis, shape.length));
  const axes = new Set(named.length > 0 ? named : [...shape.keys()].filter(axis => shape[axis] === 1));
  const wide = [...axes].find(axis => shape[axis] !== 1);
  if (wide !== undefined) return call.mismatch(`dimension ${wide} of ${formatShape(shape)} is not 1`);
  return regrouped(
    call,
    shape.filter((_, axis) => !axes.has(axis)),
  );
}

/** ExpandDims: one dimension of 1, at a place that is counted in the output. */
export function expandDims(call: OperatorCall): Value {
  const { shape } = call.input(0);
  const axis = call.axis(listOf(call, 1, 'axis')[0] ?? 0, shape.length + 1);
  return regrouped(call, shape.toSpliced(axis, 0, 1));
}

/** Shape: known here, as the batch is 1. */
export function shapeOf(call: OperatorCall): Value {
  return list(call.input(0).shape);
}

/** StridedSlice of a list: one of its numbers or a run of them. */
export function stridedSlice(call: OperatorCall): Value {
  const values = listOf(call, 0, 'list');
  const [begin = 0, end = 0, step = 1] = [1, 2, 3].map(index => listOf(call, index, 'bound')[0]);
  const mask = (name: string): number => call.attributes.int(name, 0);
  if (step !== 1 || mask('ellipsis_mask') !== 0 || mask('new_axis_mask') !== 0) {
    return call.refuse('only a run of numbers of a list is folded');
  }
  const from = mask('begin_mask') === 1 ? 0 : begin;
  if (mask('shrink_axis_mask') === 1) {
    return { kind: 'constant', shape: [], values: Float32Array.of(values[call.axis(from, values.length)]!) };
  }
  return list(values.slice(from, mask('end_mask') === 1 ? undefined : end));
}

/** Pack of single numbers into a list. */
export function pack(call: OperatorCall): Value {
  if (call.inputs.length > MAX_RANK) return call.refuse(`its output has ${call.inputs.length} numbers`);
  return list(call.inputs.flatMap((_, index) => listOf(call, index, 'number')));
}
