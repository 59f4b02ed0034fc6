/** Merges zero padding into the convolutions that read it, so that no padded copy of a feature map is ever made. */
import { consumersOf, type Graph, type Node, tensorOf } from '../graph/graph.ts';
import { rewriteGraph } from '../graph/rewrite.ts';
import { mapShape } from '../ir/shape.ts';
import type { TensorId } from '../ir/units.ts';
import { type ExplicitPadding, resolvePadding } from '../ops/window.ts';

type FoldedNode = Node<'folded'>;
type Convolution = Node<'folded', 'conv2d' | 'depthwiseConv2d'>;

const isConvolution = (node: FoldedNode): node is Convolution =>
  node.kind === 'conv2d' || node.kind === 'depthwiseConv2d';

function plus(a: ExplicitPadding, b: ExplicitPadding): ExplicitPadding {
  return { top: a.top + b.top, bottom: a.bottom + b.bottom, left: a.left + b.left, right: a.right + b.right };
}

/** A pad stays where anything but convolutions and pads that are merged themselves reads it, or where it is the output. */
export function foldPads(graph: Graph<'folded'>): Graph<'folded'> {
  const removed = new Map<FoldedNode, TensorId>();
  const replaced = new Map<FoldedNode, FoldedNode>();
  const padded = new Map<FoldedNode, readonly Convolution[]>();
  // From the end, so that of two pads in a row the second has gone into its convolutions when the first is looked at.
  for (const pad of [...graph.nodes].reverse()) {
    if (pad.kind !== 'pad' || pad.output === graph.output) continue;
    const readers = consumersOf(graph, pad.output);
    if (!readers.every(reader => isConvolution(reader) || removed.has(reader))) continue;
    const convolutions = readers.flatMap(reader => (isConvolution(reader) ? [reader] : padded.get(reader)!));
    const { shape } = tensorOf(graph, pad.output);
    for (const convolution of convolutions) {
      const { attributes } = (replaced.get(convolution) ?? convolution) as Convolution;
      const padding = plus(pad.attributes, resolvePadding(attributes, mapShape(shape)));
      replaced.set(convolution, { ...convolution, attributes: { ...attributes, padding } } as FoldedNode);
    }
    removed.set(pad, pad.inputs[0]!);
    padded.set(pad, convolutions);
  }
  return rewriteGraph(graph, { removed, replaced });
}
