/**
 * Empirical bias correction (Nagel et al. 2019, section 4.2 and appendix D): runs the float network and the int8 network side
 * by side, layer after layer over a few inputs, and moves each bias by what the mean of its channel is off. A layer is
 * corrected before the next one runs, so that no error is corrected twice.
 */
import type { Graph, Node, Tensor } from '../graph/graph.ts';
import { originOf } from '../graph/graph.ts';
import { mapShape } from '../ir/shape.ts';
import { roundAwayFromZero } from '../numerics/fixed-point.ts';
import { channelAxis, convolutionOfIntegers, type QuantizedConvolution } from '../ops/convolution-quantization.ts';
import { runFloatNode } from './run-float.ts';
import { runInt8Node } from './run-int8.ts';
import { hasWeights, type QuantizedWeightedNode } from './weighted.ts';

/** Pixels over all inputs that a mean must be taken over; fewer say more about the inputs than about the layer. */
const LEAST_PIXELS = 256;
/** Part of a channel's pixels that must lie inside the activation's bounds: beyond them a bias moves nothing. */
const LEAST_ACTIVE = 0.1;
/** Standard errors that a mean must differ from 0 by before anything is corrected. */
const CERTAINTY = 2;

interface Activations {
  readonly float: Float32Array;
  int8: Int8Array;
}

/**
 * By how much each channel's bias should rise, in real numbers. Pictures differ, so that a mean over a few of them has an
 * error of its own: what that may explain is not corrected (James and Stein 1961 shrink by the same ratio).
 */
function meanErrors(
  graph: Graph<'quantized'>,
  node: QuantizedWeightedNode,
  pictures: readonly Activations[],
): Float64Array {
  const { shape, quantization } = graph.tensors[node.output] as Tensor<'quantized'>;
  const { channels } = mapShape(shape);
  const bounds = node.attributes.activation;
  const [sums, squares, active] = [new Float64Array(channels), new Float64Array(channels), new Float64Array(channels)];
  let pixels = 0;
  for (const { float, int8 } of pictures) {
    const own = new Float64Array(channels);
    pixels += float.length / channels;
    for (let i = 0; i < float.length; i += 1) {
      const value = float[i]!;
      own[i % channels]! += value - quantization.scale * (int8[i]! - quantization.zeroPoint);
      if (bounds === null || (value > bounds.min && value < bounds.max)) active[i % channels]! += 1;
    }
    for (let c = 0; c < channels; c += 1) {
      sums[c]! += own[c]!;
      squares[c]! += own[c]! ** 2;
    }
  }
  const count = pictures.length;
  if (pixels < LEAST_PIXELS || count < 2) return new Float64Array(channels);
  return sums.map((sum, c) => {
    if (sum === 0 || active[c]! / pixels < LEAST_ACTIVE) return 0;
    // Variance of the sum over all pictures, from how the pictures differ.
    const variance = Math.max(0, (squares[c]! - sum ** 2 / count) * (count / (count - 1)));
    return (sum / active[c]!) * Math.max(0, 1 - (CERTAINTY ** 2 * variance) / sum ** 2);
  });
}

function withBias(graph: Graph<'quantized'>, node: QuantizedWeightedNode, errors: Float64Array): QuantizedWeightedNode {
  const [input, output] = [graph.tensors[node.inputs[0]!]!, graph.tensors[node.output]!];
  const { weights, weightScales, bias } = node.parameters;
  const moved = bias.map(
    (value, c) => value + roundAwayFromZero(errors[c]! / (input.quantization.scale * weightScales[c]!)),
  );
  const parameters: QuantizedConvolution = convolutionOfIntegers(
    { weights, weightScales, bias: moved },
    channelAxis(node.kind),
    node.attributes.activation,
    input,
    output,
    originOf(node),
  );
  return { ...node, parameters } as QuantizedWeightedNode;
}

/**
 * @param float the network that `quantized` stands for, with the same nodes
 * @param inputs real and quantized; all their activations of one layer are in memory at a time
 */
export function correctBias(
  float: Graph<'folded'>,
  quantized: Graph<'quantized'>,
  inputs: readonly { readonly real: Float32Array; readonly int8: Int8Array }[],
): Graph<'quantized'> {
  const last = new Map<number, number>();
  for (const [step, node] of quantized.nodes.entries()) for (const id of node.inputs) last.set(id, step);
  const live = inputs.map(({ real, int8 }) => new Map<number, Activations>([[quantized.input, { float: real, int8 }]]));
  const nodes = quantized.nodes.map((node, step) => {
    const elements = float.tensors[node.output]!.shape.reduce((product, d) => product * d, 1);
    const run = (known: Map<number, Activations>, by: Node<'quantized'>): Int8Array => {
      const output = new Int8Array(elements);
      runInt8Node(
        quantized,
        by,
        by.inputs.map(id => known.get(id)!.int8),
        output,
      );
      return output;
    };
    const made = live.map(known => {
      const output = new Float32Array(elements);
      runFloatNode(
        float,
        float.nodes[step]!,
        node.inputs.map(id => known.get(id)!.float),
        output,
      );
      const activations: Activations = { float: output, int8: run(known, node) };
      known.set(node.output, activations);
      return activations;
    });
    let result = node;
    if (hasWeights(node)) {
      const errors = meanErrors(quantized, node, made);
      if (errors.some(error => error !== 0)) {
        result = withBias(quantized, node, errors);
        for (const [i, known] of live.entries()) made[i]!.int8 = run(known, result);
      }
    }
    for (const known of live) for (const id of node.inputs) if (last.get(id) === step) known.delete(id);
    return result;
  });
  return { ...quantized, nodes };
}
