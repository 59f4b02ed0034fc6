/** Conv2D and DepthwiseConv2dNative, plain and fused. */
import { formatShape, mapShape } from '../../../ir/shape.ts';
import type { TensorId } from '../../../ir/units.ts';
import type { Window } from '../../../ops/window.ts';
import { outputsFirst } from '../../weight-layout.ts';
import type { OperatorCall, Value } from '../call.ts';
import { windowOf } from '../window.ts';
import { epilogueOf } from './fused.ts';

/** What both kinds of convolution have in the file. */
interface Filters {
  readonly input: TensorId;
  readonly window: Window;
  readonly values: Float32Array;
  readonly inputs: number;
  /** Output channels of Conv2D, or the multiplier. */
  readonly last: number;
}

/** Weights [kh, kw, inputs, outputs or multiplier] that fit the map. */
function filtersOf(call: OperatorCall): Filters {
  const input = call.map(call.activation(0));
  const { shape, values } = call.constant(1, 'weights');
  if (shape.length !== 4 || shape.some(size => size < 1)) {
    return call.refuse(`its weights are ${formatShape(shape)}; only convolutions over height and width are supported`);
  }
  const [height, width, inputs, last] = shape as readonly number[] & readonly [number, number, number, number];
  const { channels } = mapShape(call.shapeOf(input));
  if (inputs !== channels) return call.mismatch(`${formatShape(shape)} weights do not fit ${channels} input channels`);
  call.reserve(values.length);
  return { input, window: windowOf(call, [height, width]), values, inputs, last };
}

/** Conv2D. */
export function conv2d(call: OperatorCall): Value {
  const { input, window, values, last: outputChannels } = filtersOf(call);
  const { bias, activation, openBias } = epilogueOf(call, outputChannels);
  const parameters = { weights: outputsFirst(values, outputChannels), bias };
  const output = call.emit('conv2d', [input], { ...window, outputChannels, groups: 1, activation }, parameters);
  return call.result(output, undefined, openBias);
}

/**
 * DepthwiseConv2dNative: output channel c · multiplier + m, which is the order of snug's [1, kh, kw, channels · multiplier]
 * already.
 */
export function depthwiseConv2d(call: OperatorCall): Value {
  const { input, window, values, inputs, last: multiplier } = filtersOf(call);
  const { bias, activation, openBias } = epilogueOf(call, inputs * multiplier);
  const parameters = { weights: values.slice(), bias };
  const output = call.emit('depthwiseConv2d', [input], { ...window, multiplier, activation }, parameters);
  return call.result(output, undefined, openBias);
}
