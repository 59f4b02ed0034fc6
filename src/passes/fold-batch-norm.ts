/**
 * Turns BatchNorm into the weights and bias of the convolution before it:
 * w'[o] = w[o] · factor[o], b'[o] = b[o] · factor[o] + offset[o] (Jacob et al. 2018, section 3.2).
 * A BatchNorm that follows no convolution, or one that others read too, becomes a 1 × 1 depthwise convolution, which
 * computes the same.
 */
import { deadChannel } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { consumersOf, type Graph, type Node, originOf } from '../graph/graph.ts';
import { rewriteGraph } from '../graph/rewrite.ts';
import type { TensorId } from '../ir/units.ts';
import { asAffine } from '../ops/batch-norm.ts';

type FloatNode = Node<'float'>;
type BatchNormNode = Node<'float', 'batchNorm'>;
type WeightedNode = Node<'float', 'conv2d' | 'depthwiseConv2d' | 'fullyConnected'>;

function isWeighted(node: FloatNode | undefined): node is WeightedNode {
  return node?.kind === 'conv2d' || node?.kind === 'depthwiseConv2d' || node?.kind === 'fullyConnected';
}

function refuseDeadChannels(node: BatchNormNode): void {
  const dead = node.parameters.variance.findIndex(variance => variance <= 0);
  if (dead >= 0) {
    throw new SnugError(deadChannel({ channel: dead, variance: node.parameters.variance[dead]! }, originOf(node)));
  }
}

/** The convolution with the BatchNorm's factors in its constants and the BatchNorm's output as its own. */
function folded(node: WeightedNode, norm: BatchNormNode): FloatNode {
  const { factor, offset } = asAffine(norm.attributes, norm.parameters);
  const { weights, bias } = node.parameters;
  const channels = factor.length;
  const perChannel = weights.length / channels;
  // Depthwise weights alternate between output channels; the others keep a channel's weights together.
  const alternate = node.kind === 'depthwiseConv2d';
  const [outer, inner] = alternate ? [perChannel, channels] : [channels, perChannel];
  const scaled = new Float32Array(weights.length);
  for (let i = 0, index = 0; i < outer; i += 1) {
    for (let j = 0; j < inner; j += 1, index += 1) scaled[index] = weights[index]! * factor[alternate ? j : i]!;
  }
  const parameters = {
    weights: scaled,
    bias: bias.map((value, c) => value * factor[c]! + offset[c]!),
  };
  return { ...node, parameters } as FloatNode;
}

/** A BatchNorm on its own as a depthwise convolution with 1 × 1 kernels. */
function asDepthwise(norm: BatchNormNode): FloatNode {
  const { factor, offset } = asAffine(norm.attributes, norm.parameters);
  return {
    ...norm,
    kind: 'depthwiseConv2d',
    attributes: { kernel: [1, 1], stride: [1, 1], padding: 'valid', multiplier: 1, activation: null },
    parameters: { weights: Float32Array.from(factor), bias: Float32Array.from(offset) },
  };
}

/** @throws SnugError `deadChannel` where a variance is 0 or less */
export function foldBatchNorm(graph: Graph<'float'>): Graph<'folded'> {
  const makers = new Map(graph.nodes.map(node => [node.output, node]));
  const removed = new Map<FloatNode, TensorId>();
  const replaced = new Map<FloatNode, FloatNode>();
  for (const norm of graph.nodes) {
    if (norm.kind !== 'batchNorm') continue;
    refuseDeadChannels(norm);
    const maker = makers.get(norm.inputs[0]!);
    // A convolution whose output others read, or that is clamped before it is normalized, stays as it is.
    const sole = maker !== undefined && consumersOf(graph, maker.output).length === 1 && maker.output !== graph.output;
    if (isWeighted(maker) && maker.attributes.activation === null && sole) {
      replaced.set(maker, folded(maker, norm));
      removed.set(norm, maker.output);
    } else {
      replaced.set(norm, asDepthwise(norm));
    }
  }
  const rewritten = rewriteGraph(graph, { removed, replaced });
  // No BatchNorm is left, which the verifier checks after this pass.
  return { ...rewritten, stage: 'folded' } as Graph<'folded'>;
}
