/** Kernel, stride and padding of Conv and the pooling operators, from ONNX attributes to snug's `Window`. */
import type { MapShape } from '../../ir/shape.ts';
import { type ExplicitPadding, equalPadding, resolvePadding, type Window } from '../../ops/window.ts';
import type { OperatorCall } from './call.ts';
import { stoodForSame } from './window-notes.ts';

type Pair = readonly [number, number];

function pair(call: OperatorCall, name: string, fallback: Pair): Pair {
  const values = call.attributes.ints(name);
  if (values === null || values.length === 0) return fallback;
  if (values.length !== 2)
    return call.refuse(`${name} has ${values.length} entries; only windows over height and width are supported`);
  return [values[0]!, values[1]!];
}

/** Dilation has no int8 kernel here; along a side of 1 it has no effect. */
function refuseDilation(call: OperatorCall, kernel: Pair): void {
  const dilations = pair(call, 'dilations', [1, 1]);
  if (dilations.some((dilation, side) => dilation !== 1 && kernel[side] !== 1)) {
    call.refuse(`dilations are ${dilations.join('×')}, and only 1×1 is supported`);
  }
}

/** ONNX's SAME_LOWER: as "same", with the odd pixel at the top and left. */
function sameLower(window: Omit<Window, 'padding'>, input: MapShape): ExplicitPadding {
  const { top, bottom, left, right } = resolvePadding({ ...window, padding: 'same' }, input);
  return { top: bottom, bottom: top, left: right, right: left };
}

function explicitPadding(call: OperatorCall, window: Omit<Window, 'padding'>, input: MapShape): Window['padding'] {
  const pads = call.attributes.ints('pads') ?? [0, 0, 0, 0];
  if (pads.length !== 4 && pads.length !== 0) return call.refuse(`pads has ${pads.length} entries instead of 4`);
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  const padding: ExplicitPadding = { top, bottom, left, right };
  const value = call.node.output[0] ?? '';
  if (equalPadding(padding, resolvePadding({ ...window, padding: 'same' }, input))) {
    call.conversion.notes.same.add(value);
    if (top !== bottom || left !== right) call.conversion.notes.asymmetric.add(value);
  }
  if (stoodForSame(call.conversion.exported, value)) return 'same';
  return [top, bottom, left, right].every(side => side === 0) ? 'valid' : padding;
}

/** The kernel that the node states, which pooling must and convolutions may. */
export function kernelOf(call: OperatorCall): Pair | null {
  const kernel = pair(call, 'kernel_shape', [0, 0]);
  return kernel[0] === 0 && kernel[1] === 0 ? null : kernel;
}

/**
 * The window of a node over `input`. `SAME_UPPER` becomes "same"; explicit pads stay explicit unless they stood for "same"
 * in a network that is converted at another resolution than its own (`window-notes.ts`).
 */
export function windowOf(call: OperatorCall, kernel: Pair, input: MapShape): Window {
  refuseDilation(call, kernel);
  const window = { kernel, stride: pair(call, 'strides', [1, 1]) };
  const rule = call.attributes.string('auto_pad', 'NOTSET');
  switch (rule) {
    case 'NOTSET':
      return { ...window, padding: explicitPadding(call, window, input) };
    case 'VALID':
      return { ...window, padding: 'valid' };
    case 'SAME_UPPER':
      return { ...window, padding: 'same' };
    case 'SAME_LOWER':
      return { ...window, padding: sameLower(window, input) };
    default:
      return call.refuse(`auto_pad is ${rule}`);
  }
}
