/** Builds a graph node by node; shapes follow from the operators, and every mistake names the layer. */
import { malformedGraph } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';
import type { Shape } from '../ir/shape.ts';
import { type TensorId, tensorId } from '../ir/units.ts';
import { floatOperator, type OpKind, type OpTypes } from '../ops/index.ts';
import type { Graph, Node, Tensor, WeightsOrigin } from './graph.ts';
import { verify } from './verify.ts';

/** A graph under construction. Shapes that do not fit are refused by the call that makes them. */
export interface GraphBuilder {
  /** Declares the one input, [1, height, width, channels] or [1, n]. */
  input(name: string, shape: Shape): TensorId;
  /** Appends a node and returns its output; the tensor has the node's name. */
  add<K extends OpKind>(
    kind: K,
    name: string,
    inputs: readonly TensorId[],
    attributes: OpTypes[K]['attributes'],
    parameters: OpTypes[K]['float'],
    origin?: Origin,
  ): TensorId;
  /** Throws a RangeError for an id of another builder, which is a mistake of the caller. */
  shapeOf(id: TensorId): Shape;
  /** Ends the graph and verifies it. */
  finish(output: TensorId): Graph<'float'>;
}

/** Begins an empty float graph; `weights` is what reports say of the origin of its constants. */
export function graphBuilder(name: string, weights: WeightsOrigin): GraphBuilder {
  const tensors: Tensor<'float'>[] = [];
  const nodes: Node<'float'>[] = [];
  let input: TensorId | null = null;

  const shapeOf = (id: TensorId): Shape => {
    const tensor = tensors[id];
    if (tensor === undefined) throw new RangeError(`tensor ${id} was not made by this builder`);
    return tensor.shape;
  };
  const declare = (tensorName: string, shape: Shape): TensorId => {
    const id = tensorId(tensors.length);
    tensors.push({ id, name: tensorName, shape });
    return id;
  };

  return {
    shapeOf,
    input(inputName, shape) {
      if (input !== null) {
        throw new SnugError(
          malformedGraph({
            problem: `a second input ${inputName}; snug takes networks of one input`,
            pass: 'building',
          }),
        );
      }
      input = declare(inputName, shape);
      return input;
    },
    add(kind, nodeName, inputs, attributes, parameters, origin = {}) {
      const shape = floatOperator(kind).outputShape(attributes, inputs.map(shapeOf), { ...origin, layer: nodeName });
      const output = declare(nodeName, shape);
      // The three parts belong to the same kind by the signature, which the union type cannot express.
      nodes.push({ kind, name: nodeName, attributes, parameters, inputs, output, origin } as unknown as Node<'float'>);
      return output;
    },
    finish(output) {
      if (input === null) throw new SnugError(malformedGraph({ problem: 'it has no input', pass: 'building' }));
      return verify({ stage: 'float', name, weights, tensors, nodes, input, output }, 'building');
    },
  };
}
