/** ADD, and the activations that stand alone. */
import { elementsOf, formatShape, type Shape, sameShape } from '../../../ir/shape.ts';
import type { OpTypes } from '../../../ops/index.ts';
import type { Activation, OperatorCall, Value } from '../call.ts';
import { slots } from '../schema.ts';
import { shift } from './scaling.ts';

/** A shape that snug has tensors of, with the elements of any other in their order. */
function tensorShape(shape: Shape): Shape {
  return (shape.length === 2 || shape.length === 4) && shape[0] === 1 ? shape : [1, elementsOf(shape)];
}

/** Two tensors of one shape, or one tensor and a constant. */
export function add(call: OperatorCall): Value {
  if (call.value(0).kind === 'constant' || call.value(1).kind === 'constant') return shift(call);
  const values = [call.activation(0), call.activation(1)] as const;
  const [{ shape }, second] = values;
  if (!sameShape(shape, second.shape)) {
    return call.refuse(`it adds ${formatShape(second.shape)} to ${formatShape(shape)}, and shapes must be the same`);
  }
  const inputs = values.map(value => call.shaped(value, tensorShape(shape)));
  const activation = call.activationOption(slots.add.activation);
  return call.result(call.plain('add', inputs, { activation }), shape);
}

/** A clamp; where its output has another quantization than its input, a rescaling with bounds. */
export function clampTo(bounds: OpTypes['clamp']['attributes']): (call: OperatorCall) => Value {
  return call => {
    const value = call.activation(0);
    if (call.conversion.target.float || call.keepsQuantization()) {
      return call.result(call.plain('clamp', [call.shaped(value, tensorShape(value.shape))], bounds), value.shape);
    }
    return rescaled(call, value, bounds);
  };
}

/** The value under the output's quantization. */
export function rescaled(call: OperatorCall, value: Activation, bounds: OpTypes['clamp']['attributes'] | null): Value {
  const { shape } = value;
  const map = shape.length === 4 && shape[0] === 1 ? shape : [1, 1, 1, elementsOf(shape)];
  return call.result(call.rescale(call.shaped(value, map), bounds), shape);
}
