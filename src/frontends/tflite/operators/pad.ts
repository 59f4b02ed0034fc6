/** PAD and PADV2: zeros around a map. */
import { formatShape, mapShape } from '../../../ir/shape.ts';
import type { ExplicitPadding } from '../../../ops/window.ts';
import type { Activation, OperatorCall, Value } from '../call.ts';
import { refuseFile } from '../flatbuffer.ts';
import { activationQuantization, floatsOf, integersOf } from '../values.ts';

function paddingOf(call: OperatorCall): ExplicitPadding {
  const pairs = call.integers(1, 'paddings');
  if (pairs.length !== 8) return refuseFile(`its paddings have ${pairs.length} entries instead of 8`, call.origin);
  const [before = 0, after = 0, top = 0, bottom = 0, left = 0, right = 0, first = 0, last = 0] = pairs;
  if ([before, after, first, last].some(side => side !== 0)) {
    return call.refuse('it pads batch or channels; only height and width are supported');
  }
  if ([top, bottom, left, right].some(side => side < 0)) return refuseFile('it pads by less than nothing', call.origin);
  return { top, bottom, left, right };
}

/** Whether the constant of PADV2 stands for exactly 0. */
function isZero(call: OperatorCall): boolean {
  const value = call.optionalConstant(2, 'values');
  if (value === null) return true;
  if (call.conversion.target.float) return floatsOf(value)?.every(number => number === 0) === true;
  const { zeroPoint } = activationQuantization(call.output, call.conversion.model.file);
  const shift = value.type === 'UINT8' ? 128 : 0;
  return Array.from(integersOf(value) ?? [Number.NaN]).every(number => number - shift === zeroPoint);
}

/** The zeros are kept with the value, for the convolution that reads it to take them over. */
export function pad(call: OperatorCall): Value {
  const value = call.activation(0);
  call.mapShapeOf(value);
  const { top, bottom, left, right } = paddingOf(call);
  if (!isZero(call)) return call.refuse('it pads with a value other than 0');
  const given: Activation = value.padding === null ? value : call.result(call.map(value));
  const { height, width, channels } = mapShape(given.shape);
  const shape = [1, height + top + bottom, width + left + right, channels];
  call.checkSize(shape);
  if (!call.conversion.target.float && !call.keepsQuantization()) {
    return call.refuse(`its output ${formatShape(shape)} has another scale or zero point than its input`);
  }
  return { ...given, shape, padding: { top, bottom, left, right } };
}
