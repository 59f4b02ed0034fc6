/** Strides, padding and data format of convolutions and pooling, from TensorFlow's attributes to snug's `Window`. */
import type { Padding, Window } from '../../ops/window.ts';
import type { OperatorCall } from './call.ts';

type Pair = readonly [height: number, width: number];

const CHANNELS_LAST = 'NHWC';

/** Refuses maps that lie in memory otherwise than snug's. */
export function requireChannelsLast(call: OperatorCall): void {
  const format = call.attributes.string('data_format', CHANNELS_LAST);
  if (format !== CHANNELS_LAST) call.refuse(`data_format is ${format}, and only ${CHANNELS_LAST} is supported`);
}

/** Height and width of an attribute [batch, height, width, channels], whose other two entries are 1. */
export function pairOf(call: OperatorCall, name: string): Pair {
  const values = call.attributes.ints(name);
  const [batch, height, width, channels] = values;
  if (values.length !== 4 || batch !== 1 || channels !== 1) {
    return call.refuse(`${name} is [${values.slice(0, 8).join(', ')}], and only [1, height, width, 1] is supported`);
  }
  return [height!, width!];
}

/** Dilation has no int8 kernel here; along a side of 1 it has no effect. */
function refuseDilation(call: OperatorCall, kernel: Pair): void {
  if (call.attributes.ints('dilations').length === 0) return;
  const dilations = pairOf(call, 'dilations');
  if (dilations.some((dilation, side) => dilation !== 1 && kernel[side] !== 1)) {
    call.refuse(`dilations are ${dilations.join('×')}, and only 1×1 is supported`);
  }
}

/** `explicit_paddings` has begin and end of each dimension: batch, height, width, channels. */
function explicitPadding(call: OperatorCall): Padding {
  const pads = call.attributes.ints('explicit_paddings');
  const [batchBegin, batchEnd, top, bottom, left, right, channelsBegin, channelsEnd] = pads;
  const others = [batchBegin, batchEnd, channelsBegin, channelsEnd];
  if (pads.length !== 8 || others.some(side => side !== 0)) {
    return call.refuse(
      `explicit_paddings are [${pads.slice(0, 8).join(', ')}], which are not of height and width alone`,
    );
  }
  return { top: top!, bottom: bottom!, left: left!, right: right! };
}

function paddingOf(call: OperatorCall): Padding {
  const rule = call.attributes.string('padding', '');
  switch (rule) {
    case 'SAME':
      return 'same';
    case 'VALID':
      return 'valid';
    case 'EXPLICIT':
      return explicitPadding(call);
    default:
      return call.refuse(`padding is ${JSON.stringify(rule.slice(0, 80))}`);
  }
}

/** The window of a node with this kernel. */
export function windowOf(call: OperatorCall, kernel: Pair): Window {
  requireChannelsLast(call);
  refuseDilation(call, kernel);
  return { kernel, stride: pairOf(call, 'strides'), padding: paddingOf(call) };
}
