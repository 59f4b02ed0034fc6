/** Activations: those that are an argument of another layer, and the layers ReLU, Activation and Softmax. */

import { isFields, quoted } from '../../../formats/json.ts';
import type { TensorId } from '../../../ir/units.ts';
import type { LayerCall, Value } from '../call.ts';

const BOUNDS: ReadonlyMap<string, { readonly min: number; readonly max: number }> = new Map([
  ['relu', { min: 0, max: Infinity }],
  ['relu6', { min: 0, max: 6 }],
]);

/** A name, or the serialized function or layer of that name: Keras 2 and 3 write several forms. */
function nameOf(call: LayerCall, value: unknown): string {
  if (value === null || value === undefined) return 'linear';
  if (typeof value === 'string') return value.toLowerCase();
  if (isFields(value)) {
    const { config, class_name: className } = value;
    if (typeof config === 'string') return config.toLowerCase();
    if (className === 'ReLU' && isFields(config)) {
      const { max_value: max = null, negative_slope: slope = 0, threshold = 0 } = config;
      if ((max === null || max === 6) && (slope === 0 || slope === null) && (threshold === 0 || threshold === null)) {
        return max === 6 ? 'relu6' : 'relu';
      }
    }
  }
  return call.refuse(`its activation is ${quoted(value)}`);
}

/** Appends the activation that a layer has as an argument. */
export function activated(call: LayerCall, id: TensorId): Value {
  const name = nameOf(call, call.settings.raw('activation'));
  const bounds = BOUNDS.get(name);
  const label = `${call.place.layer.name}_${name}`;
  if (bounds !== undefined) return { id: call.emit('clamp', id, bounds, {}, label), affine: null };
  if (name === 'softmax') return { id: call.emit('softmax', id, {}, {}, label), affine: null };
  if (name === 'linear') return { id, affine: null };
  return call.refuse(`its activation is ${name}; supported are linear, relu, relu6 and softmax`);
}

/** Activation: one of the above as a layer. */
export function activation(call: LayerCall): Value {
  const name = nameOf(call, call.settings.raw('activation'));
  return name === 'linear' ? call.value() : activated(call, call.input());
}

/** ReLU with any upper bound. */
export function relu(call: LayerCall): Value {
  const { settings } = call;
  const slope = settings.number('negative_slope', settings.number('alpha', 0));
  const threshold = settings.number('threshold', 0);
  if (slope !== 0) return call.refuse(`negative_slope is ${slope}`);
  if (threshold !== 0) return call.refuse(`threshold is ${threshold}`);
  const max = settings.number('max_value', Number.MAX_VALUE);
  if (!(max > 0)) return call.refuse(`max_value is ${max}`);
  const bounds = { min: 0, max: settings.raw('max_value') == null ? Infinity : max };
  return { id: call.emit('clamp', call.input(), bounds, {}), affine: null };
}

/** Softmax over the last dimension. */
export function softmax(call: LayerCall): Value {
  const id = call.input();
  const axis = call.settings.raw('axis') ?? -1;
  if (axis !== -1 && axis !== call.shapeOf(id).length - 1) return call.refuse(`its axis is ${quoted(axis)}`);
  return { id: call.emit('softmax', id, {}, {}), affine: null };
}
