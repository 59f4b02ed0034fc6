/** Networks whose constants do not matter: for shapes, work, memory and rewriting. */
import type { Graph } from '../../src/graph/graph.ts';
import { blankParameters, type ParameterSource } from '../../src/models/parameter-source.ts';
import { rangeOf } from '../../src/numerics/statistics.ts';
import { applyStatistics } from '../../src/passes/calibrate.ts';
import { foldGraph } from '../../src/passes/index.ts';
import { quantize } from '../../src/passes/quantize.ts';

/** Zero weights and the identity as BatchNorm; much faster than seeded ones at full width. */
export const zeroParameters: () => ParameterSource = blankParameters;

/** Quantizes as if calibration had seen [−1, 1] everywhere. */
export function quantizePlainly(graph: Graph<'float'>, softmax = false): Graph<'quantized'> {
  const folded = foldGraph(graph, { softmax });
  const tensors = folded.tensors.map(() => ({ range: rangeOf([-1, 1]), histogram: null, channels: null }));
  return quantize(applyStatistics(folded, { tensors }, { kind: 'minmax' }), { inputRange: null });
}
