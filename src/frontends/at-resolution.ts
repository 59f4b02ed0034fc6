/** A converted network at another size of its input. */
import { resolutionFixed, shapeMismatch } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type Graph, originOf, type Stage, tensorOf } from '../graph/graph.ts';
import { resizeGraph } from '../graph/resize.ts';
import { verify } from '../graph/verify.ts';
import { elementsOf } from '../ir/shape.ts';
import { checkSize } from '../ir/size-limits.ts';
import type { Resolution } from './input-layout.ts';
import { withSamePadding } from './same-padding.ts';

const MISMATCH = shapeMismatch({ problem: '' }).code;

/** Shapes are inferred anew; a shape that does not fit any more is the fault of the resolution. */
function resized<S extends Stage>(graph: Graph<S>, resolution: Resolution): Graph<S> {
  try {
    return resizeGraph(graph, resolution);
  } catch (error) {
    const diagnostic = error instanceof SnugError ? error.diagnostics[0] : undefined;
    if (diagnostic?.code !== MISMATCH) throw error;
    throw new SnugError(resolutionFixed({ problem: diagnostic.message }, diagnostic.origin));
  }
}

/**
 * Windows of "same" padding follow the new size, pads that stood for it (`same-padding.ts`), pools over the whole map and the
 * factors of `mean`.
 * @param graph the network at the size in its file
 * @throws SnugError `resolutionFixed` where a layer needs the size in the file
 */
export function atResolution<S extends Stage>(graph: Graph<S>, resolution: Resolution, file: string): Graph<S> {
  const own = withSamePadding(graph);
  const result = resized(own, resolution);
  for (const tensor of result.tensors) checkSize(tensor.shape, { file, tensor: tensor.name });
  for (const node of own.nodes) {
    if (node.kind !== 'fullyConnected') continue;
    const [before, after] = [own, result].map(({ tensors }) => elementsOf(tensors[node.inputs[0]!]!.shape));
    if (before === after) continue;
    const problem = `its weights take ${before} values, and its input would have ${after}`;
    throw new SnugError(resolutionFixed({ problem }, originOf(node)));
  }
  return verify(result, `changing the resolution from ${tensorOf(graph, graph.input).shape.slice(1, 3).join('×')}`);
}
