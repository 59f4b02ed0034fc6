/** Softmax over the channels of a map or over all elements of a row. */
import { elementsOf, formatShape } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';
import { factorsOf } from '../view.ts';

/** Up to operator set 12, the dimensions from `axis` on are flattened first; from 13 on, `axis` is the only one. */
export function softmax(call: OperatorCall): Value {
  const value = call.activation(0);
  const rank = value.shape.length;
  const flattens = call.conversion.opset < 13;
  const axis = call.axis(call.attributes.int('axis', flattens ? 1 : -1), rank);
  const over = flattens ? value.shape.slice(axis) : [value.shape[axis]!];
  const size = elementsOf(over);
  if (size === elementsOf(value.shape)) {
    // The sum runs over everything, so the order of the elements does not matter.
    return call.result(call.emit('softmax', call.shaped(value, [1, size]), {}, {}), value);
  }
  const factors = over.length === 1 || elementsOf(over.slice(1)) === 1 ? factorsOf(value, axis) : null;
  const isLast = factors?.length === 1 && factors[0]!.stride === 1;
  if (!isLast || call.shapeOf(value.id).at(-1) !== size) {
    return call.refuse(`it runs over axis ${axis} of ${formatShape(value.shape)}, which are not the channels`);
  }
  return call.result(call.emit('softmax', value.id, {}, {}), value);
}
