/**
 * Chooses the quantization of every activation by its operator's rule and turns every operator's constants into int8 and
 * int32. The input is quantized over its calibrated range, or over the range that preprocessing can produce.
 */
import type { Graph, Node, Tensor } from '../graph/graph.ts';
import { originOf } from '../graph/graph.ts';
import { type Quantization, quantizationForRange } from '../ir/quantization.ts';
import type { Range } from '../numerics/statistics.ts';
import { foldedOperator } from '../ops/index.ts';
import type { Operator, OpSpec, RoundedWeights, TensorInfo } from '../ops/operator.ts';

/** Weights of a layer in int8, given the scale of its quantized input; null leaves the rounding to the operator. */
export type RoundLayer = (node: Node<'calibrated'>, index: number, inputScale: number) => RoundedWeights | null;

/** What calibration does not decide. */
export interface QuantizeOptions {
  /** Range of the network's input where it is known without calibration: what preprocessing makes of pixels 0 to 255. */
  readonly inputRange: Range | null;
  /** Rounds the weights of each layer; without it each weight goes to its nearest step. */
  readonly round?: RoundLayer;
}

/** @throws SnugError of the operator whose factors or sums do not fit into int32 */
export function quantize(graph: Graph<'calibrated'>, options: QuantizeOptions): Graph<'quantized'> {
  const quantizations = new Map<number, Quantization>();
  const infoOf = (id: number): TensorInfo => ({
    shape: graph.tensors[id]!.shape,
    quantization: quantizations.get(id)!,
  });
  quantizations.set(graph.input, quantizationForRange(options.inputRange ?? graph.tensors[graph.input]!.range));

  const nodes = graph.nodes.map((node, index) => {
    // `node.kind` ties attributes and parameters to the operator, which the union type cannot express.
    const operator = foldedOperator(node.kind) as Operator<OpSpec>;
    const rule = operator.outputRange;
    const range = graph.tensors[node.output]!.range;
    const chosen =
      rule === 'calibrated'
        ? quantizationForRange(range)
        : rule === 'same-as-input'
          ? quantizations.get(node.inputs[0]!)!
          : rule;
    quantizations.set(node.output, chosen);
    const parameters = operator.quantize({
      attributes: node.attributes,
      parameters: node.parameters,
      inputs: node.inputs.map(infoOf),
      output: infoOf(node.output),
      origin: originOf(node),
      rounded:
        node.inputs.length === 1
          ? (options.round?.(node, index, infoOf(node.inputs[0]!).quantization.scale) ?? null)
          : null,
    });
    return { ...node, parameters } as Node<'quantized'>;
  });
  const tensors: Tensor<'quantized'>[] = graph.tensors.map(({ id, name, shape }) => ({
    id,
    name,
    shape,
    quantization: quantizations.get(id)!,
  }));
  return { ...graph, stage: 'quantized', tensors, nodes };
}
