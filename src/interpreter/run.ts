/**
 * Runs a graph node by node: the one loop behind the float and the int8 interpreter. An activation is dropped after its
 * last reader, so that memory stays near that of the widest layer.
 */
import type { Graph, Node, Stage, Tensor } from '../graph/graph.ts';

/** Called with each activation as it is made, the input first; the data must not be kept or changed. */
export type Observer<Data> = (tensor: number, data: Data) => void;

/** What the two interpreters differ in. */
export interface Execution<S extends Stage, Data> {
  readonly allocate: (elements: number) => Data;
  /** Fills `output`; `inputs` must not be changed, for others may read them. */
  readonly execute: (node: Node<S>, inputs: readonly Data[], output: Data) => void;
}

function lastReaders<S extends Stage>(graph: Graph<S>): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  graph.nodes.forEach((node, step) => {
    for (const id of node.inputs) last.set(id, step);
  });
  last.set(graph.output, graph.nodes.length);
  return last;
}

/**
 * Returns the data of the output.
 * @param input data of the input, as many elements as its shape has
 */
export function runGraph<S extends Stage, Data>(
  graph: Graph<S>,
  input: Data,
  { allocate, execute }: Execution<S, Data>,
  observe?: Observer<Data>,
): Data {
  const last = lastReaders(graph);
  const live = new Map<number, Data>([[graph.input, input]]);
  observe?.(graph.input, input);
  graph.nodes.forEach((node, step) => {
    const shape = (graph.tensors[node.output] as Tensor<S>).shape;
    const output = allocate(shape.reduce((product, dimension) => product * dimension, 1));
    execute(
      node,
      node.inputs.map(id => live.get(id)!),
      output,
    );
    live.set(node.output, output);
    observe?.(node.output, output);
    for (const id of node.inputs) if (last.get(id) === step) live.delete(id);
  });
  return live.get(graph.output)!;
}
