/**
 * Takes layers that only scale the input, channel by channel, out of a network: Keras's Rescaling and Normalization, the
 * operations of `preprocess_input`, torchvision's Normalize, a BatchNorm over the input. Where the input is a picture,
 * they become a part of the table from pixels to input, which costs nothing, and a window's padding stays right, because
 * it is the scaled input that is padded in either case.
 */
import { consumersOf, type Graph, type Node, tensorOf } from '../graph/graph.ts';
import { rewriteGraph } from '../graph/rewrite.ts';
import type { AffineScaling } from '../ir/input-scaling.ts';
import { mapShape } from '../ir/shape.ts';
import type { TensorId } from '../ir/units.ts';
import { asAffine } from '../ops/batch-norm.ts';

/** The network without its scaling, and what that was. */
export interface ScalingTaken {
  readonly graph: Graph<'float'>;
  readonly scaling: AffineScaling;
  /** Names of the layers that it was. */
  readonly layers: readonly string[];
}

/** y = factor[c] · x + offset[c], for a layer that does no more than that; null for any other. */
function affineOf(
  node: Node<'float'>,
): { readonly factor: ArrayLike<number>; readonly offset: ArrayLike<number> } | null {
  if (node.kind === 'batchNorm') return asAffine(node.attributes, node.parameters);
  if (node.kind !== 'depthwiseConv2d') return null;
  const { kernel, stride, padding, multiplier, activation } = node.attributes;
  const noPadding = typeof padding === 'string' || Object.values(padding).every(side => side === 0);
  const single = [...kernel, ...stride, multiplier].every(size => size === 1);
  if (!single || !noPadding || activation !== null) return null;
  return { factor: node.parameters.weights, offset: node.parameters.bias };
}

/** @returns null where the network does not begin with scaling, or consists of nothing else */
export function takeInputScaling(graph: Graph<'float'>): ScalingTaken | null {
  const { channels } = mapShape(tensorOf(graph, graph.input).shape);
  let scale = Array.from({ length: channels }, () => 1);
  let offset = Array.from({ length: channels }, () => 0);
  const removed = new Map<Node<'float'>, TensorId>();
  let tensor = graph.input;
  for (;;) {
    const [node, ...others] = consumersOf(graph, tensor);
    // What others read as well stays what it is, and a network's output is made by a layer.
    if (node === undefined || others.length > 0 || node.output === graph.output) break;
    const affine = affineOf(node);
    if (affine === null) break;
    scale = scale.map((value, c) => value * affine.factor[c]!);
    offset = offset.map((value, c) => value * affine.factor[c]! + affine.offset[c]!);
    removed.set(node, tensor);
    tensor = node.output;
  }
  if (removed.size === 0) return null;
  const layers = [...removed.keys()].map(({ name }) => name);
  return {
    graph: rewriteGraph(graph, { removed, replaced: new Map() }),
    scaling: { kind: 'affine', scale, offset },
    layers,
  };
}
