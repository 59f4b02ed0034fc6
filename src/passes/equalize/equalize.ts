/**
 * Cross-layer equalization (Nagel et al. 2019, section 4.1): scales the channels between two layers so that weights and
 * activations of all of them use the int8 range, where the noise model says that it pays.
 *
 * ReLU6 is handled exactly: a channel that reaches the upper bound keeps its factor 1, and one that does not is scaled so far
 * only that the bound, which stays where it is for all channels, still never binds. CMSIS-NN's kernels have one clamp for
 * the whole layer, so a clamp for each channel would cost a kernel of its own.
 */
import type { Graph } from '../../graph/graph.ts';
import type { TensorId } from '../../ir/units.ts';
import type { Statistics } from '../statistics/statistics.ts';
import { type PairModel, pairModel } from './noise-model.ts';
import { type LayerPair, layerPairs } from './pairs.ts';
import { scaleChannels } from './scale-channels.ts';

/** Passes over all pairs: a factor changes what its neighbours should be. */
const SWEEPS = 3;
/** Values of pictures that calibration has not seen may go this much beyond those that it has, without being clipped. */
const HEADROOM = 1.25;
/** A channel at this part of the bound is taken to be clipped by it. */
const BINDING = 0.999;
/** A change that promises less is not worth moving the weights for. */
const LEAST_GAIN = 0.98;
/** Factors beyond this would leave the weights of one side without steps. */
const LARGEST_FACTOR = 256;

const EXPONENTS = [0, 0.5, 1];
const LEVELS = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4];

/** What was scaled, for reports. */
export interface Equalization {
  readonly graph: Graph<'folded'>;
  /** For each activation that was scaled: its factors, and the expected noise after as a part of that before. */
  readonly scaled: ReadonlyMap<TensorId, { readonly factors: Float64Array; readonly noiseRatio: number }>;
}

/**
 * The largest magnitude of each channel. A channel that was 0 in every picture may still have weights that are large, because
 * nothing held them back in training; it counts as one that reaches a small part of the widest.
 */
function reachOf({ min, max }: PairModel): Float64Array {
  const reach = max.map((value, c) => Math.max(value, -min[c]!));
  const widest = reach.reduce((most, value) => Math.max(most, value), 0);
  return reach.map(value => Math.max(value, widest / LARGEST_FACTOR));
}

/** The largest factor of each channel under the clamp; 1 exactly where the bound binds. */
function limits(
  { clamp }: LayerPair,
  { max, channels }: PairModel,
  reach: Float64Array,
): { fixed: readonly boolean[]; most: Float64Array } {
  const fixed = Array.from({ length: channels }, (_, c) => clamp.max !== Infinity && max[c]! >= BINDING * clamp.max);
  const most = Float64Array.from({ length: channels }, (_, c) => {
    if (fixed[c]!) return 1;
    return clamp.max === Infinity ? LARGEST_FACTOR : clamp.max / (HEADROOM * reach[c]!);
  });
  return { fixed, most };
}

function geometricMean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += Math.log(value);
  return Math.exp(sum / values.length);
}

/** Factors worth trying: balances of the weights on both sides and of the activations, at several levels. */
function* candidates(pair: LayerPair, model: PairModel): Generator<Float64Array> {
  const reach = reachOf(model);
  const { fixed, most } = limits(pair, model, reach);
  const dead = (c: number): boolean => !(model.produced[c]! > 0 && model.consumed[c]! > 0 && reach[c]! > 0);
  for (const balance of EXPONENTS) {
    for (const spread of EXPONENTS) {
      const wanted = Float64Array.from(reach, (value, c) => {
        if (dead(c)) return 1;
        return (model.consumed[c]! / model.produced[c]!) ** (balance / 2) * (1 / value) ** spread;
      });
      const middle = geometricMean(wanted);
      for (const level of LEVELS) {
        yield wanted.map((value, c) => {
          if (fixed[c]! || dead(c)) return 1;
          return Math.min(most[c]!, LARGEST_FACTOR, Math.max(1 / LARGEST_FACTOR, (value / middle) * level));
        });
      }
    }
  }
}

/** The best of the candidates, or null where none is clearly better than no change. */
function bestFactors(pair: LayerPair, model: PairModel): Float64Array | null {
  let best: Float64Array | null = null;
  let least = LEAST_GAIN * model.noise(new Float64Array(model.channels).fill(1));
  for (const tried of candidates(pair, model)) {
    const noise = model.noise(tried);
    if (noise >= least) continue;
    least = noise;
    best = tried;
  }
  return best;
}

/**
 * Scales channels wherever the expected noise falls. The result computes what `graph` computes, except for values beyond
 * what calibration saw.
 * @param statistics with channels and products
 */
export function equalize(graph: Graph<'folded'>, statistics: Statistics, scales: 'channel' | 'tensor'): Equalization {
  const factors = new Map<TensorId, Float64Array>();
  const ratios = new Map<TensorId, number>();
  const pairs = layerPairs(graph);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    let changed = false;
    for (const pair of pairs) {
      const model = pairModel(graph, pair, statistics, factors, scales);
      const found = bestFactors(pair, model);
      if (found === null) continue;
      changed = true;
      const before = model.noise(new Float64Array(model.channels).fill(1));
      ratios.set(pair.tensor, (ratios.get(pair.tensor) ?? 1) * (model.noise(found) / before));
      const present = factors.get(pair.tensor);
      factors.set(pair.tensor, present === undefined ? found : present.map((value, c) => value * found[c]!));
    }
    if (!changed) break;
  }
  const scaled = new Map([...factors].map(([id, own]) => [id, { factors: own, noiseRatio: ratios.get(id)! }]));
  return { graph: factors.size === 0 ? graph : scaleChannels(graph, factors), scaled };
}
