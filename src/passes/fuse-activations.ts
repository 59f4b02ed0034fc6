/**
 * Moves a clamp (ReLU, ReLU6) into the operator before it, where that operator can clamp and nobody else reads its
 * unclamped output. Quantization then spends its 256 steps on the clamped range only.
 */
import { consumersOf, type Graph, type Node } from '../graph/graph.ts';
import { rewriteGraph } from '../graph/rewrite.ts';
import type { RealClamp } from '../ir/quantization.ts';
import type { TensorId } from '../ir/units.ts';
import { clamp } from '../numerics/fixed-point.ts';

type FoldedNode = Node<'folded'>;

/** One clamp after another is a clamp whose bounds are clamped. */
function compose(first: RealClamp | null, second: RealClamp): RealClamp {
  if (first === null) return { min: second.min, max: second.max };
  return { min: clamp(first.min, second.min, second.max), max: clamp(first.max, second.min, second.max) };
}

function withActivation(node: FoldedNode, activation: RealClamp): FoldedNode | null {
  switch (node.kind) {
    case 'clamp':
      return { ...node, attributes: compose(node.attributes, activation) };
    case 'add':
    case 'averagePool':
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'fullyConnected':
      return {
        ...node,
        attributes: { ...node.attributes, activation: compose(node.attributes.activation, activation) },
      } as FoldedNode;
    default:
      return null;
  }
}

/** A chain of clamps ends in one operator; clamps that cannot move stay layers. */
export function fuseActivations(graph: Graph<'folded'>): Graph<'folded'> {
  const makers = new Map(graph.nodes.map(node => [node.output, node]));
  const removed = new Map<FoldedNode, TensorId>();
  const replaced = new Map<FoldedNode, FoldedNode>();
  for (const node of graph.nodes) {
    if (node.kind !== 'clamp') continue;
    // Follow clamps that this pass removes, so that a chain of clamps ends in one operator.
    let maker = makers.get(node.inputs[0]!);
    while (maker !== undefined && removed.has(maker)) maker = makers.get(removed.get(maker)!);
    const read = node.inputs[0]!;
    if (maker === undefined || read === graph.output || consumersOf(graph, read).length !== 1) continue;
    const fused = withActivation(replaced.get(maker) ?? maker, node.attributes);
    if (fused === null) continue;
    replaced.set(maker, fused);
    removed.set(node, maker.output);
  }
  return rewriteGraph(graph, { removed, replaced });
}
