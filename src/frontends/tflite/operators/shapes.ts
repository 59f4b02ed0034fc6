/** RESHAPE and SQUEEZE: the same elements under another shape, for which nothing is done until a layer needs it. */
import { elementsOf, formatShape, type Shape } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';
import { refuseFile } from '../flatbuffer.ts';
import { slots } from '../schema.ts';

/** The shape that a RESHAPE asks for: a constant input, an option, or what its output has where it is computed. */
function askedShape(call: OperatorCall): Shape {
  const { inputs } = call.operator;
  const index = inputs[1] ?? -1;
  const constant = index < 0 ? null : call.conversion.model.tensor(index).data;
  if (constant !== null) return call.integers(1, 'shape');
  const option = index < 0 ? call.options(slots.reshape.newShape) : null;
  if (option !== null) return option;
  // The batch may be open, for it is 1.
  if (call.output.open.slice(1).some(open => open)) return call.refuse('its shape is computed at run time');
  return call.output.shape;
}

function filled(shape: Shape, elements: number, call: OperatorCall): Shape {
  const open = shape.filter(size => size === -1).length;
  const known = elementsOf(shape.filter(size => size !== -1));
  if (open > 1 || shape.some(size => size < -1 || size === 0)) {
    return refuseFile(`it asks for the shape ${formatShape(shape)}`, call.origin);
  }
  const result = shape.map(size => (size === -1 ? elements / known : size));
  if (elementsOf(result) === elements && result.every(Number.isInteger)) return result;
  return call.mismatch(`${elements} values cannot be reshaped to ${formatShape(shape)}`);
}

/** The view is changed; a layer appears where an operator needs the shape. */
function viewed(call: OperatorCall, shape: Shape): Value {
  const value = call.activation(0);
  if (!call.conversion.target.float && !call.keepsQuantization()) {
    return call.refuse('its output has another scale or zero point than its input');
  }
  if (elementsOf(shape) !== elementsOf(value.shape)) return call.mismatch('it changes the number of elements');
  const { id } = value.padding === null ? value : call.result(call.map(value));
  return call.result(id, shape);
}

/** One dimension may be −1, for as many as there are elements left. */
export function reshape(call: OperatorCall): Value {
  return viewed(call, filled(askedShape(call), elementsOf(call.activation(0).shape), call));
}

/** Removes the dimensions of 1 that are listed, or all of them. */
export function squeeze(call: OperatorCall): Value {
  const { shape } = call.activation(0);
  const axes = (call.options(slots.squeeze.dimensions) ?? []).map(axis => (axis < 0 ? axis + shape.length : axis));
  if (axes.some(axis => shape[axis] !== 1)) {
    return refuseFile(`it removes dimensions ${axes.join(', ')} of ${formatShape(shape)}`, call.origin);
  }
  const kept = shape.filter((size, axis) => (axes.length === 0 ? size !== 1 : !axes.includes(axis)));
  return viewed(call, kept);
}
