/**
 * Post-training quantization from a folded network to integers, read from top to bottom: measure, move what is constant,
 * balance channels, choose ranges, round weights. Nothing is trained.
 */
import type { Graph, Stage } from '../graph/graph.ts';
import { verify } from '../graph/verify.ts';
import type { Range } from '../numerics/statistics.ts';
import { absorbBias } from './absorb-bias.ts';
import { applyStatistics } from './calibrate.ts';
import { type Equalization, equalize } from './equalize/equalize.ts';
import type { PassName, PassObserver } from './index.ts';
import { quantize } from './quantize.ts';
import { needsOf, type QuantizeRecipe } from './recipe.ts';
import type { Statistics, StatisticsNeeds } from './statistics/statistics.ts';
import { roundWeights } from './weights/round-weights.ts';
import { isWeighted, rowLayout } from './weights/weighted.ts';

/** Runs the float network over the calibration inputs and measures what is asked for. */
export type GatherStatistics = (graph: Graph<'folded'>, needs: StatisticsNeeds) => Promise<Statistics>;

/** The integers, the float network that they stand for, and what was done on the way. */
export interface QuantizedNetwork {
  readonly quantized: Graph<'quantized'>;
  /** Computes what the network given computes; its channels may be scaled. */
  readonly float: Graph<'folded'>;
  /** Of `float`. */
  readonly statistics: Statistics;
  /** The network as it was given, and what was measured of it; for reports. */
  readonly original: { readonly float: Graph<'folded'>; readonly statistics: Statistics };
  readonly scaled: Equalization['scaled'];
  /** Channels whose constant part went into a bias. */
  readonly absorbedChannels: number;
}

/** Integers for a network whose statistics are known, by the recipe's ranges, scales and rounding. */
export function quantizeMeasured(
  graph: Graph<'folded'>,
  statistics: Statistics,
  recipe: QuantizeRecipe,
  inputRange: Range | null,
  observe: <S extends Stage>(pass: PassName, result: Graph<S>) => Graph<S> = (_pass, result) => result,
): Graph<'quantized'> {
  const { weightScales, rounding, biasCorrection, calibration } = recipe;
  const options = { scales: weightScales, rounding, correctBias: biasCorrection !== 'none' };
  const calibrated = observe('calibrate', applyStatistics(graph, statistics, calibration));
  const plain = weightScales === 'channel' && rounding === 'nearest' && biasCorrection === 'none';
  return observe(
    'quantize',
    quantize(calibrated, {
      inputRange,
      ...(!plain && {
        round: (_node, index, inputScale) => {
          const node = graph.nodes[index];
          if (!isWeighted(node)) return null;
          return roundWeights(node, rowLayout(graph, node), statistics.moments[index] ?? null, inputScale, options);
        },
      }),
    }),
  );
}

/**
 * @param inputRange of the network's input where it is known without calibration
 * @throws SnugError of the pass that cannot do its work
 */
export async function quantizeNetwork(
  folded: Graph<'folded'>,
  recipe: QuantizeRecipe,
  inputRange: Range | null,
  gather: GatherStatistics,
  observePass: PassObserver = () => undefined,
): Promise<QuantizedNetwork> {
  const observe = <S extends Stage>(pass: PassName, result: Graph<S>): Graph<S> => {
    const verified = verify(result, pass);
    observePass(pass, verified as unknown as Graph<Stage>);
    return verified;
  };
  const needs = needsOf(recipe);
  let float = folded;
  let statistics = await gather(float, needs);
  const original = { float, statistics };
  // A pass that changes nothing needs no second look at the pictures.
  const measureAgain = async (): Promise<void> => {
    statistics = await gather(float, needs);
  };
  let absorbedChannels = 0;
  if (recipe.absorbBias) {
    const { graph, channels } = absorbBias(float, statistics);
    float = observe('absorb-bias', graph);
    absorbedChannels = channels;
    if (channels > 0) await measureAgain();
  }
  let scaled: Equalization['scaled'] = new Map();
  if (recipe.equalize) {
    const equalized = equalize(float, statistics, recipe.weightScales);
    float = observe('equalize', equalized.graph);
    scaled = equalized.scaled;
    if (scaled.size > 0) await measureAgain();
  }
  const quantized = quantizeMeasured(float, statistics, recipe, inputRange, observe);
  return { quantized, float, statistics, original, scaled, absorbedChannels };
}
