/**
 * High-bias absorption (Nagel et al. 2019, section 4.1.3): a channel that is never below c > 0 is made c smaller, and the
 * layer that reads it adds what that takes away to its bias. The activation then needs no steps for values that never occur.
 *
 * Exact within what calibration saw, where the reader pads nothing (padding stands for 0, not for −c) and the upper bound of
 * the activation does not bind in the channel.
 */
import type { Graph } from '../graph/graph.ts';
import { mapShape } from '../ir/shape.ts';
import { resolvePadding } from '../ops/window.ts';
import { layerPairs } from './equalize/pairs.ts';
import type { Statistics } from './statistics/statistics.ts';
import { inputChannelOf, rowLayout, rowsOf, type WeightedNode } from './weights/weighted.ts';

/** Values of other pictures may lie this part of the channel's own width below the least that was seen. */
const MARGIN = 0.25;

/** What of each channel can be taken away: above 0 only where the least value is well above 0 and no bound is reached. */
function absorbable(min: Float32Array, max: Float32Array, bound: number): Float64Array {
  return Float64Array.from(min, (least, c) => {
    const width = max[c]! - least;
    return max[c]! < bound ? Math.max(0, least - MARGIN * width) : 0;
  });
}

/** The network with constant parts moved from activations into biases, and the number of channels that had one. */
export function absorbBias(
  graph: Graph<'folded'>,
  { tensors }: Pick<Statistics, 'tensors'>,
): { readonly graph: Graph<'folded'>; readonly channels: number } {
  const biases = new Map<WeightedNode, Float32Array>();
  const biasOf = (node: WeightedNode): Float32Array => biases.get(node) ?? node.parameters.bias;
  let channels = 0;
  for (const { producer, consumer, tensor, clamp } of layerPairs(graph)) {
    const seen = tensors[tensor]?.channels;
    const layout = rowLayout(graph, consumer);
    const padding = resolvePadding(layout.window, mapShape(graph.tensors[tensor]!.shape));
    if (seen == null || Object.values(padding).some(pixels => pixels > 0)) continue;
    const taken = absorbable(seen.min, seen.max, clamp.max);
    const found = taken.filter(value => value > 0).length;
    if (found === 0) continue;
    channels += found;
    const rows = rowsOf(consumer, layout);
    const added = Float32Array.from(biasOf(consumer), (value, o) => {
      let sum = value;
      for (let i = 0; i < layout.dimension; i += 1) {
        sum += rows[o * layout.dimension + i]! * taken[inputChannelOf(layout, o, i)]!;
      }
      return sum;
    });
    biases.set(
      producer,
      biasOf(producer).map((value, c) => value - taken[c]!),
    );
    biases.set(consumer, added);
  }
  if (channels === 0) return { graph, channels };
  const nodes = graph.nodes.map(node => {
    const bias = biases.get(node as WeightedNode);
    return bias === undefined ? node : ({ ...node, parameters: { ...node.parameters, bias } } as WeightedNode);
  });
  return { graph: { ...graph, nodes }, channels };
}
