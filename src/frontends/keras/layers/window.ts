/** Kernel, stride and padding of convolutions and pooling, from Keras's settings to snug's `Window`. */
import type { Window } from '../../../ops/window.ts';
import type { LayerCall } from '../call.ts';

/** `fallback` is the stride of a layer that states none. */
export function windowOf(
  call: LayerCall,
  kernel: readonly [number, number],
  fallback?: readonly [number, number],
): Window {
  const given = call.settings.raw('strides');
  const stride =
    (given === null || given === undefined) && fallback !== undefined ? fallback : call.settings.pair('strides', 1);
  const padding = call.settings.string('padding', 'valid').toLowerCase();
  if (padding !== 'same' && padding !== 'valid') return call.refuse(`padding is ${padding}`);
  return { kernel, stride, padding };
}
