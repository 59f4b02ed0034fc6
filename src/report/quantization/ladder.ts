/**
 * Which pass helped, and by how much: the network is quantized again with more and more of its recipe, and its output is
 * compared with that of the float network as it was given.
 */
import { SnugError } from '../../diagnostics/diagnostic.ts';
import type { Graph } from '../../graph/graph.ts';
import { runFloat } from '../../interpreter/run-float.ts';
import { runInt8 } from '../../interpreter/run-int8.ts';
import { dequantizeArray, quantizeArray } from '../../ir/quantization.ts';
import type { Range } from '../../numerics/statistics.ts';
import { type QuantizedNetwork, quantizeMeasured } from '../../passes/quantize-network.ts';
import type { QuantizeRecipe } from '../../passes/recipe.ts';
import { type MeasuredInput, type Measurement, outputFigures } from './measure.ts';
import type { LadderRung, LadderStep } from './types.ts';

/** A network as it came out of its passes, with the inputs that it is judged by. */
export interface Judged {
  readonly network: QuantizedNetwork;
  /** With the biases that an empirical correction leaves; `network.quantized` where there is none. */
  readonly final: Graph<'quantized'>;
  readonly recipe: QuantizeRecipe;
  readonly inputRange: Range | null;
  readonly inputs: readonly MeasuredInput[];
}

interface Variant {
  readonly step: LadderStep;
  readonly from: Pick<QuantizedNetwork, 'float' | 'statistics'>;
  readonly recipe: QuantizeRecipe;
}

/** What the recipe adds one after another to the plainest quantization; the last one is all of it. */
function variantsOf({ network, recipe }: Judged): readonly Variant[] {
  const { original, float } = network;
  const plain: QuantizeRecipe = {
    ...recipe,
    calibration: { kind: 'minmax' },
    rounding: 'nearest',
    biasCorrection: 'none',
  };
  const variants: Variant[] = [{ step: 'plain', from: original, recipe: plain }];
  const add = (step: LadderStep, taken: boolean, change: Partial<QuantizeRecipe>): void => {
    if (taken) variants.push({ step, from: network, recipe: { ...variants.at(-1)!.recipe, ...change } });
  };
  add('equalize', float !== original.float, {});
  add('ranges', recipe.calibration.kind !== 'minmax', { calibration: recipe.calibration });
  add('analytic-bias', recipe.biasCorrection !== 'none', { biasCorrection: 'analytic' });
  add('compensated-rounding', recipe.rounding === 'compensated', { rounding: 'compensated' });
  return variants;
}

function outputsOf(graph: Graph<'quantized'>, inputs: readonly MeasuredInput[]): readonly Float32Array[] {
  const { quantization } = graph.tensors[graph.input]!;
  const output = graph.tensors[graph.output]!.quantization;
  return inputs.map(({ real }) => dequantizeArray(runInt8(graph, quantizeArray(real, quantization)), output));
}

/** Null where a step alone leaves factors that integers cannot hold. */
function quantized({ from, recipe }: Variant, inputRange: Range | null): Graph<'quantized'> | null {
  try {
    return quantizeMeasured(from.float, from.statistics, recipe, inputRange);
  } catch (error) {
    if (error instanceof SnugError) return null;
    throw error;
  }
}

/**
 * The rungs from the plainest quantization to the network as it is compiled.
 * @param measured of the final network over the same inputs
 */
export function ladderOf(judged: Judged, measured: Measurement): readonly LadderRung[] {
  const { network, final, recipe, inputRange, inputs } = judged;
  const { original, float } = network;
  const expected =
    original.float === float ? measured.floatOutputs : inputs.map(({ real }) => runFloat(original.float, real));
  const rung = (step: LadderStep, outputs: readonly Float32Array[] | null): LadderRung => ({
    step,
    ...(outputs === null ? { sqnrDb: null, agreement: null } : outputFigures(original.float, expected, outputs)),
  });
  const variants = variantsOf(judged);
  const rungs = variants.map((variant, i) => {
    // The last variant is the network itself, whose rounding takes long.
    const last = i === variants.length - 1;
    if (last && final === network.quantized) return rung(variant.step, measured.int8Outputs);
    const graph = last ? network.quantized : quantized(variant, inputRange);
    return rung(variant.step, graph === null ? null : outputsOf(graph, inputs));
  });
  return recipe.biasCorrection === 'empirical' ? [...rungs, rung('empirical-bias', measured.int8Outputs)] : rungs;
}
