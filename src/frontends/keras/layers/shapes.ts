/** Flatten, Reshape and ZeroPadding2D. */

import { quoted } from '../../../formats/json.ts';
import { elementsOf, formatShape } from '../../../ir/shape.ts';
import type { LayerCall, Value } from '../call.ts';

/** A row in the order of the map: both are channels-last. */
export function flatten(call: LayerCall): Value {
  const id = call.input();
  return { id: call.shaped(id, [1, elementsOf(call.shapeOf(id))]), affine: null };
}

/** To a row or a map; one size may be −1. */
export function reshape(call: LayerCall): Value {
  const id = call.input();
  const elements = elementsOf(call.shapeOf(id));
  const target = call.settings.raw('target_shape');
  const isSizes =
    Array.isArray(target) && target.every(size => Number.isSafeInteger(size) && (size > 0 || size === -1));
  if (!isSizes || (target.length !== 1 && target.length !== 3)) {
    return call.refuse(`its target_shape is ${quoted(target)}; supported are rows and maps`);
  }
  const sizes = target as readonly number[];
  const known = elementsOf(sizes.filter(size => size > 0));
  const open = sizes.filter(size => size < 0).length;
  if (open > 1 || (open === 1 ? elements % known !== 0 : elements !== known)) {
    return call.mismatch(`${formatShape(call.shapeOf(id))} cannot be reshaped to ${quoted(target)}`);
  }
  return { id: call.shaped(id, [1, ...sizes.map(size => (size < 0 ? elements / known : size))]), affine: null };
}

type Pads = readonly [readonly [number, number], readonly [number, number]];

const isPad = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** One number for all sides, one for each axis, or two for each axis. */
function padsOf(value: unknown): Pads | null {
  const axes: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  const pads = axes.map(axis => (Array.isArray(axis) ? (axis as readonly unknown[]) : [axis, axis]));
  return pads.length === 2 && pads.every(pad => pad.length === 2 && pad.every(isPad))
    ? (pads as unknown as Pads)
    : null;
}

/** Zeros around a map, folded into the convolution behind it by a pass. */
export function zeroPadding(call: LayerCall): Value {
  const id = call.map();
  const given = call.settings.raw('padding') ?? 1;
  const pads = padsOf(given) ?? call.refuse(`its padding is ${quoted(given)}`);
  const [[top, bottom], [left, right]] = pads;
  return { id: call.emit('pad', id, { top, bottom, left, right }, {}), affine: null };
}
