/**
 * The quantized graph of a converted network. Weights, biases of int32, scales and zero points are those of the file,
 * exactly. ONNX Runtime multiplies sums by a float scale and rounds ties to even, where snug has 31-bit factors, so single
 * values of a layer may differ by one step. Layer by layer, given ONNX Runtime's own inputs, one value in 700 of the
 * QDQ fixture does, and none by more.
 */
import { unsupportedOperator } from '../../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../../diagnostics/diagnostic.ts';
import type { Graph, Node } from '../../../graph/graph.ts';
import { originOf } from '../../../graph/graph.ts';
import { type QuantizedGraphBuilder, quantizedGraphBuilder } from '../../../graph/quantized-builder.ts';
import { INT8_MAX, INT8_MIN, type Quantization, type RealClamp } from '../../../ir/quantization.ts';
import { elementsOf, type Shape } from '../../../ir/shape.ts';
import type { TensorId } from '../../../ir/units.ts';
import { roundAwayFromZero } from '../../../numerics/fixed-point.ts';
import {
  type ConvolutionIntegers,
  channelWeights,
  convolutionOfIntegers,
  type QuantizedConvolution,
} from '../../../ops/convolution-quantization.ts';
import { type FoldedKind, foldedOperator, type OpTypes } from '../../../ops/index.ts';
import type { TensorInfo } from '../../../ops/operator.ts';
import type { NameLayer } from '../../layer-names.ts';
import { type QuantizedFacts, sameQuantization } from './facts.ts';
import { type Resolution, resolve } from './resolve.ts';

const INT32_MAX = 2 ** 31 - 1;
/** A bias of int32 keeps its integers where its scale is that of input times weights but for the rounding of float32. */
const SCALE_TOLERANCE = 1e-4;

type Convolution = Node<'float', 'conv2d' | 'depthwiseConv2d' | 'fullyConnected'>;

function isConvolution(node: Node<'float'>): node is Convolution {
  return node.kind === 'conv2d' || node.kind === 'depthwiseConv2d' || node.kind === 'fullyConnected';
}

const isUnbounded = ({ min, max }: RealClamp): boolean => min === -Infinity && max === Infinity;

const axisOf = ({ kind }: Convolution): 'first' | 'last' => (kind === 'depthwiseConv2d' ? 'last' : 'first');

/** The file's integers, or null where they are not int8 around 0: floats, a zero point that leads beyond, or a lone axis. */
function integersOf(node: Convolution, facts: QuantizedFacts, inputScale: number): ConvolutionIntegers | null {
  const { weights, bias } = node.parameters;
  const weightScales = facts.weights.get(weights);
  if (weightScales === undefined) return null;
  const integers = new Int8Array(weights.length);
  const bias32 = new Int32Array(bias.length);
  const kept = facts.biases.get(bias);
  for (let c = 0; c < bias.length; c += 1) {
    const scale = weightScales[c]!;
    const { first, step, count } = channelWeights(weights.length, bias.length, c, axisOf(node));
    for (let i = first; i < first + count * step; i += step) {
      // Float32 carries 24 bits and the integer has 9, so that rounding gives back what was dequantized.
      const integer = Math.round(weights[i]! / scale);
      if (!(integer >= INT8_MIN && integer <= INT8_MAX)) return null;
      integers[i] = integer;
    }
    const biasScale = inputScale * scale;
    const exact = kept !== undefined && Math.abs(kept.scales[c]! / biasScale - 1) < SCALE_TOLERANCE;
    const value = exact ? kept.integers[c]! : roundAwayFromZero(bias[c]! / biasScale);
    if (!(Math.abs(value) <= INT32_MAX)) return null;
    bias32[c] = value;
  }
  return { weights: integers, weightScales, bias: bias32 };
}

/** One network under construction in int8. */
class QuantizedNetwork {
  readonly #builder: QuantizedGraphBuilder;
  readonly #facts: QuantizedFacts;
  readonly #resolution: Resolution;
  readonly #nameLayer: NameLayer;
  /** Ids of the float graph to those of the quantized one. */
  readonly #ids = new Map<TensorId, TensorId>();
  readonly #requantized: string[] = [];

  constructor(graph: Graph<'float'>, facts: QuantizedFacts, resolution: Resolution, nameLayer: NameLayer) {
    this.#builder = quantizedGraphBuilder(graph.name);
    this.#facts = facts;
    this.#resolution = resolution;
    this.#nameLayer = nameLayer;
    const { name, shape } = graph.tensors[graph.input]!;
    this.#ids.set(graph.input, this.#builder.input(name, shape, resolution.quantizations.get(graph.input)!));
    for (const node of graph.nodes) if (!resolution.dropped.has(node)) this.#add(node);
  }

  finish(output: TensorId): Graph<'quantized'> {
    const [first] = this.#requantized;
    if (first !== undefined) {
      const layers = this.#requantized.length === 1 ? first : `${this.#requantized.length} layers (${first} first)`;
      this.#facts.notes.add(
        `the weights of ${layers} are quantized anew, symmetrically with one scale per output channel`,
      );
    }
    return this.#builder.finish(this.#ids.get(output)!);
  }

  #add(node: Node<'float'>): void {
    const { fused, quantizations } = this.#resolution;
    const inputs = node.inputs.map(id => this.#ids.get(id)!);
    const fusion = fused.get(node);
    const output = fusion?.output ?? node.output;
    const quantization = quantizations.get(output)!;
    if (node.kind === 'batchNorm') {
      const reason = 'it stands alone in a quantized model; run quant_pre_process before quantization';
      const origin: Origin = originOf(node);
      throw new SnugError(
        unsupportedOperator({ operator: 'BatchNormalization', reason, supported: 'it within Conv' }, origin),
      );
    }
    const attributes = fusion === undefined ? node.attributes : { ...node.attributes, activation: fusion.activation };
    this.#ids.set(output, this.#emit(node as Node<'float', FoldedKind>, inputs, attributes, quantization));
  }

  /**
   * Operators that keep their input's quantization where the file gives the output another: a global average becomes
   * `mean`, which has its own, and the others are followed by a change of quantization.
   */
  #emit(
    node: Node<'float', FoldedKind>,
    inputs: readonly TensorId[],
    attributes: object,
    quantization: Quantization,
  ): TensorId {
    const before = this.#builder.infoOf(inputs[0]!).quantization;
    const keeps = foldedOperator(node.kind).outputRange === 'same-as-input';
    if (!keeps || sameQuantization(before, quantization)) return this.#layer(node, inputs, attributes, quantization);
    if (node.kind === 'averagePool' && node.attributes.window === 'global') {
      return this.#mean(node.name, inputs[0]!, quantization, node.origin);
    }
    const unchanged = node.kind === 'clamp' && isUnbounded(node.attributes);
    const id = unchanged ? inputs[0]! : this.#layer(node, inputs, attributes, before);
    return this.#requantize(node, id, quantization);
  }

  #mean(name: string, input: TensorId, quantization: Quantization, origin: Origin): TensorId {
    const attributes = { keepDimensions: true };
    const multiplier = (inputs: readonly TensorInfo[], output: TensorInfo, at: Origin): OpTypes['mean']['quantized'] =>
      foldedOperator('mean').quantize({ attributes, parameters: {}, inputs, output, origin: at });
    return this.#builder.add('mean', name, [input], attributes, quantization, multiplier, origin);
  }

  /** Another quantization for the same values: the mean over a map of one pixel, whose channels they are. */
  #requantize({ name, origin }: Node<'float'>, id: TensorId, quantization: Quantization): TensorId {
    const reshape = (from: TensorId, shape: Shape, suffix: string): TensorId => {
      const { quantization: kept } = this.#builder.infoOf(from);
      const layer = this.#nameLayer([`${name}_${suffix}`], 'reshape');
      return this.#builder.add('reshape', layer, [from], { shape }, kept, () => ({}), origin);
    };
    const { shape } = this.#builder.infoOf(id);
    const flat = reshape(id, [1, 1, 1, elementsOf(shape)], 'flat');
    const layer = this.#nameLayer([`${name}_requantized`], 'mean');
    return reshape(this.#mean(layer, flat, quantization, origin), shape, 'shaped');
  }

  #layer(
    node: Node<'float', FoldedKind>,
    inputs: readonly TensorId[],
    attributes: object,
    quantization: Quantization,
  ): TensorId {
    // `kind` ties attributes and parameters to the operator, which the union type cannot express.
    const parameters = (
      infos: readonly TensorInfo[],
      output: TensorInfo,
      origin: Origin,
    ): OpTypes[FoldedKind]['quantized'] =>
      this.#exact(node, infos[0]!, attributes, output, origin) ??
      foldedOperator(node.kind).quantize({
        attributes: attributes as never,
        parameters: node.parameters as never,
        inputs: infos,
        output,
        origin,
      });
    return this.#builder.add(
      node.kind,
      node.name,
      inputs,
      attributes as never,
      quantization,
      parameters as never,
      node.origin,
    );
  }

  #exact(
    node: Node<'float'>,
    input: TensorInfo,
    attributes: object,
    output: TensorInfo,
    origin: Origin,
  ): QuantizedConvolution | null {
    if (!isConvolution(node)) return null;
    const integers = integersOf(node, this.#facts, input.quantization.scale);
    if (integers === null) {
      this.#requantized.push(node.name);
      return null;
    }
    const { activation } = attributes as Convolution['attributes'];
    return convolutionOfIntegers(integers, axisOf(node), activation, input, output, origin);
  }
}

/**
 * Makes the int8 graph; what is changed on the way goes into the notes of `facts`.
 * @param nameLayer gives names that no layer has yet
 * @throws SnugError where a tensor has no quantization, or where int8 cannot express the network
 */
export function quantizedGraph(
  graph: Graph<'float'>,
  facts: QuantizedFacts,
  file: string,
  nameLayer: NameLayer,
): Graph<'quantized'> {
  return new QuantizedNetwork(graph, facts, resolve(graph, facts, file), nameLayer).finish(graph.output);
}
