/** What a network consists of, layer by layer, with the sizes that quantization gives it. */
import { type Graph, inputShapes, type Node, tensorOf } from '../graph/graph.ts';
import { elementsOf, mapShape } from '../ir/shape.ts';
import { floatOperator } from '../ops/index.ts';
import { foldGraph } from '../passes/index.ts';

/** One layer after folding. */
export interface LayerInspection {
  readonly name: string;
  readonly operator: string;
  readonly output: readonly number[];
  /** Weights and biases after BatchNorm folding. */
  readonly parameters: number;
  /** Multiply-accumulates for one picture. */
  readonly macs: number;
  /** int8 weights with int32 bias, multiplier and shift for each output channel. */
  readonly weightsBytes: number;
  /** int8 bytes of the output. */
  readonly outputBytes: number;
}

/** What `snug inspect` prints. Shapes are [1, height, width, channels] or [1, n]. */
export interface Inspection {
  readonly name: string;
  readonly weights: 'file' | 'seeded';
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly layers: readonly LayerInspection[];
  /** Trainable parameters of the network as described: weights, biases that are not BatchNorm's to learn, gamma and beta. */
  readonly parameters: number;
  readonly macs: number;
  readonly weightsBytes: number;
}

/**
 * Parameters as training frameworks count them: a convolution that BatchNorm follows has no bias of its own, and moving
 * statistics are not trained.
 */
export function trainableParameters(graph: Graph<'float'> | Graph<'quantized'>): number {
  const nodes: readonly Node<'float' | 'quantized'>[] = graph.nodes;
  const normalized = new Set(nodes.filter(node => node.kind === 'batchNorm').map(node => node.inputs[0]));
  return nodes.reduce((sum, node) => {
    if (node.kind === 'batchNorm') return sum + 2 * node.parameters.gamma.length;
    if (!('weights' in node.parameters)) return sum;
    const { weights, bias } = node.parameters;
    return sum + weights!.length + (normalized.has(node.output) ? 0 : bias!.length);
  }, 0);
}

/** Bytes of a table entry for each output channel: bias, multiplier and shift, int32 each. */
const BYTES_PER_CHANNEL = 12;

/**
 * Folds the graph and counts; sizes are those that quantization will give.
 * @throws SnugError as `foldGraph` does
 */
export function inspectGraph(graph: Graph<'float'> | Graph<'quantized'>): Inspection {
  // Shapes, attributes and the sizes of constants are all that is read, and both stages have those.
  const folded =
    graph.stage === 'float'
      ? foldGraph(graph as Graph<'float'>, { softmax: false })
      : (graph as unknown as Graph<'folded'>);
  const layers = folded.nodes.map((node): LayerInspection => {
    const output = tensorOf(folded, node.output).shape;
    const weights = 'weights' in node.parameters ? node.parameters.weights!.length : 0;
    const channels = weights === 0 ? 0 : mapShape(output).channels;
    return {
      name: node.name,
      operator: node.kind,
      output,
      parameters: weights + channels,
      macs: floatOperator(node.kind).macs(node.attributes as never, inputShapes(folded, node), output),
      weightsBytes: weights + BYTES_PER_CHANNEL * channels,
      outputBytes: elementsOf(output),
    };
  });
  return {
    name: graph.name,
    weights: graph.weights,
    input: tensorOf(folded, folded.input).shape,
    output: tensorOf(folded, folded.output).shape,
    layers,
    parameters: trainableParameters(graph),
    macs: layers.reduce((sum, layer) => sum + layer.macs, 0),
    weightsBytes: layers.reduce((sum, layer) => sum + layer.weightsBytes, 0),
  };
}
