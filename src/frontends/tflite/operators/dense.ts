/** FULLY_CONNECTED. */
import { elementsOf, formatShape } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';
import { refuseFile } from '../flatbuffer.ts';
import { slots } from '../schema.ts';

/** Weights [out, in], as snug has them; the input is one row, whatever its shape. */
export function fullyConnected(call: OperatorCall): Value {
  const value = call.activation(0);
  const weights = call.constant(1, 'weights');
  const bias = call.optionalConstant(2, 'biases');
  const [outputs = 0, inputs = 0] = weights.shape;
  if (weights.shape.length !== 2 || outputs < 1 || inputs < 1) {
    return refuseFile(`its weights are ${formatShape(weights.shape)} and no matrix`, call.origin);
  }
  if (bias !== null && elementsOf(bias.shape) !== outputs) {
    return refuseFile(`it has ${outputs} outputs and a bias of ${formatShape(bias.shape)}`, call.origin);
  }
  if (call.option(slots.fullyConnected.weightsFormat, 0, 'int8') !== 0) return call.refuse('its weights are shuffled');
  const given = elementsOf(value.shape);
  if (given !== inputs) {
    return given % inputs === 0
      ? call.refuse(`it is applied to ${given / inputs} rows of ${formatShape(value.shape)}; one row is supported`)
      : call.mismatch(`its weights take ${inputs} values, and its input has ${given}`);
  }
  const input = call.shaped(value, isTensorShape(value.shape) ? value.shape : [1, given]);
  const activation = call.activationOption(slots.fullyConnected.activation);
  const id = call.weighted('fullyConnected', input, { outputs, activation }, { weights, bias });
  const keeps = call.option(slots.fullyConnected.keepDimensions, 0, 'int8') !== 0;
  return call.result(id, keeps ? [...value.shape.slice(0, -1), outputs] : [1, outputs]);
}

/** Whether snug has tensors of this shape. */
function isTensorShape(shape: readonly number[]): boolean {
  return (shape.length === 2 || shape.length === 4) && shape[0] === 1;
}
