/**
 * What is measured by running the float network over sample inputs. Parts add up in the order of the samples, so that
 * pictures may be shared out over workers and the result stays the same.
 */
import { type Graph, tensorOf } from '../../graph/graph.ts';
import { addHistogram, countInto, emptyHistogram, type Histogram } from '../../numerics/histogram.ts';
import { type Range, rangeOf, unionOf } from '../../numerics/statistics.ts';
import { isWeighted, rowLayout } from '../weights/weighted.ts';
import { type InputMoments, MomentsCollector } from './input-moments.ts';

/** Extremes of each channel of an activation. */
export interface ChannelRanges {
  readonly min: Float32Array;
  readonly max: Float32Array;
}

/** What was seen of one activation. */
export interface TensorStatistics {
  readonly range: Range;
  /** Null where ranges suffice. */
  readonly histogram: Histogram | null;
  readonly channels: ChannelRanges | null;
}

/** Of every activation by tensor id, and of what every layer with weights sees, by node. */
export interface Statistics {
  readonly tensors: readonly TensorStatistics[];
  /** Indexed as `graph.nodes`; null for layers without weights, or where none were gathered. */
  readonly moments: readonly (InputMoments | null)[];
}

/** What the passes that follow will read. */
export interface StatisticsNeeds {
  readonly histograms: boolean;
  readonly channels: boolean;
  /** `products` costs about as much time as running the network. */
  readonly moments: 'none' | 'means' | 'products';
}

/** Output pixels of a picture that moments are gathered from. */
const PIXELS = { means: 256, products: 64 };

const empty = (): Range => ({ min: Infinity, max: -Infinity });

/** Widens each channel's extremes by the values of one activation. */
function widen({ min, max }: ChannelRanges, values: Float32Array): void {
  const channels = min.length;
  for (let i = 0, c = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < min[c]!) min[c] = value;
    if (value > max[c]!) max[c] = value;
    c = c + 1 === channels ? 0 : c + 1;
  }
}

/** Gathers the statistics of one network. */
export class StatisticsCollector {
  readonly #ranges: Range[];
  readonly #histograms: readonly (Histogram | null)[];
  readonly #channels: readonly (ChannelRanges | null)[];
  readonly #moments: readonly (MomentsCollector | null)[];
  /** Collectors by the tensor that they read. */
  readonly #readers = new Map<number, MomentsCollector[]>();

  constructor(graph: Graph<'folded'>, { histograms, channels, moments }: StatisticsNeeds) {
    this.#ranges = graph.tensors.map(empty);
    this.#histograms = graph.tensors.map(() => (histograms ? emptyHistogram() : null));
    this.#channels = graph.tensors.map(({ shape }) => {
      const count = shape.at(-1) ?? 1;
      return channels
        ? { min: new Float32Array(count).fill(Infinity), max: new Float32Array(count).fill(-Infinity) }
        : null;
    });
    this.#moments = graph.nodes.map(node => {
      if (moments === 'none' || !isWeighted(node)) return null;
      const input = node.inputs[0]!;
      const needs = { products: moments === 'products', pixelLimit: PIXELS[moments] };
      const collector = new MomentsCollector(rowLayout(graph, node), tensorOf(graph, input).shape, needs);
      this.#readers.set(input, [...(this.#readers.get(input) ?? []), collector]);
      return collector;
    });
  }

  /** Counts the values of one activation in; `tensor` is its id. */
  observe(tensor: number, values: Float32Array): void {
    this.#ranges[tensor] = unionOf(this.#ranges[tensor]!, rangeOf(values));
    const histogram = this.#histograms[tensor];
    if (histogram) countInto(histogram, values);
    const channels = this.#channels[tensor];
    if (channels) widen(channels, values);
    for (const collector of this.#readers.get(tensor) ?? []) collector.observe(values);
  }

  /** Counts in what another collector of the same network and needs has seen. */
  add({ tensors, moments }: Statistics): void {
    tensors.forEach(({ range, histogram, channels }, tensor) => {
      this.#ranges[tensor] = unionOf(this.#ranges[tensor]!, range);
      const own = this.#histograms[tensor];
      if (own && histogram) addHistogram(own, histogram);
      const extremes = this.#channels[tensor];
      if (extremes && channels) {
        // Each side by itself: of a part that saw nothing, the least is Infinity and the greatest −Infinity.
        extremes.min.forEach((least, c) => {
          extremes.min[c] = Math.min(least, channels.min[c]!);
          extremes.max[c] = Math.max(extremes.max[c]!, channels.max[c]!);
        });
      }
    });
    moments.forEach((part, node) => {
      if (part !== null) this.#moments[node]?.add(part);
    });
  }

  result(): Statistics {
    const tensors = this.#ranges.map((range, tensor) => ({
      range,
      histogram: this.#histograms[tensor] ?? null,
      channels: this.#channels[tensor] ?? null,
    }));
    return { tensors, moments: this.#moments.map(collector => collector?.result() ?? null) };
  }
}
