/** BatchNormalization at inference; it stays a layer of its own here and is folded by a pass. */

import { quoted } from '../../../formats/json.ts';
import type { LayerCall, Value } from '../call.ts';

/** Over the last dimension; without `scale` or `center` the missing weights are ones and zeros. */
export function batchNormalization(call: LayerCall): Value {
  const id = call.input();
  const shape = call.shapeOf(id);
  const channels = shape.at(-1) ?? 0;
  const given = call.settings.raw('axis') ?? -1;
  const axis: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (axis !== -1 && axis !== shape.length - 1) return call.refuse(`its axis is ${quoted(given)}, not the last`);
  const epsilon = call.settings.number('epsilon', 1e-3);
  if (epsilon < 0) return call.refuse(`epsilon is ${epsilon}`);
  const scaled = call.settings.boolean('scale', true);
  const centered = call.settings.boolean('center', true);
  const length = [channels] as const;
  const values = call
    .weights([
      ...(scaled ? ([[['gamma'], length]] as const) : []),
      ...(centered ? ([[['beta'], length]] as const) : []),
      [['moving_mean'], length],
      [['moving_variance'], length],
    ])
    .slice();
  const gamma = scaled ? values.shift()! : new Float32Array(channels).fill(1);
  const beta = centered ? values.shift()! : new Float32Array(channels);
  const [mean, variance] = values as [Float32Array, Float32Array];
  return { id: call.emit('batchNorm', id, { epsilon }, { gamma, beta, mean, variance }), affine: null };
}
