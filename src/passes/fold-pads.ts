/** Merges zero padding into the convolutions that read it, so that no padded copy of a feature map is ever made. */
import { consumersOf, type Graph, type Node, tensorOf } from '../graph/graph.ts';
import { rewriteGraph } from '../graph/rewrite.ts';
import { mapShape } from '../ir/shape.ts';
import type { TensorId } from '../ir/units.ts';
import { type ExplicitPadding, resolvePadding } from '../ops/window.ts';

type FoldedNode = Node<'folded'>;

function plus(a: ExplicitPadding, b: ExplicitPadding): ExplicitPadding {
  return { top: a.top + b.top, bottom: a.bottom + b.bottom, left: a.left + b.left, right: a.right + b.right };
}

export function foldPads(graph: Graph<'folded'>): Graph<'folded'> {
  const removed = new Map<FoldedNode, TensorId>();
  const replaced = new Map<FoldedNode, FoldedNode>();
  for (const pad of graph.nodes) {
    if (pad.kind !== 'pad' || pad.output === graph.output) continue;
    const readers = consumersOf(graph, pad.output);
    if (!readers.every(reader => reader.kind === 'conv2d' || reader.kind === 'depthwiseConv2d')) continue;
    const padded = mapShape(tensorOf(graph, pad.output).shape);
    for (const reader of readers) {
      const padding = plus(pad.attributes, resolvePadding(reader.attributes, padded));
      replaced.set(reader, { ...reader, attributes: { ...reader.attributes, padding } } as FoldedNode);
    }
    removed.set(pad, pad.inputs[0]!);
  }
  return rewriteGraph(graph, { removed, replaced });
}
