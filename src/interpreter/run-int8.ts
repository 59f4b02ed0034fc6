/** The int8 reference interpreter: the specification that the emitted C is compared with, byte for byte. */
import type { Graph, Node, Tensor } from '../graph/graph.ts';
import { foldedOperator } from '../ops/index.ts';
import type { Int8Tensor, Operator, OpSpec } from '../ops/operator.ts';
import { type Observer, runGraph } from './run.ts';

/**
 * Runs one layer.
 * @param inputs quantized values of its inputs, in their order; they are not changed
 * @param output as many elements as its output has; all of them are written
 */
export function runInt8Node(
  graph: Graph<'quantized'>,
  node: Node<'quantized'>,
  inputs: readonly Int8Array[],
  output: Int8Array,
): void {
  const tensor = (id: number, data: Int8Array): Int8Tensor => {
    const { shape, quantization } = graph.tensors[id] as Tensor<'quantized'>;
    return { shape, quantization, data };
  };
  const operator = foldedOperator(node.kind) as Operator<OpSpec>;
  operator.runInt8({
    attributes: node.attributes,
    parameters: node.parameters,
    inputs: inputs.map((data, i) => tensor(node.inputs[i]!, data)),
    output: tensor(node.output, output),
  });
}

/**
 * @param input quantized values of the input in NHWC order
 * @returns quantized values of the output
 */
export function runInt8(graph: Graph<'quantized'>, input: Int8Array, observe?: Observer<Int8Array>): Int8Array {
  return runGraph<'quantized', Int8Array>(
    graph,
    input,
    {
      allocate: elements => new Int8Array(elements),
      execute: (node, inputs, output) => runInt8Node(graph, node, inputs, output),
    },
    observe,
  );
}
