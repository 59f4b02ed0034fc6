/** SOFTMAX over the last dimension. */
import { elementsOf } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';
import { scalar } from '../flatbuffer.ts';
import { slots } from '../schema.ts';

/** Rows are the last dimension; a tensor of another rank than 4 is one row. */
export function softmax(call: OperatorCall): Value {
  const value = call.activation(0);
  const beta = call.operator.options?.number(slots.softmax.beta, scalar.float32, 0) ?? 0;
  if (beta !== 1) return call.refuse(`its beta is ${beta}, and only 1 is supported`);
  const { shape } = value;
  const length = shape.at(-1) ?? 1;
  if (shape.length !== 4 && length !== elementsOf(shape)) return call.refuse('it has several rows');
  const input = call.shaped(value, shape.length === 4 ? shape : [1, length]);
  return call.result(call.plain('softmax', [input], {}), shape);
}
