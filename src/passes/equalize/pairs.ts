/** Where channels may be scaled: an activation that one layer with weights makes and only one other reads. */
import { consumersOf, type Graph } from '../../graph/graph.ts';
import type { RealClamp } from '../../ir/quantization.ts';
import type { TensorId } from '../../ir/units.ts';
import { isWeighted, rowLayout, type WeightedNode } from '../weights/weighted.ts';

/** Two layers and the activation between them. */
export interface LayerPair {
  readonly producer: WeightedNode;
  readonly tensor: TensorId;
  readonly consumer: WeightedNode;
  /** What the producer's fused activation bounds; both sides infinite where there is none. */
  readonly clamp: RealClamp;
}

const OPEN: RealClamp = { min: -Infinity, max: Infinity };

/**
 * The pairs of a network in execution order. A clamp whose lower bound is neither 0 nor open does not keep its shape when a
 * channel is scaled, and a consumer that reads a map flat has no channels: such pairs are left out.
 */
export function layerPairs(graph: Graph<'folded'>): readonly LayerPair[] {
  const pairs: LayerPair[] = [];
  for (const producer of graph.nodes) {
    if (!isWeighted(producer) || producer.output === graph.output) continue;
    const readers = consumersOf(graph, producer.output);
    const [consumer] = readers;
    if (readers.length !== 1 || !isWeighted(consumer)) continue;
    const clamp = producer.attributes.activation ?? OPEN;
    if (clamp.min !== 0 && clamp.min !== -Infinity) continue;
    const { channels, groups } = rowLayout(graph, consumer);
    if (channels * groups !== producer.parameters.bias.length) continue;
    pairs.push({ producer, tensor: producer.output, consumer, clamp });
  }
  return pairs;
}
