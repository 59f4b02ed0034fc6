/**
 * Operators that exist for constants only: exporters compute the target of a Reshape with them, from the shape of an
 * activation, which is known here.
 */
import { elementsOf, type Shape } from '../../../ir/shape.ts';
import type { Activation, OperatorCall, Value } from '../call.ts';
import { type Constant, constant, integerList, isFloatDataType, MAX_RANK } from '../constant.ts';
import { identity } from './elementwise.ts';

/** Shape arithmetic works on a handful of numbers; the limit keeps doubling chains of damaged files short. */
const MAX_FOLDED = 4096;

function checkedLength(call: OperatorCall, length: number): void {
  if (length > MAX_FOLDED) call.refuse(`it computes a constant of ${length} elements`);
}

/** Constant: a tensor, a number or a list in one of its attributes. */
export function constantNode(call: OperatorCall): Value {
  const { attributes } = call;
  const tensor = attributes.tensor('value');
  if (tensor !== null) return tensor;
  if (attributes.has('value_int')) return constant([], Float64Array.of(attributes.int('value_int', 0)));
  if (attributes.has('value_float')) return constant([], Float32Array.of(attributes.float('value_float', 0)));
  const ints = attributes.ints('value_ints');
  if (ints !== null) return integerList(ints);
  const floats = attributes.floats('value_floats');
  if (floats !== null) return constant([floats.length], Float32Array.from(floats));
  return call.refuse('it holds no numbers');
}

/** ConstantOfShape: one number, 0 unless `value` says otherwise, as often as the shape says. */
export function constantOfShape(call: OperatorCall): Value {
  const shape = Array.from(list(call, 0).values);
  if (shape.length > MAX_RANK || shape.some(size => !(size >= 0))) return call.refuse('it makes an impossible shape');
  const value = call.attributes.tensor('value');
  checkedLength(call, elementsOf(shape));
  const number = value?.values[0] ?? 0;
  const values = Float64Array.from({ length: elementsOf(shape) }, () => number);
  return constant(shape, value?.values instanceof Float64Array ? values : Float32Array.from(values));
}

/** Shape, of a constant or an activation; `start` and `end` exist from operator set 15 on. */
export function shape(call: OperatorCall): Value {
  const value = call.inputs[0] ?? call.activation(0);
  return integerList(
    value.shape.slice(call.attributes.int('start', 0), call.attributes.int('end', value.shape.length)),
  );
}

/** A constant of rank 0 or 1, which is all that shape arithmetic needs. */
function list(call: OperatorCall, index: number): Constant {
  const value = call.constant(index, `input ${index}`);
  return value.shape.length <= 1 ? value : call.refuse('only shape arithmetic on lists is folded');
}

/** Gather from a list; negative indices count from its end. */
export function gather(call: OperatorCall): Value {
  const data = list(call, 0);
  const indices = call.constant(1, 'indices');
  checkedLength(call, indices.values.length);
  const values = Float64Array.from(indices.values, index => data.values[call.axis(index, data.values.length)]!);
  return constant(indices.shape, values);
}

/** Concat of lists. */
export function concat(call: OperatorCall): Value {
  const parts = call.inputs.map((_, index) => list(call, index));
  const length = parts.reduce((sum, part) => sum + part.values.length, 0);
  checkedLength(call, length);
  return integerList(parts.flatMap(part => Array.from(part.values)));
}

/** Cast of a constant to a float or an integer type; of an activation, between float types only, which are one here. */
export function cast(call: OperatorCall): Value {
  const value = call.inputs[0] ?? call.activation(0);
  const isFloat = isFloatDataType(call.attributes.int('to', 0));
  if (value.kind === 'activation') {
    if (!isFloat) return call.refuse('it turns an activation into integers');
    if (value.coding !== null && value.coding !== 'input')
      return call.refuse('it reads integers as if they had no scale');
    return { ...identity(call), coding: null } as Activation;
  }
  const values = isFloat ? Float32Array.from(value.values) : Float64Array.from(value.values, Math.trunc);
  return constant(value.shape, values);
}

function broadcast(call: OperatorCall, a: Shape, b: Shape): Shape {
  if (elementsOf(b) === 1) return a;
  if (elementsOf(a) === 1) return b;
  const same = a.length === b.length && a.every((size, axis) => size === b[axis]);
  return same ? a : call.refuse('only constants of one shape are folded');
}

/** A binary operator on two constants of one shape, or with a single number on either side. */
export function arithmetic(operate: (a: number, b: number) => number): (call: OperatorCall) => Value {
  return call => {
    const a = call.constant(0, 'first operand');
    const b = call.constant(1, 'second operand');
    const result = broadcast(call, a.shape, b.shape);
    checkedLength(call, elementsOf(result));
    const isFloat = a.values instanceof Float32Array || b.values instanceof Float32Array;
    const values = Float64Array.from({ length: elementsOf(result) }, (_, i) => {
      const value = operate(a.values[a.values.length === 1 ? 0 : i]!, b.values[b.values.length === 1 ? 0 : i]!);
      return isFloat ? value : Math.trunc(value);
    });
    return constant(result, isFloat ? Float32Array.from(values) : values);
  };
}
