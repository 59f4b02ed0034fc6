/** Local changes to a graph: passes say what becomes of a node, and tensors are renumbered here. */
import { type TensorId, tensorId } from '../ir/units.ts';
import type { Graph, Node, Stage, Tensor } from './graph.ts';

/** What becomes of a node: other nodes in its place (an empty list with `replaceBy` drops it). */
export interface Rewrite<S extends Stage> {
  /** Nodes to remove; their outputs are read as the tensor given instead. */
  readonly removed: ReadonlyMap<Node<S>, TensorId>;
  /** Nodes to exchange for changed ones. */
  readonly replaced: ReadonlyMap<Node<S>, Node<S>>;
}

/** Applies a rewrite and drops the tensors that nobody makes any more. Ids are given anew, in execution order. */
export function rewriteGraph<S extends Stage>(graph: Graph<S>, { removed, replaced }: Rewrite<S>): Graph<S> {
  const substitute = new Map<TensorId, TensorId>();
  for (const [node, instead] of removed) substitute.set(node.output, instead);
  const resolve = (id: TensorId): TensorId => {
    const next = substitute.get(id);
    return next === undefined || next === id ? id : resolve(next);
  };
  const kept = graph.nodes.filter(node => !removed.has(node)).map(node => replaced.get(node) ?? node);
  const order = [graph.input, ...kept.map(node => node.output)];
  const renumbered = new Map(order.map((id, place) => [id, tensorId(place)]));
  const rename = (id: TensorId): TensorId => renumbered.get(resolve(id)) ?? id;
  const tensors: Tensor<S>[] = order.map((id, place) => ({ ...graph.tensors[id]!, id: tensorId(place) }));
  const nodes = kept.map(node => ({ ...node, inputs: node.inputs.map(rename), output: rename(node.output) }));
  return { ...graph, tensors, nodes, input: rename(graph.input), output: rename(graph.output) };
}
