/** What tests of post-training quantization share: small folded networks, their statistics, and what noise comes out. */
import type { Graph, Node, Tensor } from '../../src/graph/graph.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { dequantizeArray, quantizeArray } from '../../src/ir/quantization.ts';
import { elementsOf } from '../../src/ir/shape.ts';
import type { TensorId } from '../../src/ir/units.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { addNoise, decibels, noiseOf } from '../../src/numerics/statistics.ts';
import { foldGraph } from '../../src/passes/index.ts';
import { type Statistics, StatisticsCollector, type StatisticsNeeds } from '../../src/passes/statistics/statistics.ts';
import type { WeightedNode } from '../../src/passes/weights/weighted.ts';
import { type SmallGraph, smallGraph } from './small-graphs.ts';

export const EVERYTHING: StatisticsNeeds = { histograms: true, channels: true, moments: 'products' };

export function foldedOf({ builder }: SmallGraph, output: TensorId): Graph<'folded'> {
  return foldGraph(builder.finish(output), { softmax: false });
}

/** `count` standard normal inputs, the same for the same seed. */
export function normalInputs(graph: Graph<'folded'>, count: number, seed = 1): readonly Float32Array[] {
  const random = seededRandom(seed);
  const length = elementsOf(graph.tensors[graph.input]!.shape);
  return Array.from({ length: count }, () => Float32Array.from({ length }, () => random.normal()));
}

export function statisticsOf(
  graph: Graph<'folded'>,
  inputs: readonly Float32Array[],
  needs: StatisticsNeeds = EVERYTHING,
): Statistics {
  const collector = new StatisticsCollector(graph, needs);
  for (const input of inputs) runFloat(graph, input, (tensor, data) => collector.observe(tensor, data));
  return collector.result();
}

export function weightedOf(graph: Graph<'folded'>, name: string): WeightedNode {
  const node = graph.nodes.find(candidate => candidate.name === name);
  if (node === undefined || !('weights' in node.parameters)) throw new Error(`${name} is no layer with weights`);
  return node as WeightedNode;
}

/** The graph with other constants in the layer `name`. */
export function withParameters(
  graph: Graph<'folded'>,
  name: string,
  change: (parameters: WeightedNode['parameters']) => Partial<WeightedNode['parameters']>,
): Graph<'folded'> {
  const { parameters } = weightedOf(graph, name);
  const changed = { ...parameters, ...change(parameters) };
  const nodes = graph.nodes.map(node => (node.name === name ? { ...node, parameters: changed } : node));
  return { ...graph, nodes: nodes as readonly Node<'folded'>[] };
}

/** How alike the outputs of two float networks are, in dB over all inputs. */
export function likeness(a: Graph<'folded'>, b: Graph<'folded'>, inputs: readonly Float32Array[]): number {
  const noises = inputs.map(input => noiseOf(runFloat(a, input), runFloat(b, input)));
  return decibels(noises.reduce(addNoise));
}

/** Signal-to-noise ratio of the int8 network's outputs, in dB over all inputs. */
export function int8Sqnr(
  float: Graph<'folded'>,
  quantized: Graph<'quantized'>,
  inputs: readonly Float32Array[],
): number {
  const quantizationOf = (id: TensorId) => (quantized.tensors[id] as Tensor<'quantized'>).quantization;
  const noises = inputs.map(input => {
    const output = runInt8(quantized, quantizeArray(input, quantizationOf(quantized.input)));
    return noiseOf(runFloat(float, input), dequantizeArray(output, quantizationOf(quantized.output)));
  });
  return decibels(noises.reduce(addNoise));
}

/** One layer of each way that weights can lie, over a map of at most 64 output pixels: every one of them is a sample. */
export const LAYERS: Readonly<Record<string, Graph<'folded'>>> = {
  'conv 3×3, stride 2': oneLayer(small => small.conv('layer', small.input, { outputs: 5, stride: 2 })),
  'conv 1×1': oneLayer(small => small.conv('layer', small.input, { outputs: 7, kernel: 1 })),
  'conv 3×2 in two groups': oneLayer(({ builder, input }) => {
    const attributes = { kernel: [3, 2], stride: [1, 1], padding: 'valid', groups: 2, outputChannels: 6 } as const;
    return builder.add('conv2d', 'layer', [input], { ...attributes, activation: null }, constants(6, 3 * 2 * 2));
  }),
  'depthwise 3×3': oneLayer(small => small.depthwise('layer', small.input)),
  'depthwise 3×3, multiplier 2': oneLayer(({ builder, input }) => {
    const attributes = { kernel: [3, 3], stride: [1, 1], padding: 'same', multiplier: 2 } as const;
    return builder.add('depthwiseConv2d', 'layer', [input], { ...attributes, activation: null }, constants(8, 9));
  }),
  'fully connected on a map': oneLayer(small => small.dense('layer', small.input, 3)),
};

function constants(outputs: number, dimension: number) {
  const random = seededRandom(9);
  const drawn = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
  return { weights: drawn(outputs * dimension), bias: drawn(outputs) };
}

function oneLayer(build: (small: SmallGraph) => TensorId): Graph<'folded'> {
  const small = smallGraph([1, 6, 5, 4]);
  return foldedOf(small, build(small));
}
