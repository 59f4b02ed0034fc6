/**
 * How strongly a network's first layer answers to what differs within and between pictures. Trained layers make numbers of
 * about 1; where the first one makes next to nothing of pictures, they are given in numbers that are too small for it.
 */
import type { Graph, Node } from '../graph/graph.ts';
import { runFloat } from '../interpreter/run-float.ts';

type Weighted = Node<'float', 'conv2d' | 'depthwiseConv2d' | 'fullyConnected'>;

const isWeighted = (node: Node<'float'>): node is Weighted =>
  node.kind === 'conv2d' || node.kind === 'depthwiseConv2d' || node.kind === 'fullyConnected';

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/**
 * The standard deviation of the first layer's output before its activation, over all places of all inputs: the median over its
 * channels. Null for a network without a layer that has weights.
 * @param inputs values of the network's input in NHWC order, one after the other
 */
export async function responseOf(graph: Graph<'float'>, inputs: AsyncIterable<Float32Array>): Promise<number | null> {
  const first = graph.nodes.find(isWeighted);
  if (first === undefined) return null;
  const bare = { ...first, attributes: { ...first.attributes, activation: null } } as Weighted;
  const nodes = [...graph.nodes.slice(0, graph.nodes.indexOf(first)), bare];
  const beginning = { ...graph, nodes, output: first.output };
  const channels = first.parameters.bias.length;
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
  let count = 0;
  for await (const input of inputs) {
    const output = runFloat(beginning, input);
    output.forEach((value, i) => {
      sums[i % channels]! += value;
      squares[i % channels]! += value * value;
    });
    count += output.length / channels;
  }
  return median(Array.from(sums, (sum, c) => Math.sqrt(Math.max(0, squares[c]! / count - (sum / count) ** 2))));
}
