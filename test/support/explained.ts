/** A float network quantized by a recipe over random inputs, as `snug quantize` has it before it explains. */
import type { Graph } from '../../src/graph/graph.ts';
import { correctBias } from '../../src/interpreter/correct-bias.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { quantizeArray } from '../../src/ir/quantization.ts';
import { foldGraph } from '../../src/passes/index.ts';
import { quantizeNetwork } from '../../src/passes/quantize-network.ts';
import { type QuantizePreset, recipeOf } from '../../src/passes/recipe.ts';
import { StatisticsCollector } from '../../src/passes/statistics/statistics.ts';
import type { ExplainRequest } from '../../src/report/quantization/explain.ts';
import { normals } from './operators.ts';

export async function quantizedFor(
  graph: Graph<'float'>,
  preset: QuantizePreset = 'balanced',
  weightScales: 'channel' | 'tensor' = 'channel',
): Promise<ExplainRequest> {
  const recipe = recipeOf(preset, { calibration: null, weightScales, equalize: null });
  const folded = foldGraph(graph, { softmax: false });
  const { shape } = folded.tensors[folded.input]!;
  const reals = [1, 2, 3, 4].map(seed => normals(shape, seed).data.map(value => Math.tanh(value)));
  const inputRange = { min: -1, max: 1 };
  const network = await quantizeNetwork(folded, recipe, inputRange, async (float, needs) => {
    const collector = new StatisticsCollector(float, needs);
    for (const real of reals) runFloat(float, real, (tensor, data) => collector.observe(tensor, data));
    return collector.result();
  });
  const { quantization } = network.quantized.tensors[network.quantized.input]!;
  const inputs = reals.map(real => ({ real, int8: quantizeArray(real, quantization) }));
  const empirical = recipe.biasCorrection === 'empirical';
  return {
    network,
    final: empirical ? correctBias(network.float, network.quantized, inputs) : network.quantized,
    recipe,
    inputRange,
    inputs,
    name: graph.name,
    version: '0.0.0',
    calibration: { samples: reals.length, inputs: 'random' },
  };
}
