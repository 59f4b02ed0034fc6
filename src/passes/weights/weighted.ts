/**
 * The operators that have weights, seen alike: every output channel is a row of weights over the values that it sees, and
 * the rows of one group see the same values. A convolution has one group (or `groups`), a depthwise one a group for each
 * input channel.
 */
import type { Graph, Node } from '../../graph/graph.ts';
import { tensorOf } from '../../graph/graph.ts';
import { elementsOf, mapShape } from '../../ir/shape.ts';
import { type ChannelAxis, channelAxis } from '../../ops/convolution-quantization.ts';
import type { Window } from '../../ops/window.ts';

/** The kinds of operators with weights and bias. */
export type WeightedKind = 'conv2d' | 'depthwiseConv2d' | 'fullyConnected';
/** A layer with weights and bias. */
export type WeightedNode = Node<'folded', WeightedKind>;

/** Whether a layer has weights. */
export function isWeighted(node: Node<'folded'> | undefined): node is WeightedNode {
  return node?.kind === 'conv2d' || node?.kind === 'depthwiseConv2d' || node?.kind === 'fullyConnected';
}

/** The rows of a layer's weights and what they see. */
export interface RowLayout {
  /** Output channels. */
  readonly outputs: number;
  /** Values that one output sees: window rows, window columns, channels of the group, the last changing fastest. */
  readonly dimension: number;
  /** Groups of outputs that see the same values; outputs of a group are neighbours. */
  readonly groups: number;
  /** Channels of one group's input. */
  readonly channels: number;
  readonly window: Window;
  /** How the weights lie in the operator's own layout. */
  readonly axis: ChannelAxis;
}

const POINT: Window = { kernel: [1, 1], stride: [1, 1], padding: 'valid' };

/** The layout of a layer's rows; the input of a fully connected one is read as one pixel. */
export function rowLayout(graph: Graph<'folded'>, node: WeightedNode): RowLayout {
  const outputs = node.parameters.bias.length;
  const dimension = node.parameters.weights.length / outputs;
  const input = tensorOf(graph, node.inputs[0]!).shape;
  const { channels } = mapShape(input);
  const common = { outputs, dimension, axis: channelAxis(node.kind) };
  switch (node.kind) {
    case 'conv2d': {
      const { groups } = node.attributes;
      return { ...common, groups, channels: channels / groups, window: node.attributes };
    }
    case 'depthwiseConv2d':
      return { ...common, groups: channels, channels: 1, window: node.attributes };
    default:
      return { ...common, groups: 1, channels: elementsOf(input), window: POINT };
  }
}

/** The group whose values an output sees. */
export function groupOf({ outputs, groups }: RowLayout, output: number): number {
  return Math.floor((output * groups) / outputs);
}

/** The input channel that element `element` of an output's row multiplies. */
export function inputChannelOf(layout: RowLayout, output: number, element: number): number {
  return groupOf(layout, output) * layout.channels + (element % layout.channels);
}

/** Place of a row's element in the operator's own layout. */
function placeOf({ axis, outputs, dimension }: RowLayout, output: number, element: number): number {
  return axis === 'first' ? output * dimension + element : element * outputs + output;
}

/** The weights row by row in double precision, [outputs, dimension]. */
export function rowsOf(node: WeightedNode, layout: RowLayout): Float64Array {
  const { outputs, dimension } = layout;
  const rows = new Float64Array(outputs * dimension);
  for (let o = 0; o < outputs; o += 1) {
    for (let i = 0; i < dimension; i += 1) rows[o * dimension + i] = node.parameters.weights[placeOf(layout, o, i)]!;
  }
  return rows;
}

/** Rows back in the operator's own layout; `into` has as many elements. */
export function storeRows<Data extends Float32Array | Int8Array>(
  rows: ArrayLike<number>,
  layout: RowLayout,
  into: Data,
): Data {
  const { outputs, dimension } = layout;
  for (let o = 0; o < outputs; o += 1) {
    for (let i = 0; i < dimension; i += 1) into[placeOf(layout, o, i)] = rows[o * dimension + i]!;
  }
  return into;
}
