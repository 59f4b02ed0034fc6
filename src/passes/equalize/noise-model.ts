/**
 * What quantization is expected to add to the outputs of a consumer, as a function of the factors of the channels between
 * it and its producer. A value that is rounded to steps of s has an error of variance s² / 12; errors are taken as
 * independent. Outputs count by the squared weights with which the next layer reads them.
 */
import { consumersOf, type Graph } from '../../graph/graph.ts';
import type { Range } from '../../numerics/statistics.ts';
import { variancesOf } from '../statistics/input-moments.ts';
import type { Statistics } from '../statistics/statistics.ts';
import { groupOf, inputChannelOf, isWeighted, rowLayout, type WeightedNode } from '../weights/weighted.ts';
import type { LayerPair } from './pairs.ts';
import { type ChannelFactors, scaledRows } from './scale-channels.ts';

/** The factors of a pair and what they lead to, all per channel of the activation between. */
export interface PairModel {
  readonly channels: number;
  /** Largest weight of the producer's rows, and of the consumer's weights that read the channel. */
  readonly produced: Float64Array;
  readonly consumed: Float64Array;
  /** Extremes of the activation. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** Expected squared error of the consumer's outputs; `factors` multiply the channels. */
  noise(factors: Float64Array): number;
}

const WEIGHT_STEPS = 127;
const ACTIVATION_STEPS = 255;

/** Σ of squared weights with which each channel is read by the layer after; 1 where that has none. */
function importance(graph: Graph<'folded'>, node: WeightedNode, factors: ChannelFactors): Float64Array {
  const outputs = node.parameters.bias.length;
  const readers = consumersOf(graph, node.output);
  const [reader] = readers;
  const squares = new Float64Array(outputs);
  if (readers.length !== 1 || !isWeighted(reader)) return squares.fill(1);
  const layout = rowLayout(graph, reader);
  if (layout.channels * layout.groups !== outputs) return squares.fill(1);
  const rows = scaledRows(graph, reader, factors);
  for (let o = 0; o < layout.outputs; o += 1) {
    for (let i = 0; i < layout.dimension; i += 1) {
      squares[inputChannelOf(layout, o, i)]! += rows[o * layout.dimension + i]! ** 2;
    }
  }
  return squares;
}

/** Σ over the window of the variances of what each output sees, at the present factors. */
function seenVariance(
  graph: Graph<'folded'>,
  node: WeightedNode,
  { moments }: Statistics,
  factors: ChannelFactors,
): { readonly byElement: Float64Array; readonly byOutput: Float64Array } {
  const layout = rowLayout(graph, node);
  const seen = moments[graph.nodes.indexOf(node)];
  const variances =
    seen == null ? new Float64Array(layout.dimension * layout.groups) : variancesOf(seen, layout.dimension);
  const read = factors.get(node.inputs[0]!);
  const byElement = variances.map((variance, index) => {
    const channel =
      Math.floor(index / layout.dimension) * layout.channels + ((index % layout.dimension) % layout.channels);
    return variance * (read?.[channel] ?? 1) ** 2;
  });
  const byOutput = Float64Array.from({ length: layout.outputs }, (_, o) => {
    const first = groupOf(layout, o) * layout.dimension;
    return byElement.subarray(first, first + layout.dimension).reduce((sum, value) => sum + value, 0);
  });
  return { byElement, byOutput };
}

/** The largest magnitude in each row. */
function rowMaxima(rows: Float64Array, outputs: number): Float64Array {
  const dimension = rows.length / outputs;
  const at = (o: number): Float64Array => rows.subarray(o * dimension, (o + 1) * dimension);
  return Float64Array.from({ length: outputs }, (_, o) => at(o).reduce((most, w) => Math.max(most, Math.abs(w)), 0));
}

function scaledRange(min: Float64Array, max: Float64Array, factors: Float64Array): Range {
  let range = { min: 0, max: 0 };
  for (let c = 0; c < factors.length; c += 1) {
    range = { min: Math.min(range.min, min[c]! * factors[c]!), max: Math.max(range.max, max[c]! * factors[c]!) };
  }
  return range;
}

/**
 * The model of one pair, the factors of all other activations being as they are.
 * @param scales whether weights have one scale for each output channel or one for the layer
 */
export function pairModel(
  graph: Graph<'folded'>,
  { producer, tensor, consumer }: LayerPair,
  statistics: Statistics,
  factors: ChannelFactors,
  scales: 'channel' | 'tensor',
): PairModel {
  const channels = producer.parameters.bias.length;
  const present = factors.get(tensor);
  const layout = rowLayout(graph, consumer);
  const { dimension, outputs } = layout;
  const rows = scaledRows(graph, consumer, factors);
  const weight = importance(graph, consumer, factors);
  const { byElement } = seenVariance(graph, consumer, statistics, factors);
  const produced = rowMaxima(scaledRows(graph, producer, factors), channels);
  const producerVariance = seenVariance(graph, producer, statistics, factors).byOutput;

  const consumed = new Float64Array(channels);
  // Σ_o importance · w²: what an error of a channel does to the consumer's outputs.
  const passedOn = new Float64Array(channels);
  for (let o = 0; o < outputs; o += 1) {
    for (let i = 0; i < dimension; i += 1) {
      const channel = inputChannelOf(layout, o, i);
      const magnitude = Math.abs(rows[o * dimension + i]!);
      consumed[channel] = Math.max(consumed[channel]!, magnitude);
      passedOn[channel]! += weight[o]! * magnitude * magnitude;
    }
  }
  const seen = statistics.tensors[tensor]!.channels;
  const extreme = (values: Float32Array | undefined): Float64Array =>
    Float64Array.from({ length: channels }, (_, c) => (values?.[c] ?? 0) * (present?.[c] ?? 1));
  const [min, max] = [extreme(seen?.min), extreme(seen?.max)];

  /** Squared steps of the consumer's weights and what they are multiplied with, over all outputs. */
  const consumerNoise = (tried: Float64Array): number => {
    const noises = new Float64Array(outputs);
    const steps = new Float64Array(outputs);
    for (let o = 0; o < outputs; o += 1) {
      const first = groupOf(layout, o) * dimension;
      for (let i = 0; i < dimension; i += 1) {
        const factor = tried[inputChannelOf(layout, o, i)]!;
        steps[o] = Math.max(steps[o]!, Math.abs(rows[o * dimension + i]!) / factor);
        noises[o]! += factor * factor * byElement[first + i]!;
      }
    }
    const widest = steps.reduce((most, step) => Math.max(most, step), 0);
    return noises.reduce((sum, noise, o) => {
      const step = (scales === 'tensor' ? widest : steps[o]!) / WEIGHT_STEPS;
      return sum + weight[o]! * step * step * noise;
    }, 0);
  };

  return {
    channels,
    produced,
    consumed,
    min,
    max,
    noise(tried) {
      const range = scaledRange(min, max, tried);
      const activationStep = (range.max - range.min) / ACTIVATION_STEPS;
      const widest = produced.reduce((most, value, c) => Math.max(most, value * tried[c]!), 0);
      // With a scale for each channel the producer's own error does not depend on the factor.
      const producerStep = scales === 'tensor' ? widest / WEIGHT_STEPS : 0;
      let sum = consumerNoise(tried);
      for (let c = 0; c < channels; c += 1) {
        const added = activationStep ** 2 + producerStep ** 2 * producerVariance[c]!;
        sum += (passedOn[c]! * added) / tried[c]! ** 2;
      }
      return sum / 12;
    },
  };
}
