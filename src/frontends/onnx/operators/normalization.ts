/**
 * BatchNormalization at inference, and arithmetic with one constant for each channel, which exporters make of its parts and
 * networks begin with that scale their input. All stay layers of their own here and are folded by passes.
 */
import { formatShape } from '../../../ir/shape.ts';
import type { Activation, OperatorCall, Value } from '../call.ts';
import { isContiguous } from '../view.ts';
import { perChannel } from './channels.ts';

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

/** The network's input is its first tensor. */
const INPUT = 0;

/** An activation, and the constant that an operator joins it with. */
interface Operands {
  readonly value: Activation;
  /** One number for each channel. */
  readonly numbers: Float32Array;
  /** Whether the constant is the first operand. */
  readonly constantFirst: boolean;
}

function operandsOf(call: OperatorCall): Operands {
  const constantFirst = call.inputs[0]?.kind === 'constant';
  const value = call.activation(constantFirst ? 1 : 0);
  const given = call.constant(constantFirst ? 0 : 1, 'constant operand');
  const numbers = perChannel(value, given, call.shapeOf(value.id).at(-1) ?? 1);
  if (numbers !== null) return { value, numbers, constantFirst };
  const shapes = `${formatShape(value.shape)} and a constant of ${formatShape(given.shape)}`;
  return call.refuse(`its operands are ${shapes}, and the constant must be one number for each channel`);
}

/** factor · value + offset, to whose offset a constant may be added. */
function affine(call: OperatorCall, value: Activation, gamma: Float32Array, beta: Float32Array): Value {
  const channels = gamma.length;
  const { scaling } = call.conversion;
  if (value.id === INPUT && value.coding === null && scaling !== null) {
    const scaled = (numbers: Float64Array): Float64Array => numbers.map((number, c) => number * gamma[c]!);
    call.conversion.scaling = {
      scale: scaled(scaling.scale),
      offset: scaled(scaling.offset).map((number, c) => number + beta[c]!),
    };
    return { ...value, openBias: null };
  }
  call.reserve(channels);
  const parameters = { gamma, beta, mean: new Float32Array(channels), variance: new Float32Array(channels).fill(1) };
  return call.result(call.emit('batchNorm', value.id, { epsilon: 0 }, parameters), value, beta);
}

/** Mul of an activation and one number for each channel. */
export function multiplied(call: OperatorCall): Value {
  const { value, numbers } = operandsOf(call);
  return affine(call, value, numbers, new Float32Array(numbers.length));
}

/** Div of an activation by one number for each channel. */
export function divided(call: OperatorCall): Value {
  const { value, numbers, constantFirst } = operandsOf(call);
  if (constantFirst) return call.refuse('it divides a constant by an activation');
  if (numbers.includes(0)) return call.refuse('it divides by 0');
  return affine(
    call,
    value,
    numbers.map(number => 1 / number),
    new Float32Array(numbers.length),
  );
}

/** Sub of one number for each channel from an activation, or of an activation from them. */
export function subtracted(call: OperatorCall): Value {
  const { value, numbers, constantFirst } = operandsOf(call);
  const factors = new Float32Array(numbers.length).fill(constantFirst ? -1 : 1);
  return affine(call, value, factors, constantFirst ? numbers : numbers.map(number => -number));
}

/** Add of one number for each channel to an activation that no layer with a bias makes. */
export function shifted(call: OperatorCall): Value {
  const { value, numbers } = operandsOf(call);
  return affine(call, value, new Float32Array(numbers.length).fill(1), numbers);
}
