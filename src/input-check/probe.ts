/**
 * What training saw, kept in a network: a BatchNorm holds the mean and the variance that its input had over the training set
 * (Ioffe and Szegedy 2015, section 3.1). Pictures that reach the network as those of training did give the same there.
 */
import type { Graph, Node } from '../graph/graph.ts';
import { runFloat } from '../interpreter/run-float.ts';

/** BatchNorms that are looked at: the first sees colours and contrast, later ones the size of what is in the picture. */
const MOST_LAYERS = 4;
/** A channel whose input hardly varies says nothing when it varies a little more. */
const LARGEST_TERM = 9;
/** No distance is taken as smaller: a lucky layer must not outweigh all others. */
const LEAST_DISTANCE = 0.01;

type Norm = Node<'float', 'batchNorm'>;

/** The beginning of a network, up to the last of the BatchNorms that are looked at. */
export interface Probe {
  readonly graph: Graph<'float'>;
  readonly norms: readonly Norm[];
}

/** Frontends write arithmetic with constants as a BatchNorm of mean 0 and variance 1, which no training saw. */
function isTrained({ kind, parameters, attributes }: Node<'float'>): boolean {
  if (kind !== 'batchNorm') return false;
  const { mean, variance } = parameters as Norm['parameters'];
  const blank = mean.every(value => value === 0) && variance.every(value => value === 1);
  return !(blank && (attributes as Norm['attributes']).epsilon === 0);
}

/**
 * @param graph a float network before BatchNorm is folded, with all layers that its file has
 * @param most BatchNorms at most
 * @returns null where it has no statistics: its BatchNorm was folded on export, or its weights are drawn
 */
export function probeOf(graph: Graph<'float'>, most: number = MOST_LAYERS): Probe | null {
  if (graph.weights !== 'file') return null;
  const norms = graph.nodes.filter(isTrained).slice(0, most) as readonly Norm[];
  const last = norms.at(-1);
  if (last === undefined) return null;
  const nodes = graph.nodes.slice(0, graph.nodes.indexOf(last) + 1);
  return { graph: { ...graph, nodes, output: last.output }, norms };
}

interface Moments {
  count: number;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/**
 * How far a channel's mean is from the trained one, in trained standard deviations, and its deviation from the trained one, as
 * a logarithm: over all channels the root of the mean square of both.
 */
function distanceAt({ parameters: { mean, variance }, attributes: { epsilon } }: Norm, moments: Moments): number {
  const { count, sums, squares } = moments;
  // A channel that is dead in training has next to no variance; epsilon is what the network itself adds to it.
  const floor = Math.max(epsilon, 1e-6);
  let total = 0;
  for (let c = 0; c < mean.length; c += 1) {
    const seen = sums[c]! / count;
    const spread = Math.max(0, squares[c]! / count - seen * seen) + floor;
    const trained = variance[c]! + floor;
    total += Math.min((seen - mean[c]!) ** 2 / trained, LARGEST_TERM);
    total += Math.min((Math.log(spread / trained) / 2) ** 2, LARGEST_TERM);
  }
  return Math.sqrt(total / mean.length);
}

/**
 * The distance between what the BatchNorms saw in training and what they see of these inputs: 0 for the same mean and variance
 * in every channel, 0.1 to 0.2 for other pictures of the same kind, 1 for a mean that is off by a standard deviation.
 * The geometric mean over the layers.
 * @param inputs values of the network's input in NHWC order, one after the other
 */
export async function distanceOf({ graph, norms }: Probe, inputs: AsyncIterable<Float32Array>): Promise<number> {
  const all = norms.map(({ parameters: { mean } }): Moments => {
    return { count: 0, sums: new Float64Array(mean.length), squares: new Float64Array(mean.length) };
  });
  const observed = new Map(norms.map((norm, i) => [norm.inputs[0]! as number, all[i]!]));
  for await (const input of inputs) {
    runFloat(graph, input, (tensor, data) => {
      const moments = observed.get(tensor);
      if (moments === undefined) return;
      const { sums, squares } = moments;
      const channels = sums.length;
      for (let start = 0; start < data.length; start += channels) {
        for (let c = 0; c < channels; c += 1) {
          const value = data[start + c]!;
          sums[c]! += value;
          squares[c]! += value * value;
        }
      }
      moments.count += data.length / channels;
    });
  }
  const logarithms = norms.map((norm, i) => Math.log(Math.max(distanceAt(norm, all[i]!), LEAST_DISTANCE)));
  return Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / norms.length);
}
