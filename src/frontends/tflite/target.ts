/**
 * What a TensorFlow Lite network is converted to: a float graph or a quantized one. Operators are read once and appended
 * through this interface, whichever of the two it is.
 */
import type { Origin } from '../../diagnostics/diagnostic.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Shape } from '../../ir/shape.ts';
import type { TensorId } from '../../ir/units.ts';
import type { OpTypes } from '../../ops/index.ts';
import type { FileTensor } from './tensors.ts';

/** Operators with constants. */
export type WeightedKind = 'conv2d' | 'depthwiseConv2d' | 'fullyConnected';
/** Operators without. */
export type PlainKind = 'add' | 'averagePool' | 'clamp' | 'mean' | 'pad' | 'reshape' | 'softmax';

/** Where a layer comes from and goes to. */
export interface LayerPlace {
  readonly name: string;
  readonly inputs: readonly TensorId[];
  /** The file's tensor whose quantization the output has; null for a layer that the file lacks, which keeps its input's. */
  readonly output: FileTensor | null;
  readonly origin: Origin;
}

/** Weights in the layout of snug's operator, and one bias for each output channel; null where the file has none. */
export interface LayerConstants {
  readonly weights: FileTensor;
  readonly bias: FileTensor | null;
}

/** A graph under construction. */
export interface Target {
  /** True for a float graph. */
  readonly float: boolean;
  shapeOf(id: TensorId): Shape;
  /** `tensor` has the quantization of the input. */
  input(name: string, shape: Shape, tensor: FileTensor): TensorId;
  plain<K extends PlainKind>(kind: K, place: LayerPlace, attributes: OpTypes[K]['attributes']): TensorId;
  weighted<K extends WeightedKind>(
    kind: K,
    place: LayerPlace,
    attributes: OpTypes[K]['attributes'],
    constants: LayerConstants,
  ): TensorId;
  /**
   * The input under the output's quantization, and under the bounds of an activation; for maps. A float graph has no
   * quantizations to change.
   */
  rescale(place: LayerPlace, activation: OpTypes['clamp']['attributes'] | null): TensorId;
  /** factor · input + offset, one of each a channel; for float graphs only. */
  affine(place: LayerPlace, factor: Float32Array, offset: Float32Array): TensorId;
  finish(output: TensorId): Graph<'float'> | Graph<'quantized'>;
}
