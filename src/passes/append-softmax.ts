/** Ends a classifier with a softmax, for programs that want probabilities (scale 1/256) instead of logits. */
import type { Graph, Node } from '../graph/graph.ts';
import { tensorOf } from '../graph/graph.ts';
import { type TensorId, tensorId } from '../ir/units.ts';

/** The node that computes a tensor, past those that only give it another shape; undefined for the network's input. */
function computedBy(graph: Graph<'folded'>, id: TensorId): Node<'folded'> | undefined {
  const maker = graph.nodes.find(node => node.output === id);
  return maker?.kind === 'reshape' ? computedBy(graph, maker.inputs[0]!) : maker;
}

function unusedName(graph: Graph<'folded'>, wanted: string): string {
  const used = new Set([...graph.nodes, ...graph.tensors].map(({ name }) => name));
  let name = wanted;
  for (let suffix = 2; used.has(name); suffix += 1) name = `${wanted}_${suffix}`;
  return name;
}

/** Appends the layer `softmax` (`softmax_2`, … where that name is taken) unless the network ends with one. */
export function appendSoftmax(graph: Graph<'folded'>): Graph<'folded'> {
  if (computedBy(graph, graph.output)?.kind === 'softmax') return graph;
  const output = tensorId(graph.tensors.length);
  const { shape } = tensorOf(graph, graph.output);
  const name = unusedName(graph, 'softmax');
  return {
    ...graph,
    tensors: [...graph.tensors, { id: output, name, shape }],
    nodes: [
      ...graph.nodes,
      { kind: 'softmax', name, attributes: {}, parameters: {}, inputs: [graph.output], output, origin: {} },
    ],
    output,
  };
}
