/**
 * What multiplies or shifts each channel by constants: batch normalization in all of its forms, biases, and arithmetic with
 * a constant. All but biases become `batchNorm`, which a pass folds into the layer before it.
 */
import { formatShape } from '../../../ir/shape.ts';
import type { Activation, Constant, OperatorCall, Value } from '../call.ts';
import { requireChannelsLast } from '../window.ts';

/** The number for each channel of `target` in a constant that is broadcast to it; a refusal where it varies otherwise. */
function perChannel(call: OperatorCall, target: Activation, { shape, values }: Constant): Float32Array {
  const channels = target.shape.at(-1) ?? 1;
  const given = call.allocate(channels);
  if (shape.length <= target.shape.length && values.length === 1) return given.fill(values[0]!);
  if (shape.length > target.shape.length || shape.at(-1) !== channels || values.length !== channels) {
    const shapes = `${formatShape(target.shape)} and a constant of ${formatShape(shape)}`;
    return call.refuse(`its operands are ${shapes}, which is not one number for each channel`);
  }
  given.set(values);
  return given;
}

/** value · factor + offset, to whose offset a constant may be added later. */
function affine(call: OperatorCall, value: Activation, factor: Float32Array, offset: Float32Array): Value {
  const mean = call.allocate(factor.length);
  const variance = call.allocate(factor.length).fill(1);
  const parameters = { gamma: factor, beta: offset, mean, variance };
  const id = call.emit('batchNorm', [call.channelsLast(value)], { epsilon: 0 }, parameters);
  return call.result(id, value.shape, offset);
}

/**
 * Adds a constant, to the bias of the layer before where there is one. The bias was made by this conversion and belongs to
 * a graph that is not finished, so it is changed in place.
 */
export function shifted(call: OperatorCall, value: Activation, constant: Constant, sign: 1 | -1): Value {
  const offset = perChannel(call, value, constant);
  const bias = value.openBias;
  if (bias !== null && bias.length === offset.length) {
    offset.forEach((number, c) => {
      bias[c]! += sign * number;
    });
    return value;
  }
  const signed = offset.map(number => sign * number);
  return affine(call, value, call.allocate(offset.length).fill(1), signed);
}

/** BiasAdd. */
export function biasAdd(call: OperatorCall): Value {
  requireChannelsLast(call);
  return shifted(call, call.activation(0), call.constant(1, 'bias'), 1);
}

/** Mul of an activation and a constant, in either order. */
export function multiply(call: OperatorCall): Value {
  const second = call.input(1).kind === 'constant';
  const value = call.activation(second ? 0 : 1);
  const factor = perChannel(call, value, call.constant(second ? 1 : 0, 'factors'));
  return affine(call, value, factor, call.allocate(factor.length));
}

/** RealDiv by a constant. */
export function divide(call: OperatorCall): Value {
  const value = call.activation(0);
  const factor = perChannel(call, value, call.constant(1, 'divisor')).map(divisor => 1 / divisor);
  return affine(call, value, factor, call.allocate(factor.length));
}

/** Sub of a constant from an activation, or of an activation from a constant. */
export function subtract(call: OperatorCall): Value {
  const second = call.input(1);
  if (second.kind === 'constant') return shifted(call, call.activation(0), second, -1);
  const offset = perChannel(call, second, call.constant(0, 'first operand'));
  return affine(call, second, call.allocate(offset.length).fill(-1), offset);
}

/** FusedBatchNorm, FusedBatchNormV2 and FusedBatchNormV3 at inference. */
export function fusedBatchNorm(call: OperatorCall): Value {
  requireChannelsLast(call);
  if (call.attributes.bool('is_training', false)) return call.refuse('it is in training mode (is_training)');
  const value = call.activation(0);
  const epsilon = call.attributes.float('epsilon', 1e-4);
  if (!(epsilon >= 0)) return call.refuse(`epsilon is ${epsilon}`);
  const channels = value.shape.at(-1) ?? 1;
  const parameters = {
    gamma: call.channelConstant(1, 'scale', channels),
    beta: call.channelConstant(2, 'offset', channels),
    mean: call.channelConstant(3, 'mean', channels),
    variance: call.channelConstant(4, 'variance', channels),
  };
  return call.result(call.emit('batchNorm', [call.map(value)], { epsilon }, parameters), value.shape);
}
