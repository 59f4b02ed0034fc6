/** Conv2D, DepthwiseConv2D and SeparableConv2D. Keras's filters are [height, width, inputs, outputs or multiplier]. */
import { mapShape } from '../../../ir/shape.ts';
import type { TensorId } from '../../../ir/units.ts';
import type { Window } from '../../../ops/window.ts';
import { outputsFirst } from '../../weight-layout.ts';
import type { LayerCall, Value } from '../call.ts';
import { activated } from './activation.ts';
import { windowOf } from './window.ts';

/** The window of a convolution; dilation along a side of 1 has no effect. */
function convolutionWindow(call: LayerCall): Window {
  const kernel = call.settings.pair('kernel_size');
  const dilation = call.settings.pair('dilation_rate', 1);
  if (dilation.some((rate, side) => rate !== 1 && kernel[side] !== 1)) {
    call.refuse(`dilation_rate is ${dilation.join('×')}, and only 1×1 is supported`);
  }
  return windowOf(call, kernel);
}

/** A missing bias is zeros. */
const biasRoles = (call: LayerCall, channels: number): readonly (readonly [readonly [string], readonly [number]])[] =>
  call.settings.boolean('use_bias', true) ? [[['bias'], [channels]]] : [];

/** Conv2D, grouped or not. */
export function conv2d(call: LayerCall): Value {
  const id = call.map();
  const { channels } = mapShape(call.shapeOf(id));
  const outputChannels = call.settings.size('filters');
  const groups = call.settings.size('groups', 1);
  if (channels % groups !== 0 || outputChannels % groups !== 0) {
    return call.mismatch(`${groups} groups do not divide ${channels} input and ${outputChannels} output channels`);
  }
  const window = convolutionWindow(call);
  const [kernel, bias = new Float32Array(outputChannels)] = call.weights([
    [['kernel'], [...window.kernel, channels / groups, outputChannels]],
    ...biasRoles(call, outputChannels),
  ]);
  const parameters = { weights: outputsFirst(kernel!, outputChannels), bias };
  return activated(call, call.emit('conv2d', id, { ...window, outputChannels, groups, activation: null }, parameters));
}

/** Filters [height, width, inputs, multiplier] lie as snug's 1HWC do. */
function depthwise(call: LayerCall, id: TensorId, weights: Float32Array, bias: Float32Array, name: string): TensorId {
  const multiplier = call.settings.size('depth_multiplier', 1);
  const attributes = { ...convolutionWindow(call), multiplier, activation: null };
  return call.emit('depthwiseConv2d', id, attributes, { weights, bias }, name);
}

/** DepthwiseConv2D with any multiplier. */
export function depthwiseConv2d(call: LayerCall): Value {
  const id = call.map();
  const { channels } = mapShape(call.shapeOf(id));
  const multiplier = call.settings.size('depth_multiplier', 1);
  const { kernel } = convolutionWindow(call);
  const [weights, bias = new Float32Array(channels * multiplier)] = call.weights([
    [
      ['kernel', 'depthwise_kernel'],
      [...kernel, channels, multiplier],
    ],
    ...biasRoles(call, channels * multiplier),
  ]);
  return activated(call, depthwise(call, id, weights!, bias, call.place.layer.name));
}

/** SeparableConv2D becomes a depthwise and a pointwise convolution; the bias belongs to the second. */
export function separableConv2d(call: LayerCall): Value {
  const id = call.map();
  const { channels } = mapShape(call.shapeOf(id));
  const outputChannels = call.settings.size('filters');
  const middle = channels * call.settings.size('depth_multiplier', 1);
  const { kernel } = convolutionWindow(call);
  const [first, second, bias = new Float32Array(outputChannels)] = call.weights([
    [['depthwise_kernel'], [...kernel, channels, middle / channels]],
    [['pointwise_kernel'], [1, 1, middle, outputChannels]],
    ...biasRoles(call, outputChannels),
  ]);
  const between = depthwise(call, id, first!, new Float32Array(middle), `${call.place.layer.name}_depthwise`);
  const pointwise = {
    kernel: [1, 1],
    stride: [1, 1],
    padding: 'valid',
    outputChannels,
    groups: 1,
    activation: null,
  } as const;
  return activated(
    call,
    call.emit('conv2d', between, pointwise, { weights: outputsFirst(second!, outputChannels), bias }),
  );
}

/** Dense: fully connected on rows, a pointwise convolution on maps. */
export function dense(call: LayerCall): Value {
  const id = call.input();
  const shape = call.shapeOf(id);
  const outputs = call.settings.size('units');
  const inputs = shape.at(-1) ?? 0;
  const [kernel, bias = new Float32Array(outputs)] = call.weights([
    [['kernel'], [inputs, outputs]],
    ...biasRoles(call, outputs),
  ]);
  const parameters = { weights: outputsFirst(kernel!, outputs), bias };
  if (shape.length === 2)
    return activated(call, call.emit('fullyConnected', id, { outputs, activation: null }, parameters));
  const pointwise = {
    kernel: [1, 1],
    stride: [1, 1],
    padding: 'valid',
    outputChannels: outputs,
    groups: 1,
    activation: null,
  } as const;
  return activated(call, call.emit('conv2d', id, pointwise, parameters));
}
