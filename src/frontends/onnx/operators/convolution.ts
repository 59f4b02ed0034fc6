/** Conv: a convolution over maps, depthwise where every input channel is a group of its own. */
import { formatShape, mapShape } from '../../../ir/shape.ts';
import { depthwiseFromTorch, filtersFromTorch, type TorchFilterShape } from '../../weight-layout.ts';
import type { OperatorCall, Value } from '../call.ts';
import { keepBias, keepWeights } from '../quantized/facts.ts';
import { channelsFirstView } from '../view.ts';
import { kernelOf, windowOf } from '../window.ts';

function filterShape(call: OperatorCall, shape: readonly number[]): TorchFilterShape {
  if (shape.length !== 4 || shape.some(d => d < 1)) {
    return call.refuse(`its weights are ${formatShape(shape)}; only convolutions over height and width are supported`);
  }
  return shape as readonly number[] & TorchFilterShape;
}

/** Weights [outputs, inputs / group, kh, kw] become OHWI or, depthwise, 1HWC; a missing bias is zeros. */
export function convolution(call: OperatorCall): Value {
  const value = call.activation(0);
  const weights = call.constant(1, 'weights');
  const shape = filterShape(call, weights.shape);
  const [outputChannels, groupInputs, ...kernel] = shape;
  const stated = kernelOf(call);
  if (stated !== null && (stated[0] !== kernel[0] || stated[1] !== kernel[1])) {
    return call.mismatch(`kernel_shape is ${stated.join('×')} and the weights are ${formatShape(shape)}`);
  }
  const groups = call.attributes.int('group', 1);
  const id = call.channelsFirstMap(value);
  const input = mapShape(call.shapeOf(id));
  if (groups < 1 || groupInputs * groups !== input.channels || outputChannels % groups !== 0) {
    const layer = `${formatShape(shape)} weights in ${groups} group(s)`;
    return call.mismatch(`${layer} do not fit ${input.channels} input channels`);
  }
  const given = call.optionalConstant(2, 'bias');
  if (given !== null && given.values.length !== outputChannels) {
    return call.mismatch(`the bias has ${given.values.length} elements for ${outputChannels} output channels`);
  }
  // A copy: constants added to the output later are added to it.
  const bias = call.allocate(outputChannels);
  if (given !== null) bias.set(given.values);
  call.reserve(weights.values.length);
  const values = Float32Array.from(weights.values);
  const window = windowOf(call, kernel, input);
  const depthwise = groups > 1 && groups === input.channels;
  const arranged = depthwise ? depthwiseFromTorch(values, shape) : filtersFromTorch(values, shape);
  keepWeights(call.conversion.quantized, arranged, weights, 0, outputChannels);
  if (given !== null) keepBias(call.conversion.quantized, bias, given);
  const output = depthwise
    ? call.emit(
        'depthwiseConv2d',
        id,
        { ...window, multiplier: outputChannels / groups, activation: null },
        { weights: arranged, bias },
      )
    : call.emit('conv2d', id, { ...window, outputChannels, groups, activation: null }, { weights: arranged, bias });
  return call.result(output, channelsFirstView(call.shapeOf(output)), bias);
}
