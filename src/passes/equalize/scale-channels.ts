/**
 * Multiplies the channels of activations and divides the weights that read them, so that the network computes the same
 * (Nagel et al. 2019, "Data-Free Quantization", section 4.1; Meller et al. 2019).
 */
import type { Graph } from '../../graph/graph.ts';
import type { TensorId } from '../../ir/units.ts';
import { inputChannelOf, isWeighted, rowLayout, rowsOf, storeRows, type WeightedNode } from '../weights/weighted.ts';

/** One factor above 0 for each channel of an activation; activations without an entry stay as they are. */
export type ChannelFactors = ReadonlyMap<TensorId, Float64Array>;

/** The rows of a layer's weights with the factors of what it reads and of what it makes. */
export function scaledRows(graph: Graph<'folded'>, node: WeightedNode, factors: ChannelFactors): Float64Array {
  const layout = rowLayout(graph, node);
  const rows = rowsOf(node, layout);
  const read = factors.get(node.inputs[0]!);
  const made = factors.get(node.output);
  if (read === undefined && made === undefined) return rows;
  const { outputs, dimension } = layout;
  for (let o = 0; o < outputs; o += 1) {
    for (let i = 0; i < dimension; i += 1) {
      rows[o * dimension + i]! *= (made?.[o] ?? 1) / (read?.[inputChannelOf(layout, o, i)] ?? 1);
    }
  }
  return rows;
}

/** The network with scaled channels. Clamps stay: a factor must not make a bound bind that did not, or the reverse. */
export function scaleChannels(graph: Graph<'folded'>, factors: ChannelFactors): Graph<'folded'> {
  const nodes = graph.nodes.map(node => {
    if (!isWeighted(node) || !(factors.has(node.inputs[0]!) || factors.has(node.output))) return node;
    const { bias, weights } = node.parameters;
    const made = factors.get(node.output);
    const parameters = {
      weights: storeRows(scaledRows(graph, node, factors), rowLayout(graph, node), new Float32Array(weights.length)),
      bias: bias.map((value, o) => value * (made?.[o] ?? 1)),
    };
    return { ...node, parameters } as WeightedNode;
  });
  return { ...graph, nodes };
}
