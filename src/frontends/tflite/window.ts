/** Kernel, stride and padding of convolutions and pooling, from TensorFlow Lite's options to snug's `Window`. */
import { mapShape } from '../../ir/shape.ts';
import type { TensorId } from '../../ir/units.ts';
import { addPadding, equalPadding, resolvePadding, type Window } from '../../ops/window.ts';
import type { Activation, OperatorCall } from './call.ts';
import { refuseFile } from './flatbuffer.ts';

type Pair = readonly [number, number];

const RULES = ['same', 'valid'] as const;

/** SAME is number 0 and VALID is number 1. */
export function paddingRule(call: OperatorCall, slot: number): 'same' | 'valid' {
  const rule = call.option(slot, 0, 'int8');
  return RULES[rule] ?? refuseFile(`its padding rule ${rule} does not exist`, call.origin);
}

/** Dilation has no int8 kernel here; along a side of 1 it has no effect. */
export function refuseDilation(call: OperatorCall, kernel: Pair, dilation: Pair): void {
  if (dilation.some((factor, side) => factor !== 1 && kernel[side] !== 1)) {
    call.refuse(`its dilation is ${dilation.join('×')}, and only 1×1 is supported`);
  }
}

/**
 * A convolution's window over a value and the tensor that it slides over: zeros that PAD put around it become padding of the
 * window, because they count as much. Padding that is what SAME would give becomes `same`, which holds at other sizes too.
 */
export function paddedWindow(
  call: OperatorCall,
  value: Activation,
  window: Window,
): { readonly window: Window; readonly input: TensorId } {
  const shape = call.mapShapeOf(value);
  if (value.padding === null) return { window, input: call.map(value) };
  const { target } = call.conversion;
  const map = mapShape(target.shapeOf(value.id));
  const padding = addPadding(value.padding, resolvePadding(window, mapShape(shape)));
  const same = resolvePadding({ ...window, padding: 'same' }, map);
  return { window: { ...window, padding: equalPadding(padding, same) ? 'same' : padding }, input: value.id };
}
