/** The float interpreter: every operator's float reference, sums in double precision, activations in float32. */
import type { Graph, Node, Tensor } from '../graph/graph.ts';
import { floatOperator } from '../ops/index.ts';
import type { FloatOperator, FloatTensor, OpSpec } from '../ops/operator.ts';
import { type Observer, runGraph } from './run.ts';

type FloatStage = 'float' | 'folded' | 'calibrated';

/**
 * Runs one layer.
 * @param inputs values of its inputs, in their order; they are not changed
 * @param output as many elements as its output has; all of them are written
 */
export function runFloatNode<S extends FloatStage>(
  graph: Graph<S>,
  node: Node<S>,
  inputs: readonly Float32Array[],
  output: Float32Array,
): void {
  const tensor = (id: number, data: Float32Array): FloatTensor => ({
    shape: (graph.tensors[id] as Tensor<S>).shape,
    data,
  });
  const operator = floatOperator(node.kind) as FloatOperator<OpSpec>;
  operator.runFloat({
    attributes: node.attributes,
    parameters: node.parameters as OpSpec['float'],
    inputs: inputs.map((data, i) => tensor(node.inputs[i]!, data)),
    output: tensor(node.output, output),
  });
}

/**
 * @param input values of the input in NHWC order
 * @returns values of the output
 */
export function runFloat<S extends FloatStage>(
  graph: Graph<S>,
  input: Float32Array,
  observe?: Observer<Float32Array>,
): Float32Array {
  return runGraph<S, Float32Array>(
    graph,
    input,
    {
      allocate: elements => new Float32Array(elements),
      execute: (node, inputs, output) => runFloatNode(graph, node, inputs, output),
    },
    observe,
  );
}
