/** What changes the size of a map: average pooling, the mean over height and width, and zeros around it. */
import { formatShape } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';
import { pairOf, windowOf } from '../window.ts';

/** AvgPool: taps outside of the map are not counted, in TensorFlow as in snug. */
export function averagePool(call: OperatorCall): Value {
  const input = call.map(call.activation(0));
  const window = windowOf(call, pairOf(call, 'ksize'));
  return call.result(call.emit('averagePool', [input], { window, activation: null }, {}));
}

/** Mean over height and width. */
export function mean(call: OperatorCall): Value {
  const value = call.activation(0);
  const rank = value.shape.length;
  const axes = new Set(Array.from(call.constant(1, 'axes').values.subarray(0, 8), axis => call.axis(axis, rank)));
  if (rank !== 4 || axes.size !== 2 || !axes.has(1) || !axes.has(2)) {
    const over = [...axes].join(', ');
    return call.refuse(`it runs over axes ${over} of ${formatShape(value.shape)}, which are not height and width`);
  }
  const id = call.emit('averagePool', [call.map(value)], { window: 'global', activation: null }, {});
  const [batch, , , channels] = value.shape;
  return call.result(id, call.attributes.bool('keep_dims', false) ? undefined : [batch!, channels!]);
}

/** Pad and PadV2 with zeros; `paddings` is [4, 2], begin and end of each dimension. */
export function pad(call: OperatorCall): Value {
  const input = call.map(call.activation(0));
  const { shape, values } = call.constant(1, 'paddings');
  const border = call.inputs.length > 2 ? call.constant(2, 'border value').values : Float32Array.of(0);
  if (border.length !== 1 || border[0] !== 0) return call.refuse('it pads with another value than 0');
  if (shape.length !== 2 || values.length !== 8) return call.refuse(`its paddings are ${formatShape(shape)}`);
  const [batchBegin, batchEnd, top, bottom, left, right, channelsBegin, channelsEnd] = values;
  if ([batchBegin, batchEnd, channelsBegin, channelsEnd].some(side => side !== 0)) {
    return call.refuse('it pads other dimensions than height and width');
  }
  return call.result(call.emit('pad', [input], { top: top!, bottom: bottom!, left: left!, right: right! }, {}));
}
