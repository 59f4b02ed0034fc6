/** Networks whose channels have very different magnitudes and which compute the same as if they had not. */
import type { Graph } from '../../src/graph/graph.ts';
import { type Random, seededRandom } from '../../src/numerics/random.ts';
import { weightedOf, withParameters } from './quantization.ts';

/** Factors e^(spread · normal), the same for the same seed. */
export function randomFactors(channels: number, spread: number, seed: number | Random = 1): Float64Array {
  const random = typeof seed === 'number' ? seededRandom(seed) : seed;
  return Float64Array.from({ length: channels }, () => Math.exp(spread * random.normal()));
}

/**
 * Multiplies the channels that `producer`, a conv2d, makes and divides the weights of `consumer` by the same. With an
 * activation between them that keeps its shape under scaling, the network computes what it did.
 */
export function unbalanced(
  graph: Graph<'folded'>,
  producer: string,
  consumer: string,
  factors: Float64Array,
): Graph<'folded'> {
  const channels = factors.length;
  const multiplied = withParameters(graph, producer, ({ weights, bias }) => ({
    weights: weights.map((value, i) => value * factors[Math.floor((i * channels) / weights.length)]!),
    bias: bias.map((value, o) => value * factors[o]!),
  }));
  // In every layout of a layer of one group, and of a depthwise one of multiplier 1, input channels alternate.
  return withParameters(multiplied, consumer, ({ weights }) => ({
    weights: weights.map((value, i) => value / factors[i % channels]!),
  }));
}

/** The largest magnitude of each output channel's weights. */
export function rowMaxima(graph: Graph<'folded'>, name: string): Float64Array {
  const { kind, parameters } = weightedOf(graph, name);
  const outputs = parameters.bias.length;
  const maxima = new Float64Array(outputs);
  parameters.weights.forEach((value, i) => {
    const o = kind === 'depthwiseConv2d' ? i % outputs : Math.floor((i * outputs) / parameters.weights.length);
    maxima[o] = Math.max(maxima[o]!, Math.abs(value));
  });
  return maxima;
}
