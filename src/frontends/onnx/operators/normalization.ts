/**
 * BatchNormalization at inference, and Mul with a constant, which is what exporters make of its factor. Both stay layers of
 * their own here and are folded by a pass.
 */
import { formatShape } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';
import { isContiguous } from '../view.ts';
import { perChannel } from './elementwise.ts';

/** Over the channels of a map [1, c, h, w] or over the elements of a row [1, c]. */
export function batchNormalization(call: OperatorCall): Value {
  const value = call.activation(0);
  if (call.attributes.int('training_mode', 0) !== 0) return call.refuse('it is in training mode');
  if (call.attributes.int('spatial', 1) === 0) return call.refuse('spatial is 0');
  const epsilon = call.attributes.float('epsilon', 1e-5);
  if (!(epsilon >= 0)) return call.refuse(`epsilon is ${epsilon}`);
  const channels = value.shape[1] ?? 0;
  const parameter = (index: number, what: string): Float32Array => {
    const { values } = call.constant(index, what);
    if (values.length !== channels) {
      return call.mismatch(`${what} has ${values.length} elements for ${channels} channels`);
    }
    return Float32Array.from(values);
  };
  const parameters = {
    gamma: parameter(1, 'scale'),
    beta: parameter(2, 'offset'),
    mean: parameter(3, 'mean'),
    variance: parameter(4, 'variance'),
  };
  if (value.shape.length === 2 && value.shape[0] === 1) {
    if (!isContiguous(value)) return call.refuse('it normalizes a flattened channels-first map');
    const row = call.shaped(value, [1, channels]);
    return call.result(call.emit('batchNorm', row, { epsilon }, parameters), value);
  }
  if (value.shape.length !== 4) return call.refuse(`its input is ${formatShape(value.shape)}`);
  return call.result(call.emit('batchNorm', call.channelsFirstMap(value), { epsilon }, parameters), value);
}

/** Mul of an activation and one number for each channel, to whose offset a constant may be added. */
export function scaled(call: OperatorCall): Value {
  const second = call.inputs[1]?.kind === 'constant';
  const value = call.activation(second ? 0 : 1);
  const factors = call.constant(second ? 1 : 0, 'factors');
  const channels = call.shapeOf(value.id).at(-1) ?? 1;
  const gamma = perChannel(value, factors, channels);
  if (gamma === null) {
    const shapes = `${formatShape(value.shape)} by a constant of ${formatShape(factors.shape)}`;
    return call.refuse(`multiplying ${shapes} is not one factor per channel`);
  }
  const beta = call.allocate(channels);
  const parameters = { gamma, beta, mean: new Float32Array(channels), variance: new Float32Array(channels).fill(1) };
  return call.result(call.emit('batchNorm', value.id, { epsilon: 0 }, parameters), value, beta);
}
