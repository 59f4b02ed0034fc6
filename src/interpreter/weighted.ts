/** Which layers of a quantized network have weights, for what compares or corrects them. */
import type { Node } from '../graph/graph.ts';

/** A layer with int8 weights and an int32 bias. */
export type QuantizedWeightedNode = Node<'quantized', 'conv2d' | 'depthwiseConv2d' | 'fullyConnected'>;

/** Whether a layer has weights. */
export function hasWeights(node: Node<'quantized'>): node is QuantizedWeightedNode {
  return node.kind === 'conv2d' || node.kind === 'depthwiseConv2d' || node.kind === 'fullyConnected';
}
