/**
 * Builds a graph of a network that is quantized already: frontends give every tensor its quantization and every operator
 * its integers, and nothing is calibrated. Shapes follow from the operators, as in `builder.ts`.
 */
import { malformedGraph } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';
import type { Quantization } from '../ir/quantization.ts';
import type { Shape } from '../ir/shape.ts';
import { type TensorId, tensorId } from '../ir/units.ts';
import { type FoldedKind, floatOperator, type OpTypes } from '../ops/index.ts';
import type { TensorInfo } from '../ops/operator.ts';
import type { Graph, Node, Tensor } from './graph.ts';
import { verify } from './verify.ts';

/** A quantized graph under construction. Shapes that do not fit are refused by the call that makes them. */
export interface QuantizedGraphBuilder {
  /** Declares the one input, [1, height, width, channels] or [1, n]. */
  input(name: string, shape: Shape, quantization: Quantization): TensorId;
  /**
   * Appends a node and returns its output; the tensor has the node's name.
   * @param parameters from the shapes and quantizations of the node's inputs and output
   */
  add<K extends FoldedKind>(
    kind: K,
    name: string,
    inputs: readonly TensorId[],
    attributes: OpTypes[K]['attributes'],
    quantization: Quantization,
    parameters: (inputs: readonly TensorInfo[], output: TensorInfo, origin: Origin) => OpTypes[K]['quantized'],
    origin?: Origin,
  ): TensorId;
  /** Throws a RangeError for an id of another builder, which is a mistake of the caller. */
  infoOf(id: TensorId): TensorInfo;
  /** Ends the graph and verifies it. */
  finish(output: TensorId): Graph<'quantized'>;
}

/** Begins an empty graph whose constants come from a file. */
export function quantizedGraphBuilder(name: string): QuantizedGraphBuilder {
  const tensors: Tensor<'quantized'>[] = [];
  const nodes: Node<'quantized'>[] = [];
  let input: TensorId | null = null;

  const infoOf = (id: TensorId): TensorInfo => {
    const tensor = tensors[id];
    if (tensor === undefined) throw new RangeError(`tensor ${id} was not made by this builder`);
    return { shape: tensor.shape, quantization: tensor.quantization };
  };
  const declare = (tensorName: string, shape: Shape, quantization: Quantization): TensorId => {
    const id = tensorId(tensors.length);
    tensors.push({ id, name: tensorName, shape, quantization });
    return id;
  };
  const refuse = (problem: string): never => {
    throw new SnugError(malformedGraph({ problem, pass: 'building' }));
  };

  return {
    infoOf,
    input(inputName, shape, quantization) {
      if (input !== null) return refuse(`a second input ${inputName}; snug takes networks of one input`);
      input = declare(inputName, shape, quantization);
      return input;
    },
    add(kind, nodeName, inputs, attributes, quantization, parametersOf, origin = {}) {
      const layer = { ...origin, layer: nodeName };
      const infos = inputs.map(infoOf);
      const shape = floatOperator(kind).outputShape(
        attributes,
        infos.map(info => info.shape),
        layer,
      );
      const parameters = parametersOf(infos, { shape, quantization }, layer);
      const output = declare(nodeName, shape, quantization);
      // The three parts belong to the same kind by the signature, which the union type cannot express.
      nodes.push({
        kind,
        name: nodeName,
        attributes,
        parameters,
        inputs,
        output,
        origin,
      } as unknown as Node<'quantized'>);
      return output;
    },
    finish(output) {
      if (input === null) return refuse('it has no input');
      return verify({ stage: 'quantized', name, weights: 'file', tensors, nodes, input, output }, 'building');
    },
  };
}
