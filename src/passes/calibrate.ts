/** Gives every activation the range that quantization will cover, from statistics of the float network. */
import { rangeMissing } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { Graph } from '../graph/graph.ts';
import { type CalibrationMethod, chooseRange } from './ranges/index.ts';
import type { Statistics } from './statistics/statistics.ts';

/**
 * Gives every tensor the range that `method` chooses, never more than what was seen.
 * @throws SnugError `rangeMissing` where a tensor was never seen, or not with finite values
 */
export function applyStatistics(
  graph: Graph<'folded'>,
  { tensors: seen }: Pick<Statistics, 'tensors'>,
  method: CalibrationMethod,
): Graph<'calibrated'> {
  const tensors = graph.tensors.map(tensor => {
    const statistics = seen[tensor.id];
    if (statistics === undefined || !Number.isFinite(statistics.range.min) || !Number.isFinite(statistics.range.max)) {
      throw new SnugError(rangeMissing({}, { tensor: tensor.name }));
    }
    const { min, max } = chooseRange(statistics, method);
    return { ...tensor, range: { min, max } };
  });
  return { ...graph, stage: 'calibrated', tensors };
}
