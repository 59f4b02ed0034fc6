/**
 * Gives every tensor of a converted network its quantization. Files quantize what ONNX Runtime stores, which leaves out the
 * tensors between a convolution and its activation, and those that only change their shape.
 */
import { unsupportedModel } from '../../../diagnostics/catalog.ts';
import { SnugError } from '../../../diagnostics/diagnostic.ts';
import { consumersOf, type Graph, type Node, tensorOf } from '../../../graph/graph.ts';
import type { Quantization, RealClamp } from '../../../ir/quantization.ts';
import type { TensorId } from '../../../ir/units.ts';
import { clamp } from '../../../numerics/fixed-point.ts';
import { foldedOperator } from '../../../ops/index.ts';
import { type QuantizedFacts, sameQuantization } from './facts.ts';

/** Operators that take an activation and give their output a quantization of its own. */
const FUSIBLE: ReadonlySet<string> = new Set(['add', 'conv2d', 'depthwiseConv2d', 'fullyConnected']);

/** What becomes of a float graph in int8. */
export interface Resolution {
  /** Activations that go into the layer before; the layer then makes `output`. */
  readonly fused: ReadonlyMap<Node<'float'>, { readonly activation: RealClamp | null; readonly output: TensorId }>;
  /** Layers that are gone, being part of the one before. */
  readonly dropped: ReadonlySet<Node<'float'>>;
  readonly quantizations: ReadonlyMap<TensorId, Quantization>;
}

function isReadOnce(graph: Graph<'float'>, id: TensorId): boolean {
  return graph.output !== id && consumersOf(graph, id).length === 1;
}

/** Both bounds at once: the result of clamping to `a` and then to `b`. */
function narrowed(a: RealClamp | null, b: RealClamp): RealClamp | null {
  const within = (value: number): number => clamp(value, b.min, b.max);
  const { min, max } = a === null ? b : { min: within(a.min), max: within(a.max) };
  return min === -Infinity && max === Infinity ? null : { min, max };
}

/**
 * Merges clamps into the operators before them. Where the file rounds between the two under another quantization, that
 * rounding is left out, which is as near to the float network and costs nothing.
 */
function fuseClamps(
  graph: Graph<'float'>,
  tensors: Map<TensorId, Quantization>,
  notes: Set<string>,
): Pick<Resolution, 'fused' | 'dropped'> {
  const makers = new Map<TensorId, Node<'float'>>(graph.nodes.map(node => [node.output, node]));
  const fused = new Map<Node<'float'>, { activation: RealClamp | null; output: TensorId }>();
  const dropped = new Set<Node<'float'>>();
  for (const node of graph.nodes) {
    if (node.kind !== 'clamp') continue;
    const input = node.inputs[0]!;
    const maker = makers.get(input);
    if (maker === undefined || !FUSIBLE.has(maker.kind) || !isReadOnce(graph, input)) continue;
    const [before, after] = [tensors.get(input), tensors.get(node.output)];
    if (before !== undefined && after !== undefined && !sameQuantization(before, after)) {
      notes.add(`${maker.name} gets the quantization of ${node.name}, without the rounding between them`);
    }
    const quantization = after ?? before;
    if (quantization !== undefined) tensors.set(node.output, quantization);
    fused.set(maker, {
      activation: narrowed(fused.get(maker)?.activation ?? null, node.attributes),
      output: node.output,
    });
    dropped.add(node);
    makers.set(node.output, maker);
  }
  return { fused, dropped };
}

/** The output's quantization, of operators that keep their input's, in both directions. */
function propagate(graph: Graph<'float'>, nodes: readonly Node<'float'>[], tensors: Map<TensorId, Quantization>): void {
  const keeping = nodes.filter(n => n.kind !== 'batchNorm' && foldedOperator(n.kind).outputRange === 'same-as-input');
  for (const { inputs, output } of keeping.toReversed()) {
    const [input] = inputs as [TensorId];
    const known = tensors.get(output);
    if (known !== undefined && !tensors.has(input) && isReadOnce(graph, input)) tensors.set(input, known);
  }
  for (const { inputs, output } of keeping) {
    const known = tensors.get(inputs[0]!);
    if (known !== undefined && !tensors.has(output)) tensors.set(output, known);
  }
}

/** Softmax has one output quantization in int8, whatever the file says. */
function fixOutputs(graph: Graph<'float'>, tensors: Map<TensorId, Quantization>, notes: Set<string>): void {
  for (const node of graph.nodes) {
    const range = node.kind === 'batchNorm' ? null : foldedOperator(node.kind).outputRange;
    if (range === null || typeof range === 'string') continue;
    const known = tensors.get(node.output);
    if (known === undefined || !sameQuantization(known, range)) {
      const file = known === undefined ? 'none' : `scale ${known.scale} and zero point ${known.zeroPoint}`;
      notes.add(
        `the output of ${node.name} has scale ${range.scale} and zero point ${range.zeroPoint}, and ${file} in the file`,
      );
    }
    tensors.set(node.output, range);
  }
}

/**
 * Finds the quantization of every tensor.
 * @throws SnugError `unsupportedModel` for the first tensor that has none
 */
export function resolve(graph: Graph<'float'>, facts: QuantizedFacts, file: string): Resolution {
  const tensors = new Map(facts.tensors);
  fixOutputs(graph, tensors, facts.notes);
  const { fused, dropped } = fuseClamps(graph, tensors, facts.notes);
  const nodes = graph.nodes.filter(node => !dropped.has(node));
  propagate(graph, nodes, tensors);
  const made = [graph.input, ...nodes.map(node => fused.get(node)?.output ?? node.output)];
  const bare = made.find(id => !tensors.has(id));
  if (bare === undefined) return { fused, dropped, quantizations: tensors };
  const { name } = tensorOf(graph, bare);
  throw new SnugError(
    unsupportedModel(
      {
        problem: `the model is quantized in part: ${name} has no quantization`,
        fix: 'quantize the whole network: onnxruntime.quantization.quantize_static after quant_pre_process, with all nodes',
      },
      { file, tensor: name },
    ),
  );
}
