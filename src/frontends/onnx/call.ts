/**
 * One ONNX node under conversion: its inputs, attributes and names, and the ways to append layers of snug. Every operator
 * is a function from such a call to the value that the node computes.
 */
import type { Origin } from '../../diagnostics/diagnostic.ts';
import { formatShape, type Shape, sameShape } from '../../ir/shape.ts';
import type { TensorId } from '../../ir/units.ts';
import type { OpKind, OpTypes } from '../../ops/index.ts';
import { FloatCall, type FloatConversion } from '../float-call.ts';
import type { NameLayer } from '../layer-names.ts';
import type { Attributes } from './attributes.ts';
import type { Constant } from './constant.ts';
import { refuseFile } from './decode.ts';
import type { Coding, QuantizedFacts } from './quantized/facts.ts';
import type { RawNode } from './schema.ts';
import { isContiguous, type View } from './view.ts';
import type { WindowNotes } from './window-notes.ts';

/** A value that is computed at run time: how ONNX sees a tensor of the graph under construction. */
export interface Activation extends View {
  readonly kind: 'activation';
  readonly id: TensorId;
  /** Name of the ONNX node that made this view, for a reshape layer where one is needed. */
  readonly label: string;
  /** Bias of the layer that computes it, as long as a constant added to this value may be added to the bias instead. */
  readonly openBias: Float32Array | null;
  /** How its integers are to be read; `input` where the first reader says so; null for real numbers. */
  readonly coding: Coding | 'input' | null;
}

/** What an operator reads and gives: known at compile time, or computed at run time. */
export type Value = Constant | Activation;

/** What all calls of one conversion share. */
export interface Conversion extends FloatConversion {
  /** Version of the operator set that gives the nodes their meaning. */
  readonly opset: number;
  /** A layer name that is not taken yet, from the first candidate that has one (`layerNamer`). */
  readonly nameLayer: NameLayer;
  /** Findings of this conversion. */
  readonly notes: WindowNotes;
  /** Findings at the resolution of the file, where the network is converted at another one. */
  readonly exported: WindowNotes | null;
  /** Element type of the network's input, a number of `TensorProto.DataType`. */
  readonly inputType: number;
  /** What is known of quantized tensors and constants; empty for a float model. */
  readonly quantized: QuantizedFacts;
  /**
   * Scaling in real numbers that a quantized model does before it quantizes its input, one number a channel of each; null where
   * there can be none: in a float model, whose scaling is layers, and where the input has several readers or is no picture.
   */
  scaling: { scale: Float64Array; offset: Float64Array } | null;
}

/** The methods that refuse throw a `SnugError` with the file and the name of the node. */
export class OperatorCall extends FloatCall<Conversion> {
  readonly node: RawNode;
  /** Null where the node leaves an optional input out. */
  readonly inputs: readonly (Value | null)[];
  readonly attributes: Attributes;
  readonly #label: string;

  constructor(
    conversion: Conversion,
    node: RawNode,
    inputs: readonly (Value | null)[],
    attributes: Attributes,
    origin: Origin,
  ) {
    super(conversion, node.opType, origin);
    this.node = node;
    this.inputs = inputs;
    this.attributes = attributes;
    this.#label = origin.layer ?? node.opType;
  }

  /** An input that is computed at run time; refuses a constant and a missing one. */
  activation(index: number): Activation {
    const value = this.inputs[index] ?? null;
    if (value === null) return refuseFile(`${this.node.opType} lacks its input ${index}`, this.origin);
    return value.kind === 'activation' ? value : this.refuse(`its input ${index} is a constant`);
  }

  /** A constant input, or null where the node leaves it out. */
  optionalConstant(index: number, what: string): Constant | null {
    const value = this.inputs[index] ?? null;
    if (value === null || value.kind === 'constant') return value;
    return this.refuse(`its input for the ${what} is computed at run time and must be a constant`);
  }

  /** A constant input; refuses one that is computed at run time and a missing one. */
  constant(index: number, what: string): Constant {
    return this.optionalConstant(index, what) ?? refuseFile(`${this.node.opType} lacks its ${what}`, this.origin);
  }

  /** A dimension's number, counted from the end where it is negative. */
  axis(value: number, rank: number): number {
    const axis = value < 0 ? value + rank : value;
    if (Number.isInteger(axis) && axis >= 0 && axis < rank) return axis;
    return refuseFile(`axis ${value} of ${this.node.opType} does not exist in a tensor of rank ${rank}`, this.origin);
  }

  /** Appends a layer that is named after this node. */
  emit<K extends OpKind>(
    kind: K,
    input: TensorId | readonly TensorId[],
    attributes: OpTypes[K]['attributes'],
    parameters: OpTypes[K]['float'],
    name: string = this.#label,
  ): TensorId {
    const inputs = typeof input === 'number' ? [input] : (input as readonly TensorId[]);
    const label = this.conversion.nameLayer([name], this.operator);
    return this.append(kind, label, inputs, attributes, parameters);
  }

  /** The value's tensor under the shape given; a reshape layer, which costs nothing, is appended where it is another. */
  shaped({ id, label }: Activation, shape: Shape): TensorId {
    if (sameShape(this.shapeOf(id), shape)) return id;
    return this.emit('reshape', id, { shape }, {}, label);
  }

  /**
   * The value as a map [1, height, width, channels], `order` being the ONNX dimensions that hold these four; null where
   * its elements do not lie in that order.
   */
  map(value: Activation, order: readonly [number, number, number, number] = [0, 2, 3, 1]): TensorId | null {
    if (value.shape.length !== 4 || value.shape[order[0]] !== 1 || !isContiguous(value, order)) return null;
    return this.shaped(
      value,
      order.map(axis => value.shape[axis]!),
    );
  }

  /** The value as a map that ONNX sees as [1, channels, height, width]. */
  channelsFirstMap(value: Activation): TensorId {
    if (value.shape.length !== 4 || value.shape[0] !== 1) {
      return this.refuse(`it takes maps [1, channels, height, width], and its input is ${formatShape(value.shape)}`);
    }
    return this.map(value) ?? this.refuse('its input would have to be transposed at run time');
  }

  /** What the node computes, seen as `view`. */
  result(id: TensorId, view: View, openBias: Float32Array | null = null): Activation {
    return {
      kind: 'activation',
      id,
      shape: view.shape,
      factors: view.factors,
      label: this.#label,
      openBias,
      coding: null,
    };
  }

  /** The same elements, seen in another way. */
  viewOf(value: Activation, view: View): Activation {
    return { ...value, shape: view.shape, factors: view.factors, label: this.#label };
  }
}
