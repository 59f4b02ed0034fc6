/** The int8 reference interpreter: the specification that the emitted C is compared with, byte for byte. */
import type { Graph, Tensor } from '../graph/graph.ts';
import { foldedOperator } from '../ops/index.ts';
import type { Int8Tensor, Operator, OpSpec } from '../ops/operator.ts';
import { type Observer, runGraph } from './run.ts';

/**
 * @param input quantized values of the input in NHWC order
 * @returns quantized values of the output
 */
export function runInt8(graph: Graph<'quantized'>, input: Int8Array, observe?: Observer<Int8Array>): Int8Array {
  const tensor = (id: number, data: Int8Array): Int8Tensor => {
    const { shape, quantization } = graph.tensors[id] as Tensor<'quantized'>;
    return { shape, quantization, data };
  };
  return runGraph<'quantized', Int8Array>(
    graph,
    input,
    {
      allocate: elements => new Int8Array(elements),
      execute(node, inputs, output) {
        const operator = foldedOperator(node.kind) as Operator<OpSpec>;
        operator.runInt8({
          attributes: node.attributes,
          parameters: node.parameters,
          inputs: inputs.map((data, i) => tensor(node.inputs[i]!, data)),
          output: tensor(node.output, output),
        });
      },
    },
    observe,
  );
}
