/**
 * Merges zero padding into the convolutions that read it, so that no padded copy of a feature map is ever made. In a quantized
 * graph the padding is the zero point, which a pad keeps, so that a tap on it contributes nothing either way.
 */
import { consumersOf, type Graph, type Node, tensorOf } from '../graph/graph.ts';
import { rewriteGraph } from '../graph/rewrite.ts';
import { mapShape } from '../ir/shape.ts';
import type { TensorId } from '../ir/units.ts';
import { addPadding, resolvePadding } from '../ops/window.ts';

/** Stages whose convolutions are done with what comes between a pad and them. */
type Padded = 'folded' | 'quantized';
type Convolution<S extends Padded> = Node<S, 'conv2d' | 'depthwiseConv2d'>;

function isConvolution<S extends Padded>(node: Node<S>): node is Convolution<S> {
  return node.kind === 'conv2d' || node.kind === 'depthwiseConv2d';
}

/** A pad stays where anything but convolutions and pads that are merged themselves reads it, or where it is the output. */
export function foldPads<S extends Padded>(graph: Graph<S>): Graph<S> {
  const removed = new Map<Node<S>, TensorId>();
  const replaced = new Map<Node<S>, Node<S>>();
  const padded = new Map<Node<S>, readonly Convolution<S>[]>();
  // From the end, so that of two pads in a row the second has gone into its convolutions when the first is looked at.
  for (const pad of [...graph.nodes].reverse()) {
    if (pad.kind !== 'pad' || pad.output === graph.output) continue;
    const readers = consumersOf(graph, pad.output);
    if (!readers.every(reader => isConvolution(reader) || removed.has(reader))) continue;
    const convolutions = readers.flatMap(reader => (isConvolution(reader) ? [reader] : padded.get(reader)!));
    const { shape } = tensorOf(graph, pad.output);
    for (const convolution of convolutions) {
      const { attributes } = (replaced.get(convolution) ?? convolution) as Convolution<S>;
      const padding = addPadding(pad.attributes, resolvePadding(attributes, mapShape(shape)));
      replaced.set(convolution, { ...convolution, attributes: { ...attributes, padding } } as unknown as Node<S>);
    }
    removed.set(pad, pad.inputs[0]!);
    padded.set(pad, convolutions);
  }
  return rewriteGraph(graph, { removed, replaced });
}
