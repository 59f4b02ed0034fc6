/** What `--quantize` stands for: which passes run between the folded network and its integers, and how. */
import { type CalibrationMethod, needsHistograms } from './ranges/index.ts';
import type { StatisticsNeeds } from './statistics/statistics.ts';
import type { WeightOptions } from './weights/round-weights.ts';

/** The names of the presets, from the fastest to the most exact. */
export const QUANTIZE_PRESETS = ['fast', 'balanced', 'best'] as const;
/** One of `QUANTIZE_PRESETS`. */
export type QuantizePreset = (typeof QUANTIZE_PRESETS)[number];

/** Every choice of post-training quantization. */
export interface QuantizeRecipe {
  readonly calibration: CalibrationMethod;
  /** One scale for each output channel, or one for the whole layer. */
  readonly weightScales: WeightOptions['scales'];
  readonly absorbBias: boolean;
  readonly equalize: boolean;
  readonly rounding: WeightOptions['rounding'];
  /** `analytic` removes the mean error of the rounded weights, `empirical` what is left of it in the int8 network besides. */
  readonly biasCorrection: 'none' | 'analytic' | 'empirical';
}

/** What may be said besides the preset; null leaves it to that. */
export interface RecipeOptions {
  readonly calibration: CalibrationMethod | null;
  readonly weightScales: WeightOptions['scales'];
  readonly equalize: boolean | null;
}

/**
 * The passes of a preset. Channels are equalized where one scale has to do for all weights of a layer, which few networks
 * survive without it. With a scale for each output channel MobileNetV2 loses by it (docs/quantization.md), though networks
 * of widely spread channels may gain, so that `equalize` can ask for it.
 */
export function recipeOf(preset: QuantizePreset, given: RecipeOptions): QuantizeRecipe {
  const { weightScales } = given;
  const balanced = given.equalize ?? weightScales === 'tensor';
  const shared = { weightScales, absorbBias: balanced, equalize: balanced };
  const chosen = (usual: CalibrationMethod): CalibrationMethod => given.calibration ?? usual;
  switch (preset) {
    case 'fast':
      return { ...shared, calibration: chosen({ kind: 'minmax' }), rounding: 'nearest', biasCorrection: 'analytic' };
    case 'balanced':
      return { ...shared, calibration: chosen({ kind: 'mse' }), rounding: 'compensated', biasCorrection: 'analytic' };
    case 'best':
      return { ...shared, calibration: chosen({ kind: 'auto' }), rounding: 'compensated', biasCorrection: 'empirical' };
  }
}

/** What has to be measured before a recipe can be followed. */
export function needsOf({
  calibration,
  absorbBias,
  equalize,
  rounding,
  biasCorrection,
}: QuantizeRecipe): StatisticsNeeds {
  const products = rounding === 'compensated' || equalize;
  return {
    histograms: needsHistograms(calibration),
    channels: absorbBias || equalize,
    moments: products ? 'products' : biasCorrection === 'none' ? 'none' : 'means',
  };
}
