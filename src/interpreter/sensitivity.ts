/**
 * What one layer's quantization alone costs at the network's output: its weights and its output are rounded, all else stays
 * float. The float activations are kept, so that only what depends on the layer runs again.
 */
import type { Graph, Node } from '../graph/graph.ts';
import { dequantizeArray, quantizeArray } from '../ir/quantization.ts';
import { elementsOf } from '../ir/shape.ts';
import { addNoise, decibels, type Noise, noiseOf } from '../numerics/statistics.ts';
import { channelAxis, channelWeights } from '../ops/convolution-quantization.ts';
import { runFloat, runFloatNode } from './run-float.ts';
import { hasWeights } from './weighted.ts';

type Activations = ReadonlyMap<number, Float32Array>;

/** Float constants that stand for the integers of a layer with weights; null for one without. */
export function dequantizedConstants(
  graph: Graph<'quantized'>,
  node: Node<'quantized'>,
): { readonly weights: Float32Array; readonly bias: Float32Array } | null {
  if (!hasWeights(node)) return null;
  const { weights, weightScales, bias } = node.parameters;
  const axis = channelAxis(node.kind);
  const inputScale = graph.tensors[node.inputs[0]!]!.quantization.scale;
  const real = new Float32Array(weights.length);
  weightScales.forEach((scale, channel) => {
    const { first, step, count } = channelWeights(weights.length, bias.length, channel, axis);
    for (let i = 0, at = first; i < count; i += 1, at += step) real[at] = weights[at]! * scale;
  });
  return {
    weights: real,
    bias: Float32Array.from(bias, (value, channel) => value * inputScale * weightScales[channel]!),
  };
}

function runNode(graph: Graph<'folded'>, node: Node<'folded'>, dataOf: (id: number) => Float32Array): Float32Array {
  const output = new Float32Array(elementsOf(graph.tensors[node.output]!.shape));
  runFloatNode(graph, node, node.inputs.map(dataOf), output);
  return output;
}

function equal(a: Float32Array, b: Float32Array): boolean {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** The layer at `step` with its constants as int8 has them, and its output rounded to the steps of its quantization. */
function runRounded(
  float: Graph<'folded'>,
  quantized: Graph<'quantized'>,
  step: number,
  exact: Activations,
): Float32Array {
  const node = float.nodes[step]!;
  const constants = dequantizedConstants(quantized, quantized.nodes[step]!);
  const rounded = constants === null ? node : ({ ...node, parameters: constants } as Node<'folded'>);
  const { quantization } = quantized.tensors[node.output]!;
  const output = runNode(float, rounded, id => exact.get(id)!);
  return dequantizeArray(quantizeArray(output, quantization), quantization);
}

/** The network's output where the activations of `changed` differ from the exact ones; null where it is the exact one. */
function runDependents(
  graph: Graph<'folded'>,
  step: number,
  changed: Map<number, Float32Array>,
  exact: Activations,
  lastReader: ReadonlyMap<number, number>,
): Float32Array | null {
  for (let later = step + 1; later < graph.nodes.length; later += 1) {
    const node = graph.nodes[later]!;
    if (!node.inputs.some(id => changed.has(id))) continue;
    const output = runNode(graph, node, id => changed.get(id) ?? exact.get(id)!);
    if (!equal(output, exact.get(node.output)!)) changed.set(node.output, output);
    for (const id of node.inputs) if (lastReader.get(id) === later && id !== graph.output) changed.delete(id);
    if (changed.size === 0) return null;
  }
  return changed.get(graph.output) ?? null;
}

/**
 * Signal-to-quantization-noise ratio of the network's output in dB for each node, were it the only one in int8; over all
 * inputs together. Infinity where the output does not change.
 * @param float the network that `quantized` stands for, with the same nodes
 * @param inputs in NHWC order; all activations of one of them are in memory at a time
 */
export function layerSensitivity(
  float: Graph<'folded'>,
  quantized: Graph<'quantized'>,
  inputs: readonly Float32Array[],
  onProgress: (done: number, total: number) => void = () => undefined,
): readonly number[] {
  const lastReader = new Map<number, number>();
  for (const [step, node] of float.nodes.entries()) for (const id of node.inputs) lastReader.set(id, step);
  const noises: Noise[] = float.nodes.map(() => ({ signal: 0, noise: 0 }));
  for (const [i, input] of inputs.entries()) {
    const exact = new Map<number, Float32Array>();
    // An observer's data is only lent.
    runFloat(float, input, (tensor, data) => exact.set(tensor, data.slice()));
    const expected = exact.get(float.output)!;
    for (const [step, node] of float.nodes.entries()) {
      const output = runRounded(float, quantized, step, exact);
      const changed = new Map<number, Float32Array>();
      if (!equal(output, exact.get(node.output)!)) changed.set(node.output, output);
      const actual = changed.size === 0 ? null : runDependents(float, step, changed, exact, lastReader);
      noises[step] = addNoise(noises[step]!, noiseOf(expected, actual ?? expected));
      onProgress(i * float.nodes.length + step + 1, inputs.length * float.nodes.length);
    }
  }
  return noises.map(decibels);
}
