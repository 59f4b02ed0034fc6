/** Ends a classifier with a softmax, for programs that want probabilities (scale 1/256) instead of logits. */
import type { Graph } from '../graph/graph.ts';
import { tensorOf } from '../graph/graph.ts';
import { tensorId } from '../ir/units.ts';

export function appendSoftmax(graph: Graph<'folded'>): Graph<'folded'> {
  if (graph.nodes.at(-1)?.kind === 'softmax') return graph;
  const output = tensorId(graph.tensors.length);
  const { shape } = tensorOf(graph, graph.output);
  return {
    ...graph,
    tensors: [...graph.tensors, { id: output, name: 'softmax', shape }],
    nodes: [
      ...graph.nodes,
      { kind: 'softmax', name: 'softmax', attributes: {}, parameters: {}, inputs: [graph.output], output, origin: {} },
    ],
    output,
  };
}
