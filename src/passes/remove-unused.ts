/** Drops layers whose result never reaches the output, such as the auxiliary heads of a training graph. */
import type { Graph, Node } from '../graph/graph.ts';
import { rewriteGraph } from '../graph/rewrite.ts';
import type { TensorId } from '../ir/units.ts';

/** The network computes the same without them, and no memory is planned for them. */
export function removeUnused(graph: Graph<'float'>): Graph<'float'> {
  const needed = new Set<TensorId>([graph.output]);
  const removed = new Map<Node<'float'>, TensorId>();
  for (const node of [...graph.nodes].reverse()) {
    if (needed.has(node.output)) for (const id of node.inputs) needed.add(id);
    else removed.set(node, node.output);
  }
  return rewriteGraph(graph, { removed, replaced: new Map() });
}
