/** Add, and scaling of the input by constants: Rescaling, and operations such as `x / 127.5 - 1`. */

import { quoted } from '../../../formats/json.ts';
import { formatShape, sameShape } from '../../../ir/shape.ts';
import type { LayerCall, Value } from '../call.ts';

function added(call: LayerCall): Value {
  const inputs = call.inputs();
  if (inputs.length < 2) return call.refuse(`it has ${inputs.length} input(s)`);
  const shapes = inputs.map(id => call.shapeOf(id));
  const other = shapes.find(shape => !sameShape(shape, shapes[0]!));
  if (other !== undefined) {
    return call.refuse(
      `its inputs are ${formatShape(shapes[0]!)} and ${formatShape(other)}; only equal shapes are supported`,
    );
  }
  const id = inputs.slice(1).reduce((sum, next) => call.emit('add', [sum, next], { activation: null }, {}), inputs[0]!);
  return { id, affine: null };
}

/** One number, or one for each channel, as one for each channel. */
export function perChannel(call: LayerCall, value: unknown, channels: number): readonly number[] {
  const flat: readonly unknown[] = [value].flat(4);
  if (flat.every(Number.isFinite) && (flat.length === 1 || flat.length === channels)) {
    return Array.from({ length: channels }, (_, i) => flat[flat.length === 1 ? 0 : i] as number);
  }
  return call.refuse(`its constant is ${quoted(value)}, and only one number or one for each channel is supported`);
}

/** scale · x + offset, joined with the scaling that the value has already. */
export function scaled(call: LayerCall, scale: unknown, offset: unknown): Value {
  const { id, affine } = call.value();
  const shape = call.shapeOf(id);
  if (shape.length !== 4) return call.refuse(`it scales ${formatShape(shape)}; only maps are scaled`);
  const channels = shape[3]!;
  const scales = perChannel(call, scale, channels);
  const offsets = perChannel(call, offset, channels);
  return {
    id,
    affine: {
      scale: scales.map((value, c) => value * (affine?.scale[c] ?? 1)),
      offset: scales.map((value, c) => value * (affine?.offset[c] ?? 0) + offsets[c]!),
    },
  };
}

/** Rescaling: scale · x + offset. */
export function rescaling(call: LayerCall): Value {
  return scaled(call, call.settings.raw('scale') ?? 1, call.settings.raw('offset') ?? 0);
}

/** The constant that an operation has beside its one input. */
function constantOf(call: LayerCall, ordered: boolean): unknown {
  const [constant] = call.use.constants;
  if (constant === undefined) return call.refuse('it has no constant operand');
  return ordered && call.use.constantFirst ? call.refuse('its first operand is a constant') : constant;
}

/** Add of values, or of a value and a constant. */
export function add(call: LayerCall): Value {
  return call.use.inputs.length === 1 ? scaled(call, 1, constantOf(call, false)) : added(call);
}

function negated(call: LayerCall, value: unknown): unknown {
  return [value]
    .flat(4)
    .map(number => (typeof number === 'number' ? -number : call.refuse(`its constant is ${quoted(value)}`)));
}

function inverse(call: LayerCall, value: unknown): unknown {
  return [value]
    .flat(4)
    .map(n => (typeof n === 'number' && n !== 0 ? 1 / n : call.refuse(`its constant is ${quoted(value)}`)));
}

/** x − constant. */
export const subtract = (call: LayerCall): Value => scaled(call, 1, negated(call, constantOf(call, true)));

/** x · constant. */
export const multiply = (call: LayerCall): Value => scaled(call, constantOf(call, false), 0);

/** x / constant. */
export const divide = (call: LayerCall): Value => scaled(call, inverse(call, constantOf(call, true)), 0);
