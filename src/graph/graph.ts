/**
 * The graph that every stage of the compiler works on. Its stage is part of its type: `Graph<'float'>` may hold
 * BatchNorm, `Graph<'folded'>` may not, `Graph<'calibrated'>` knows the range of every activation, and only
 * `Graph<'quantized'>` reaches the planner and the code generator. Graphs are read-only; passes return new ones.
 */
import type { Origin } from '../diagnostics/diagnostic.ts';
import type { Quantization } from '../ir/quantization.ts';
import { elementsOf, type Shape } from '../ir/shape.ts';
import { type Bytes, bytes, type TensorId } from '../ir/units.ts';
import type { Range } from '../numerics/statistics.ts';
import type { FoldedKind, OpKind, OpTypes } from '../ops/index.ts';

/** The stages of a graph, in the order in which compilation goes through them. */
export type Stage = 'float' | 'folded' | 'calibrated' | 'quantized';

/** The operators that a stage may hold. */
export type KindAt<S extends Stage> = S extends 'float' ? OpKind : FoldedKind;

interface TensorBase {
  readonly id: TensorId;
  readonly name: string;
  /** [1, height, width, channels] for feature maps, [1, n] for vectors. */
  readonly shape: Shape;
}

/** What a stage knows of an activation beyond its shape. */
type TensorFacts<S extends Stage> = S extends 'calibrated'
  ? { readonly range: Range }
  : S extends 'quantized'
    ? { readonly quantization: Quantization }
    : unknown;

/** An activation: the input, or what one layer makes. Constants are parameters of nodes. */
export type Tensor<S extends Stage> = TensorBase & TensorFacts<S>;

/** One operator applied once; a union over the kinds of the stage, so that `kind` narrows attributes and parameters. */
export type Node<S extends Stage, K extends KindAt<S> = KindAt<S>> =
  K extends KindAt<S>
    ? {
        readonly kind: K;
        readonly name: string;
        readonly attributes: OpTypes[K]['attributes'];
        readonly parameters: S extends 'quantized' ? OpTypes[K]['quantized'] : OpTypes[K]['float'];
        readonly inputs: readonly TensorId[];
        readonly output: TensorId;
        readonly origin: Origin;
      }
    : never;

/** Whether weights were read from a file or drawn from a seeded generator; reports always say so. */
export type WeightsOrigin = 'file' | 'seeded';

/** One network of one input and one output at one stage. */
export interface Graph<S extends Stage> {
  readonly stage: S;
  readonly name: string;
  readonly weights: WeightsOrigin;
  /** Indexed by `TensorId`. */
  readonly tensors: readonly Tensor<S>[];
  /** In an order of execution: every node comes after those that make its inputs. */
  readonly nodes: readonly Node<S>[];
  readonly input: TensorId;
  readonly output: TensorId;
}

/** The tensor of an id; a RangeError where the graph has none, which is a mistake of the caller. */
export function tensorOf<S extends Stage>(graph: Graph<S>, id: TensorId): Tensor<S> {
  const tensor = graph.tensors[id];
  if (tensor === undefined) throw new RangeError(`tensor ${id} is not in graph ${graph.name}`);
  return tensor;
}

/** Shapes of the activations that a node reads, in the order of its inputs. */
export function inputShapes<S extends Stage>(graph: Graph<S>, node: Node<S>): readonly Shape[] {
  return node.inputs.map(id => tensorOf(graph, id).shape);
}

/** Where a node came from, with its name as the layer. */
export function originOf(node: { readonly name: string; readonly origin: Origin }): Origin {
  return { ...node.origin, layer: node.name };
}

/** The nodes that read a tensor. */
export function consumersOf<S extends Stage>(graph: Graph<S>, id: TensorId): readonly Node<S>[] {
  return graph.nodes.filter(node => node.inputs.includes(id));
}

/** Bytes of an int8 activation. */
export function int8Bytes(tensor: { readonly shape: Shape }): Bytes {
  return bytes(elementsOf(tensor.shape));
}
