/** BatchNormalization at inference, which stays a layer of its own here and is folded by a pass, and Normalization. */

import { quoted } from '../../../formats/json.ts';
import type { LayerCall, Value } from '../call.ts';
import { perChannel, scaled } from './arithmetic.ts';

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

/** Keras's `backend.epsilon()`, below which no deviation goes. */
const LEAST_DEVIATION = 1e-7;

/**
 * Normalization: (x − mean) / max(√variance, 1e-7), over channels or over everything, with the mean and the variance of the
 * layer's settings or those that `adapt` found.
 */
export function normalization(call: LayerCall): Value {
  const shape = call.shapeOf(call.value().id);
  const given = call.settings.raw('axis') ?? null;
  const axes: readonly unknown[] = Array.isArray(given) ? given : given === null ? [] : [given];
  const last = axes.every(axis => axis === -1 || axis === shape.length - 1);
  if (!last) return call.refuse(`its axis is ${quoted(given)}; supported are the last one and none`);
  const [stated, statedVariance] = [call.settings.raw('mean') ?? null, call.settings.raw('variance') ?? null];
  const channels = shape.at(-1) ?? 1;
  const size = axes.length === 0 ? [] : [channels];
  const [means, variances] =
    stated !== null && statedVariance !== null
      ? [stated, statedVariance].map(value => perChannel(call, value, channels))
      : call
          .weights([
            [['mean'], size],
            [['variance'], size],
            [['count'], null],
          ])
          .slice(0, 2)
          .map(values => perChannel(call, [...values], channels));
  const deviations = variances!.map(variance => Math.max(Math.sqrt(variance), LEAST_DEVIATION));
  // With `invert` the layer goes the other way, from normalized numbers back.
  const invert = call.settings.boolean('invert', false);
  const scale = deviations.map(deviation => (invert ? deviation : 1 / deviation));
  return scaled(
    call,
    scale,
    means!.map((mean, c) => (invert ? mean : -mean * scale[c]!)),
  );
}
