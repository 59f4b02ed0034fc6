/** Operators that treat every element alike: activations, bounds and sums. */
import { formatShape, sameShape } from '../../../ir/shape.ts';
import type { Activation, OperatorCall, Value } from '../call.ts';
import { shifted } from './channels.ts';

/** A clamp to [min, max]. */
function clamped(call: OperatorCall, value: Activation, min: number, max: number): Value {
  if (!(min <= max)) return call.refuse(`it bounds values to ${min} and ${max}`);
  return call.result(call.emit('clamp', [value.id], { min, max }, {}), value.shape);
}

/** Relu: a clamp to [0, ∞). */
export function relu(call: OperatorCall): Value {
  return clamped(call, call.activation(0), 0, Infinity);
}

/** Relu6: a clamp to [0, 6]. */
export function relu6(call: OperatorCall): Value {
  return clamped(call, call.activation(0), 0, 6);
}

function bounded(call: OperatorCall): { readonly value: Activation; readonly bound: number } {
  const second = call.input(1).kind === 'constant';
  const value = call.activation(second ? 0 : 1);
  const { values } = call.constant(second ? 1 : 0, 'bound');
  return values.length === 1 ? { value, bound: values[0]! } : call.refuse('its bound is not a single number');
}

/** Minimum with one number. */
export function minimum(call: OperatorCall): Value {
  const { value, bound } = bounded(call);
  return clamped(call, value, -Infinity, bound);
}

/** Maximum with one number. */
export function maximum(call: OperatorCall): Value {
  const { value, bound } = bounded(call);
  return clamped(call, value, bound, Infinity);
}

/** Identity, of a constant too. */
export function identity(call: OperatorCall): Value {
  return call.input(0);
}

/**
 * The sum of two activations of one shape, or of an activation and one number for each channel. A constant that is added
 * to the sum later may go to the bias of either operand: TensorFlow's optimizer moves the bias of a convolution behind the
 * sum of a residual connection.
 */
function sum(call: OperatorCall, a: Value, b: Value): Value {
  if (a.kind === 'constant') {
    return b.kind === 'constant' ? call.refuse('both operands are constants') : shifted(call, b, a, 1);
  }
  if (b.kind === 'constant') return shifted(call, a, b, 1);
  if (!sameShape(a.shape, b.shape)) {
    return call.mismatch(`it takes two tensors of one shape, not ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
  }
  const other = call.shaped(b, call.shapeOf(a.id));
  const id = call.emit('add', [a.id, other], { activation: null }, {});
  return call.result(id, a.shape, a.openBias ?? b.openBias);
}

/** Add, AddV2, and AddN of any number of operands. */
export function add(call: OperatorCall): Value {
  return call.inputs.slice(1).reduce((total, value) => sum(call, total, value), call.input(0));
}
