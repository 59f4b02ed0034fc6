/** The same network over an input of another size: constants stay, shapes are inferred anew. */
import type { Shape } from '../ir/shape.ts';
import { floatOperator } from '../ops/index.ts';
import { type Graph, originOf, type Stage, type Tensor, tensorOf } from './graph.ts';

/**
 * Works for networks whose constants do not depend on the size of the maps.
 * @param size height and width in pixels
 * @throws SnugError where a layer does not take maps of that size
 */
export function resizeGraph<S extends Stage>(graph: Graph<S>, [height, width]: readonly [number, number]): Graph<S> {
  const shapes = new Map<number, Shape>();
  const [batch = 1, , , channels = 1] = tensorOf(graph, graph.input).shape;
  shapes.set(graph.input, [batch, height, width, channels]);
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(id => shapes.get(id)!);
    // `node.kind` ties the attributes to the operator, which the union type cannot express.
    shapes.set(node.output, floatOperator(node.kind).outputShape(node.attributes as never, inputs, originOf(node)));
  }
  const tensors = graph.tensors.map((tensor): Tensor<S> => ({ ...tensor, shape: shapes.get(tensor.id)! }));
  return { ...graph, tensors };
}
