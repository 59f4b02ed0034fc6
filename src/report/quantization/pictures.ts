/** What the pictures of a layer are drawn from: ranges of its weights by channel, and a histogram of its output. */
import type { Node } from '../../graph/graph.ts';
import { type Range, rangeOf, unionOf } from '../../numerics/statistics.ts';
import { channelWeights } from '../../ops/convolution-quantization.ts';
import type { TensorStatistics } from '../../passes/statistics/statistics.ts';
import { linearBins } from './bins.ts';

/** Counts of an activation's values in bins of equal width, and what int8 covers of them. */
export interface ActivationPicture {
  /** What the bins span. */
  readonly over: Range;
  readonly counts: Float64Array;
  readonly covered: Range;
}

/** Weights of a layer by output channel. */
export interface ChannelPicture {
  /** Null where no pass has changed them. */
  readonly before: readonly Range[] | null;
  readonly after: readonly Range[];
  /** The real step of an int8 weight. */
  readonly scales: Float64Array;
}

/** What is drawn of one layer; null what it does not have. */
export interface LayerPicture {
  readonly activation: ActivationPicture | null;
  readonly channels: ChannelPicture | null;
}

const BINS = 128;

/** The activation over all that was seen and all that is covered; null where nothing was seen. */
export function pictureBins({ histogram, range }: TensorStatistics, covered: Range): ActivationPicture | null {
  if (histogram === null || !Number.isFinite(range.min) || !Number.isFinite(range.max)) return null;
  const over = unionOf(range, covered);
  return { over, counts: linearBins(histogram, range, over, BINS), covered };
}

function rangesOf(node: Node<'folded'>): readonly Range[] | null {
  if (!('weights' in node.parameters)) return null;
  const { weights, bias } = node.parameters;
  const axis = node.kind === 'depthwiseConv2d' ? 'last' : 'first';
  return Array.from(bias!, (_, channel) => {
    const { first, step, count } = channelWeights(weights!.length, bias!.length, channel, axis);
    return rangeOf(Float32Array.from({ length: count }, (__, i) => weights![first + i * step]!));
  });
}

/** @param before the layer as it was given, which may be `after` itself */
export function channelsOf(
  before: Node<'folded'>,
  after: Node<'folded'>,
  quantized: Node<'quantized'>,
): ChannelPicture | null {
  const ranges = rangesOf(after);
  if (ranges === null || !('weightScales' in quantized.parameters)) return null;
  const given = before === after ? null : rangesOf(before);
  const moved = given?.some(({ min, max }, c) => min !== ranges[c]!.min || max !== ranges[c]!.max) ?? false;
  return { before: moved ? given : null, after: ranges, scales: quantized.parameters.weightScales };
}
