/** Figures of a quantization as text, the same in the terminal and on the page. */
import type { CalibrationMethod } from '../../passes/ranges/index.ts';
import type { QuantizeRecipe } from '../../passes/recipe.ts';
import type { LadderRung, LayerCost, QuantizationReport } from './types.ts';

/** `31.42`; `exact` where nothing differs, and a dash where nothing is known. */
export function decibelText(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–';
  if (value === Infinity) return 'exact';
  return value === -Infinity ? 'only noise' : value.toFixed(2);
}

/** `0.12 %`; `0` for none. */
export function partText(part: number | null): string {
  if (part === null) return '–';
  if (part === 0) return '0';
  return part < 0.0001 ? '< 0.01 %' : `${(100 * part).toFixed(2)} %`;
}

/** Four significant digits, `0` for 0. */
export function realText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}

/** `-1.5 to 3.25` */
export function rangeText({ min, max }: LayerCost['range']): string {
  return `${realText(min)} to ${realText(max)}`;
}

/** `3 of 4`, or a dash for outputs that are no classes. */
export function agreementText({ agreement }: Pick<LadderRung, 'agreement'>, inputs: number): string {
  return agreement === null ? '–' : `${agreement} of ${inputs}`;
}

function methodText(method: CalibrationMethod): string {
  return method.kind === 'percentile' ? `percentile, coverage ${method.coverage}` : method.kind;
}

/** What a rung of the ladder adds. */
export function stepText({ step }: LadderRung, recipe: QuantizeRecipe): string {
  switch (step) {
    case 'plain':
      return 'ranges as seen, nearest rounding';
    case 'equalize':
      return recipe.absorbBias ? '+ absorbed biases, equalized channels' : '+ equalized channels';
    case 'ranges':
      return `+ chosen ranges (${methodText(recipe.calibration)})`;
    case 'analytic-bias':
      return '+ analytic bias correction';
    case 'compensated-rounding':
      return '+ compensated rounding';
    case 'empirical-bias':
      return '+ empirical bias correction';
  }
}

/** How many dB each rung gains over the last one that is known; null for the first. */
export function gainsOf(ladder: readonly LadderRung[]): readonly (number | null)[] {
  let before: number | null = null;
  return ladder.map(({ sqnrDb }) => {
    const gain = before === null || sqnrDb === null ? null : sqnrDb - before;
    before = sqnrDb ?? before;
    return gain !== null && Number.isFinite(gain) ? gain : null;
  });
}

/** `+1.25`, or nothing. */
export function gainText(gain: number | null): string {
  if (gain === null) return '';
  const text = gain.toFixed(2);
  return text.startsWith('-') ? text : `+${text}`;
}

/** Whatever is worth knowing of the recipe, in a line. */
export function recipeText({ weightScales, calibration, rounding, biasCorrection }: QuantizeRecipe): string {
  const scales = weightScales === 'channel' ? 'a scale for each channel' : 'a scale for each layer';
  const bias = biasCorrection === 'none' ? 'no bias correction' : `${biasCorrection} bias correction`;
  return `${methodText(calibration)} ranges, ${scales}, ${rounding} rounding, ${bias}`;
}

/** `100 pictures`, `8 random inputs` */
export function calibrationText({ samples, inputs }: QuantizationReport['calibration']): string {
  const what = inputs === 'pictures' ? 'picture' : 'random input';
  return `${samples} ${what}${samples === 1 ? '' : 's'}`;
}

/** The layers that cost the network's output most, the worst first; exact ones cost nothing. */
export function mostSensitive(layers: readonly LayerCost[], count: number): readonly LayerCost[] {
  return layers
    .filter(({ sensitivityDb }) => sensitivityDb !== null && sensitivityDb !== Infinity)
    .sort((a, b) => a.sensitivityDb! - b.sensitivityDb!)
    .slice(0, count);
}
