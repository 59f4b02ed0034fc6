/**
 * Zeros around a map that stood for TensorFlow's rule "same". keras.applications puts a ZeroPadding2D in front of a convolution
 * of stride 2 and padding "valid" (`correct_pad`); its numbers are those of "same" at the resolution that the network was built
 * for, and lead to other maps at another one.
 */
import { consumersOf, type Graph, type Node, type Stage, tensorOf } from '../graph/graph.ts';
import { rewriteGraph } from '../graph/rewrite.ts';
import { mapShape } from '../ir/shape.ts';
import type { TensorId } from '../ir/units.ts';
import { equalPadding, resolvePadding } from '../ops/window.ts';

type Convolution<S extends Stage> = Node<S, 'conv2d' | 'depthwiseConv2d'>;

function isConvolution<S extends Stage>(node: Node<S>): node is Convolution<S> {
  return node.kind === 'conv2d' || node.kind === 'depthwiseConv2d';
}

/** The readers of a pad, where each is a convolution without padding of its own that "same" would pad as much; else null. */
function sameReaders<S extends Stage>(graph: Graph<S>, pad: Node<S, 'pad'>): readonly Convolution<S>[] | null {
  const readers = consumersOf(graph, pad.output);
  const convolutions = readers.filter(isConvolution);
  if (pad.output === graph.output || convolutions.length !== readers.length) return null;
  const input = mapShape(tensorOf(graph, pad.inputs[0]!).shape);
  const isSame = convolutions.every(
    ({ attributes }) =>
      attributes.padding === 'valid' &&
      equalPadding(pad.attributes, resolvePadding({ ...attributes, padding: 'same' }, input)),
  );
  return isSame ? convolutions : null;
}

/**
 * Gives the rule back to convolutions that a pad follows it for. Pads that are the same on both sides count only in a network
 * where others are not: PyTorch's are symmetric at every resolution, which equals "same" at some.
 */
export function withSamePadding<S extends Stage>(graph: Graph<S>): Graph<S> {
  const removed = new Map<Node<S>, TensorId>();
  const replaced = new Map<Node<S>, Node<S>>();
  let asymmetric = false;
  for (const node of graph.nodes) {
    if (node.kind !== 'pad') continue;
    const pad = node as Node<S, 'pad'>;
    const convolutions = sameReaders(graph, pad);
    if (convolutions === null) continue;
    const { top, bottom, left, right } = pad.attributes;
    asymmetric ||= top !== bottom || left !== right;
    removed.set(node, pad.inputs[0]!);
    for (const convolution of convolutions) {
      const attributes = { ...convolution.attributes, padding: 'same' };
      replaced.set(convolution, { ...convolution, attributes } as unknown as Node<S>);
    }
  }
  return asymmetric ? rewriteGraph(graph, { removed, replaced }) : graph;
}
