/**
 * How many pictures are enough: the network is quantized with more and more of them, and each result is measured over
 * pictures that none of them was calibrated with. Where the figure has stopped rising, more pictures bring nothing.
 */
import type { Graph } from '../../graph/graph.ts';
import { runFloat } from '../../interpreter/run-float.ts';
import { runInt8 } from '../../interpreter/run-int8.ts';
import { dequantizeArray, quantizeArray } from '../../ir/quantization.ts';
import type { Range } from '../../numerics/statistics.ts';
import { type GatherStatistics, quantizeNetwork } from '../../passes/quantize-network.ts';
import type { QuantizeRecipe } from '../../passes/recipe.ts';
import { outputFigures } from './measure.ts';

/** A network that was calibrated with so many pictures. */
export interface ConvergencePoint {
  readonly samples: number;
  /** Pictures that it was measured over. */
  readonly heldOut: number;
  /** Of the output over the pictures held out. */
  readonly sqnrDb: number;
  /** Pictures held out whose largest output is float's; null for outputs that are no classes. */
  readonly agreement: number | null;
}

/** What is quantized again and again. */
export interface ConvergenceRequest {
  readonly folded: Graph<'folded'>;
  readonly recipe: QuantizeRecipe;
  readonly inputRange: Range | null;
  /** Pictures that there are to calibrate with. */
  readonly samples: number;
  /** Measures over the first so many of them, spread evenly. */
  readonly gather: (samples: number) => GatherStatistics;
  /** Real inputs that are not among them. */
  readonly heldOut: readonly Float32Array[];
}

/** 1, 2, 5, 10, 20, 50, … below `samples`, and `samples` itself. */
export function convergenceSteps(samples: number): readonly number[] {
  const steps: number[] = [];
  for (let decade = 1; decade < samples; decade *= 10) steps.push(decade, 2 * decade, 5 * decade);
  return [...steps.filter(step => step < samples), samples];
}

/**
 * One point for each step of `convergenceSteps`. Biases are corrected analytically, also where the recipe says empirically: that
 * correction has pictures of its own.
 */
export async function convergenceOf(request: ConvergenceRequest): Promise<readonly ConvergencePoint[]> {
  const { folded, inputRange, samples, gather, heldOut } = request;
  const expected = heldOut.map(real => runFloat(folded, real));
  const recipe: QuantizeRecipe =
    request.recipe.biasCorrection === 'empirical' ? { ...request.recipe, biasCorrection: 'analytic' } : request.recipe;
  const points: ConvergencePoint[] = [];
  for (const step of convergenceSteps(samples)) {
    const { quantized } = await quantizeNetwork(folded, recipe, inputRange, gather(step));
    const [input, output] = [quantized.tensors[quantized.input]!, quantized.tensors[quantized.output]!];
    const actual = heldOut.map(real =>
      dequantizeArray(runInt8(quantized, quantizeArray(real, input.quantization)), output.quantization),
    );
    points.push({ samples: step, heldOut: heldOut.length, ...outputFigures(folded, expected, actual) });
  }
  return points;
}
