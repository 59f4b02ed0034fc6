/** AveragePooling2D and GlobalAveragePooling2D. Both count only what lies inside the map, as snug does. */
import { mapShape } from '../../../ir/shape.ts';
import type { LayerCall, Value } from '../call.ts';
import { windowOf } from './window.ts';

/** Without `keepdims` the result is a row. */
export function globalAveragePooling(call: LayerCall): Value {
  const pooled = call.emit('averagePool', call.map(), { window: 'global', activation: null }, {});
  if (call.settings.boolean('keepdims', false)) return { id: pooled, affine: null };
  const shape = [1, mapShape(call.shapeOf(pooled)).channels];
  return { id: call.emit('reshape', pooled, { shape }, {}, `${call.place.layer.name}_row`), affine: null };
}

/** The stride is the window where none is given. */
export function averagePooling(call: LayerCall): Value {
  const id = call.map();
  const kernel = call.settings.pair('pool_size', 2);
  return {
    id: call.emit('averagePool', id, { window: windowOf(call, kernel, kernel), activation: null }, {}),
    affine: null,
  };
}
