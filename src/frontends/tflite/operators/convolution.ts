/** CONV_2D and DEPTHWISE_CONV_2D. */
import { formatShape } from '../../../ir/shape.ts';
import type { Window } from '../../../ops/window.ts';
import type { OperatorCall, Value } from '../call.ts';
import { refuseFile } from '../flatbuffer.ts';
import { slots } from '../schema.ts';
import type { LayerConstants } from '../target.ts';
import { paddedWindow, paddingRule, refuseDilation } from '../window.ts';

/** Weights of rank 4 without empty dimensions, and a bias for each of the channels along `axis`. */
function constantsOf(call: OperatorCall, axis: number): LayerConstants {
  const weights = call.constant(1, 'weights');
  const bias = call.optionalConstant(2, 'biases');
  const { shape } = weights;
  if (shape.length !== 4 || shape.some(size => size < 1)) {
    return refuseFile(`its weights are ${formatShape(shape)} and no kernel of rank 4`, call.origin);
  }
  if (bias !== null && (bias.shape.length !== 1 || bias.shape[0] !== shape[axis])) {
    return refuseFile(`it has ${shape[axis]} output channels and a bias of ${formatShape(bias.shape)}`, call.origin);
  }
  return { weights, bias };
}

type WindowSlots = typeof slots.convolution | typeof slots.depthwise;

function windowOf(call: OperatorCall, fields: WindowSlots, shape: readonly number[]): Window {
  const kernel = [shape[1]!, shape[2]!] as const;
  refuseDilation(call, kernel, [call.option(fields.dilationHeight, 1), call.option(fields.dilationWidth, 1)]);
  return {
    kernel,
    stride: [call.option(fields.strideHeight), call.option(fields.strideWidth)],
    padding: paddingRule(call, fields.padding),
  };
}

/** Weights OHWI, as snug has them; fewer input channels than the map has mean groups. */
export function convolution(call: OperatorCall): Value {
  const value = call.activation(0);
  const constants = constantsOf(call, 0);
  const { shape } = constants.weights;
  const { window, input } = paddedWindow(call, value, windowOf(call, slots.convolution, shape));
  const channels = call.mapShapeOf(value)[3]!;
  if (channels % shape[3]! !== 0) {
    return call.mismatch(`its weights take ${shape[3]} channels, and its input has ${channels}`);
  }
  const activation = call.activationOption(slots.convolution.activation);
  const attributes = { ...window, outputChannels: shape[0]!, groups: channels / shape[3]!, activation };
  return call.result(call.weighted('conv2d', input, attributes, constants));
}

/** Weights 1HWC, as snug has them; the multiplier follows from the channels. */
export function depthwiseConvolution(call: OperatorCall): Value {
  const value = call.activation(0);
  const constants = constantsOf(call, 3);
  const { shape } = constants.weights;
  const { window, input } = paddedWindow(call, value, windowOf(call, slots.depthwise, shape));
  const channels = call.mapShapeOf(value)[3]!;
  if (shape[0] !== 1 || shape[3]! % channels !== 0) {
    return call.mismatch(`its weights are ${formatShape(shape)}, and its input has ${channels} channels`);
  }
  const activation = call.activationOption(slots.depthwise.activation);
  const attributes = { ...window, multiplier: shape[3]! / channels, activation };
  return call.result(call.weighted('depthwiseConv2d', input, attributes, constants));
}
