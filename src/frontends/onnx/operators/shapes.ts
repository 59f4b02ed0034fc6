/**
 * The shape arithmetic that constants and activations share: Flatten, Reshape, Squeeze and Unsqueeze only regroup
 * elements, and Transpose reorders dimensions.
 */
import { elementsOf, formatShape, type Shape } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';
import { type Constant, constant, MAX_RANK } from '../constant.ts';
import { contiguousView, offsetsOf, reshaped, transposed } from '../view.ts';
import { axesOf } from './axes.ts';

function input(call: OperatorCall): Value {
  const value = call.inputs[0] ?? null;
  return value ?? call.activation(0);
}

/** A constant under another shape; scales along a dimension stay where the shape has that dimension at the same place. */
function regroupedConstant(value: Constant, shape: Shape): Constant {
  const { dequantized, type, values } = value;
  if (dequantized === null || dequantized.axis === null) return constant(shape, values, { type, dequantized });
  const before = elementsOf(value.shape.slice(0, dequantized.axis));
  const size = value.shape[dequantized.axis];
  const axis = shape.findIndex((length, i) => length === size && elementsOf(shape.slice(0, i)) === before);
  return constant(shape, values, { type, dequantized: axis < 0 ? null : { ...dequantized, axis } });
}

/** The same elements under another shape. */
function regrouped(call: OperatorCall, shape: Shape): Value {
  const value = input(call);
  if (shape.length > MAX_RANK) return call.refuse(`its output has rank ${shape.length}`);
  if (elementsOf(shape) !== elementsOf(value.shape)) {
    return call.mismatch(`${formatShape(value.shape)} cannot be reshaped to ${formatShape(shape)}`);
  }
  return value.kind === 'constant' ? regroupedConstant(value, shape) : call.viewOf(value, reshaped(value, shape));
}

/** Flatten to two dimensions: those before `axis` and those from it on, each multiplied out. */
export function flatten(call: OperatorCall): Value {
  const { shape } = input(call);
  const given = call.attributes.int('axis', 1);
  const axis = given === shape.length ? given : call.axis(given, shape.length);
  return regrouped(call, [elementsOf(shape.slice(0, axis)), elementsOf(shape.slice(axis))]);
}

/** In the target, 0 keeps a dimension (unless `allowzero`) and −1 takes what is left. */
export function reshape(call: OperatorCall): Value {
  const { shape } = input(call);
  const target = Array.from(call.constant(1, 'shape').values);
  const keepsZero = call.attributes.int('allowzero', 0) === 0;
  const sizes = target.map((size, axis) => (size === 0 && keepsZero ? (shape[axis] ?? 0) : size));
  const free = sizes.indexOf(-1);
  if (free < 0) return regrouped(call, sizes);
  const known = elementsOf(sizes.filter((_, axis) => axis !== free));
  const rest = elementsOf(shape) / known;
  if (!Number.isInteger(rest)) {
    return call.mismatch(`${formatShape(shape)} cannot be reshaped to ${formatShape(target)}`);
  }
  return regrouped(call, sizes.with(free, rest));
}

/** Squeeze: drops the dimensions named, or all of 1 where none is. */
export function squeeze(call: OperatorCall): Value {
  const { shape } = input(call);
  const axes = axesOf(call, shape.length) ?? [...shape.keys()].filter(axis => shape[axis] === 1);
  const wide = axes.find(axis => shape[axis] !== 1);
  if (wide !== undefined) return call.mismatch(`dimension ${wide} of ${formatShape(shape)} is not 1`);
  return regrouped(
    call,
    shape.filter((_, axis) => !axes.includes(axis)),
  );
}

/** Unsqueeze: dimensions of 1 at places that are counted in the output. */
export function unsqueeze(call: OperatorCall): Value {
  const { shape } = input(call);
  const count = (call.attributes.ints('axes') ?? call.constant(1, 'list of axes').values).length;
  const rank = shape.length + count;
  if (rank > MAX_RANK) return call.refuse(`its output has rank ${rank}`);
  const axes = axesOf(call, rank) ?? [];
  const rest = shape.values();
  return regrouped(
    call,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.next().value ?? 1))),
  );
}

/** Transpose: a constant is moved here, an activation is seen in another way or refused. */
export function transpose(call: OperatorCall): Value {
  const value = input(call);
  const rank = value.shape.length;
  const given = call.attributes.ints('perm') ?? [...value.shape.keys()].toReversed();
  const order = given.map(axis => call.axis(axis, rank));
  if (order.length !== rank || new Set(order).size !== rank) {
    return call.refuse(`perm is ${given.join(', ')} for a tensor of rank ${rank}`);
  }
  const view = transposed(value.kind === 'constant' ? contiguousView(value.shape) : value, order);
  if (view === null) return call.refuse('its input would have to be moved in memory at run time');
  if (value.kind === 'activation') return call.viewOf(value, view);
  const { values, type, dequantized } = value;
  if (values.length === 0) return constant(view.shape, values, { type });
  call.reserve(values.length);
  const offsets = offsetsOf(view);
  const moved = <T extends Float32Array | Float64Array>(from: T): T => {
    const to = from.slice() as T;
    offsets.forEach((offset, i) => {
      to[i] = from[offset]!;
    });
    return to;
  };
  if (dequantized === null) return constant(view.shape, moved(values), { type });
  const { integers, scales, axis } = dequantized;
  const place = axis === null ? null : order.indexOf(axis);
  return constant(view.shape, moved(values), { dequantized: { integers: moved(integers), scales, axis: place } });
}
