/**
 * What quantization costs, as `snug quantize --json` prints it. Figures in dB are signal-to-quantization-noise ratios,
 * 10 · log10(Σ float² / Σ (int8 − float)²). Where nothing differs they are Infinity, which is null in JSON, as is every figure
 * that is not known. They have two decimals.
 */
import type { Shape } from '../../ir/shape.ts';
import type { Range } from '../../numerics/statistics.ts';
import type { RangeChoice } from '../../passes/ranges/index.ts';
import type { QuantizeRecipe } from '../../passes/recipe.ts';
import type { Provenance } from '../provenance.ts';

/** How a range came about; `input`: it is that of what the layer reads; `fixed`: the operator's own. */
export type OutputChoice = RangeChoice | 'input' | 'fixed';

/** One executed layer; layers that only rename their input have no row. */
export interface LayerCost {
  readonly name: string;
  readonly operator: string;
  readonly output: Shape;
  /** Of the rounded weights against those of the float network after equalization; null without weights. */
  readonly weightSqnrDb: number | null;
  /** Of the output in the int8 network, with what the layers before have added. */
  readonly sqnrDb: number | null;
  /** Part of the output's values, from 0 to 1, that lie beyond what int8 covers; null where no value was seen. */
  readonly clipped: number | null;
  /** What was chosen for the output; int8 covers 0 besides. */
  readonly range: Range & { readonly choice: OutputChoice };
  /** real = scale · (q − zeroPoint) */
  readonly scale: number;
  readonly zeroPoint: number;
  /** Of the network's output, were this the only layer in int8. */
  readonly sensitivityDb: number | null;
  /** Whether the channels of its output were scaled. */
  readonly equalized: boolean;
}

/** The passes that make integers, in the order in which the ladder adds them. */
export type LadderStep = 'plain' | 'equalize' | 'ranges' | 'analytic-bias' | 'compensated-rounding' | 'empirical-bias';

/** The network's output with this step and those before it. */
export interface LadderRung {
  readonly step: LadderStep;
  /** Null where the network cannot be quantized without the steps that follow. */
  readonly sqnrDb: number | null;
  /** Inputs for which the largest output is float's; null for outputs that are no classes. */
  readonly agreement: number | null;
}

/** A whole network. */
export interface QuantizationReport {
  readonly snug: string;
  readonly command: 'quantize';
  readonly name: string;
  readonly weights: 'file' | 'seeded';
  readonly recipe: QuantizeRecipe;
  readonly calibration: Pick<NonNullable<Provenance['calibration']>, 'samples' | 'inputs'>;
  /** Inputs that figures were measured over. */
  readonly measured: { readonly inputs: number; readonly sensitivityInputs: number };
  /** The int8 network as it is compiled, against float. */
  readonly output: Pick<LadderRung, 'sqnrDb' | 'agreement'>;
  readonly ladder: readonly LadderRung[];
  readonly layers: readonly LayerCost[];
}
