/** MUL, SUB, DIV and ADD with one constant for each channel, as networks begin with that scale their input. */
import { formatShape } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';
import { slots } from '../schema.ts';
import { floatsOf } from '../values.ts';

interface Operands {
  /** Where the computed operand stands. */
  readonly index: 0 | 1;
  /** One number for each channel. */
  readonly numbers: Float32Array;
}

/** The constant operand; refuses two computed ones. */
function operandsOf(call: OperatorCall): Operands {
  const index = call.value(0).kind === 'constant' ? 1 : 0;
  const constant = call.constant(1 - index, 'constant operand');
  const value = call.activation(index);
  const { target } = call.conversion;
  if (!target.float) {
    return call.refuse(
      'in a quantized network it is supported before the first layer only, where the input is a picture of 1 or 3 channels and nothing else reads it',
    );
  }
  const values = floatsOf(constant);
  const channels = value.shape.at(-1) ?? 1;
  const fits =
    values !== null && (values.length === 1 || (values.length === channels && constant.shape.at(-1) === channels));
  if (fits) return { index, numbers: new Float32Array(channels).map((_, c) => values[values.length === 1 ? 0 : c]!) };
  const shapes = `${formatShape(value.shape)} and a constant of ${formatShape(constant.shape)}`;
  return call.refuse(`its operands are ${shapes}, and the constant must be one number for each channel`);
}

/** factor · value + offset, then the fused activation. */
function affine(call: OperatorCall, index: 0 | 1, factor: Float32Array, offset: Float32Array): Value {
  const value = call.activation(index);
  const id = call.affine(call.shaped(value, value.shape), factor, offset);
  // The options of all four operators have their activation at the same place.
  const activation = call.activationOption(slots.add.activation);
  return call.result(activation === null ? id : call.plain('clamp', [id], activation, null), value.shape);
}

const zeros = (numbers: Float32Array): Float32Array => new Float32Array(numbers.length);
const ones = (numbers: Float32Array): Float32Array => new Float32Array(numbers.length).fill(1);

/** MUL of a value and a constant. */
export function multiply(call: OperatorCall): Value {
  const { index, numbers } = operandsOf(call);
  return affine(call, index, numbers, zeros(numbers));
}

/** DIV of a value by a constant. */
export function divide(call: OperatorCall): Value {
  const { index, numbers } = operandsOf(call);
  if (index === 1) return call.refuse('it divides a constant by what is computed');
  if (numbers.includes(0)) return call.refuse('it divides by 0');
  const factors = numbers.map(number => 1 / number);
  return affine(call, index, factors, zeros(numbers));
}

/** SUB of a constant from a value, or of a value from a constant. */
export function subtract(call: OperatorCall): Value {
  const { index, numbers } = operandsOf(call);
  return index === 0
    ? affine(
        call,
        index,
        ones(numbers),
        numbers.map(number => -number),
      )
    : affine(
        call,
        index,
        ones(numbers).map(one => -one),
        numbers,
      );
}

/** ADD of a value and a constant. */
export function shift(call: OperatorCall): Value {
  const { index, numbers } = operandsOf(call);
  return affine(call, index, ones(numbers), numbers);
}
