/** GlobalAveragePool, AveragePool, and ReduceMean over height and width. */
import { elementsOf, formatShape, type MapShape, mapShape } from '../../../ir/shape.ts';
import { resolvePadding, type Window } from '../../../ops/window.ts';
import type { OperatorCall, Value } from '../call.ts';
import { channelsFirstView, contiguousView, isContiguous, reshaped } from '../view.ts';
import { kernelOf, windowOf } from '../window.ts';
import { stoodForWhole } from '../window-notes.ts';
import { axesOf } from './axes.ts';

/** GlobalAveragePool: [1, c, h, w] becomes [1, c, 1, 1]. */
export function globalAveragePool(call: OperatorCall): Value {
  const id = call.channelsFirstMap(call.activation(0));
  const output = call.emit('averagePool', id, { window: 'global', activation: null }, {});
  return call.result(output, channelsFirstView(call.shapeOf(output)));
}

/** snug counts only taps inside the map and rounds output sizes down. */
function refuseOtherRules(call: OperatorCall, window: Window, input: MapShape): void {
  const { top, bottom, left, right } = resolvePadding(window, input);
  if (call.attributes.int('count_include_pad', 0) !== 0 && top + bottom + left + right > 0) {
    call.refuse('it counts padding (count_include_pad)');
  }
  const exact =
    (input.height + top + bottom - window.kernel[0]) % window.stride[0] === 0 &&
    (input.width + left + right - window.kernel[1]) % window.stride[1] === 0;
  if (call.attributes.int('ceil_mode', 0) !== 0 && !exact) call.refuse('it rounds its output size up (ceil_mode)');
}

/** A window that covers the whole map, here or at the resolution of the file, is the global pool. */
export function averagePool(call: OperatorCall): Value {
  const id = call.channelsFirstMap(call.activation(0));
  const input = mapShape(call.shapeOf(id));
  const kernel = kernelOf(call) ?? call.refuse('kernel_shape is missing');
  const window = windowOf(call, kernel, input);
  refuseOtherRules(call, window, input);
  const value = call.node.output[0] ?? '';
  const unpadded = elementsOf(Object.values(resolvePadding(window, input)).map(side => side + 1)) === 1;
  const whole = unpadded && kernel[0] === input.height && kernel[1] === input.width;
  if (whole) call.conversion.notes.whole.add(value);
  const isGlobal = whole || stoodForWhole(call.conversion.exported, value);
  const output = call.emit('averagePool', id, { window: isGlobal ? 'global' : window, activation: null }, {});
  return call.result(output, channelsFirstView(call.shapeOf(output)));
}

/** The mean over all positions of a map, channels first or last; axes are an attribute or, from set 18 on, an input. */
export function reduceMean(call: OperatorCall): Value {
  const value = call.activation(0);
  const rank = value.shape.length;
  const named = axesOf(call, rank);
  if (named === null && call.attributes.int('noop_with_empty_axes', 0) !== 0) return value;
  const axes = named ?? [...value.shape.keys()];
  const kept = [...value.shape.keys()].filter(axis => !axes.includes(axis));
  // One of the dimensions that stay may have many elements: the channels.
  const channelAxis = kept.find(axis => value.shape[axis] !== 1) ?? kept.at(-1);
  const channels = channelAxis === undefined ? 1 : value.shape[channelAxis]!;
  const others = kept.filter(axis => axis !== channelAxis);
  if (elementsOf(others.map(axis => value.shape[axis]!)) !== 1) {
    return call.refuse(
      `its mean over axes ${axes.join(', ')} of ${formatShape(value.shape)} is not over positions only`,
    );
  }
  const order = [...others, ...axes, ...(channelAxis === undefined ? [] : [channelAxis])];
  if (!isContiguous(value, order)) return call.refuse('its input would have to be transposed at run time');
  const sizes = axes.map(axis => value.shape[axis]!);
  const width = sizes.at(-1) ?? 1;
  const id = call.shaped(value, [1, elementsOf(sizes) / width, width, channels]);
  const output = call.emit('averagePool', id, { window: 'global', activation: null }, {});
  const keep = call.attributes.int('keepdims', 1) !== 0;
  const shape = keep
    ? value.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : kept.map(a => value.shape[a]!);
  return call.result(output, reshaped(contiguousView([channels]), shape));
}
