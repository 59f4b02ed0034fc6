/** The float interpreter: every operator's float reference, sums in double precision, activations in float32. */
import type { Graph, Tensor } from '../graph/graph.ts';
import { floatOperator } from '../ops/index.ts';
import type { FloatOperator, OpSpec } from '../ops/operator.ts';
import { type Observer, runGraph } from './run.ts';

/**
 * @param input values of the input in NHWC order
 * @returns values of the output
 */
export function runFloat<S extends 'float' | 'folded' | 'calibrated'>(
  graph: Graph<S>,
  input: Float32Array,
  observe?: Observer<Float32Array>,
): Float32Array {
  const tensor = (id: number, data: Float32Array): { shape: readonly number[]; data: Float32Array } => ({
    shape: (graph.tensors[id] as Tensor<S>).shape,
    data,
  });
  return runGraph<S, Float32Array>(
    graph,
    input,
    {
      allocate: elements => new Float32Array(elements),
      execute(node, inputs, output) {
        const operator = floatOperator(node.kind) as FloatOperator<OpSpec>;
        operator.runFloat({
          attributes: node.attributes,
          parameters: node.parameters as OpSpec['float'],
          inputs: inputs.map((data, i) => tensor(node.inputs[i]!, data)),
          output: tensor(node.output, output),
        });
      },
    },
    observe,
  );
}
