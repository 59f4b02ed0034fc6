/** The promise of `--min-sqnr`: no layer's output has more noise than was allowed. */
import { outputTooNoisy } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { type Graph, originOf } from '../../graph/graph.ts';

/**
 * @param sqnr in dB by tensor id
 * @throws SnugError `outputTooNoisy`, which names the layers below `least`, the worst first
 */
export function requireSqnr(graph: Graph<'quantized'>, sqnr: readonly number[], least: number): void {
  const below = graph.nodes
    .map(node => ({ node, sqnrDb: sqnr[node.output]! }))
    // A reshape has the output of the layer before it.
    .filter(({ node, sqnrDb }) => node.kind !== 'reshape' && !(sqnrDb >= least))
    .sort((a, b) => a.sqnrDb - b.sqnrDb);
  const [worst] = below;
  if (worst === undefined) return;
  const layers = below.map(({ node, sqnrDb }) => ({ name: node.name, sqnrDb }));
  throw new SnugError(outputTooNoisy({ layers, least }, originOf(worst.node)));
}
