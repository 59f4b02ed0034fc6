/** The figures of each layer: its weights, its output in the int8 network, its range, and what it alone costs. */
import type { Graph, Node } from '../../graph/graph.ts';
import { dequantizedConstants } from '../../interpreter/sensitivity.ts';
import { INT8_MAX, INT8_MIN, type Quantization } from '../../ir/quantization.ts';
import { decibels, noiseOf, type Range } from '../../numerics/statistics.ts';
import { foldedOperator } from '../../ops/index.ts';
import { chooseRange } from '../../passes/ranges/index.ts';
import type { TensorStatistics } from '../../passes/statistics/statistics.ts';
import { partOutside } from './bins.ts';
import type { Judged } from './ladder.ts';
import { type Measurement, rounded } from './measure.ts';
import type { LayerCost } from './types.ts';

/** What the 256 values of int8 stand for. */
export function coveredBy({ scale, zeroPoint }: Quantization): Range {
  return { min: scale * (INT8_MIN - zeroPoint), max: scale * (INT8_MAX - zeroPoint) };
}

/** What is known of a float activation: by calibration where it kept histograms, else by the inputs that were measured. */
export function activationOf({ network }: Judged, { seen }: Measurement, tensor: number): TensorStatistics {
  const calibrated = network.statistics.tensors[tensor]!;
  return calibrated.histogram === null ? seen[tensor]! : calibrated;
}

/** The executed layers: a reshape only renames what it reads. */
export function executedNodes(graph: Graph<'folded'>): readonly (readonly [step: number, node: Node<'folded'>])[] {
  return [...graph.nodes.entries()].filter(([, node]) => node.kind !== 'reshape');
}

function rangeOfOutput({ network, final, recipe }: Judged, node: Node<'folded'>): LayerCost['range'] {
  const rule = foldedOperator(node.kind).outputRange;
  if (rule === 'calibrated') return chooseRange(network.statistics.tensors[node.output]!, recipe.calibration);
  const { quantization } = final.tensors[node.output]!;
  return { ...coveredBy(quantization), choice: rule === 'same-as-input' ? 'input' : 'fixed' };
}

/** Values that round to the ends of int8 are covered: only those farther out than half a step are clipped. */
function clippedPart({ range, histogram }: TensorStatistics, quantization: Quantization): number | null {
  const { min, max } = coveredBy(quantization);
  const half = quantization.scale / 2;
  return histogram === null ? null : partOutside(histogram, range, { min: min - half, max: max + half });
}

/** @param sensitivity in dB by node */
export function layerCosts(
  judged: Judged,
  measured: Measurement,
  sensitivity: readonly number[],
): readonly LayerCost[] {
  const { network, final } = judged;
  return executedNodes(network.float).map(([step, node]): LayerCost => {
    const { shape, quantization } = final.tensors[node.output]!;
    const constants = dequantizedConstants(final, final.nodes[step]!);
    const weights = 'weights' in node.parameters ? node.parameters.weights : undefined;
    return {
      name: node.name,
      operator: node.kind,
      output: shape,
      weightSqnrDb:
        constants === null || weights === undefined ? null : rounded(decibels(noiseOf(weights, constants.weights))),
      sqnrDb: rounded(measured.sqnr[node.output]!),
      clipped: clippedPart(activationOf(judged, measured, node.output), quantization),
      range: rangeOfOutput(judged, node),
      scale: quantization.scale,
      zeroPoint: quantization.zeroPoint,
      sensitivityDb: rounded(sensitivity[step]!),
      equalized: network.scaled.has(node.output),
    };
  });
}
