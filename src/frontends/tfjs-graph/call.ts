/**
 * One TensorFlow node under conversion: its inputs, attributes and names, and the ways to append layers of snug. Every
 * operator is a function from such a call to the value that the node computes. TensorFlow's maps lie as snug's do, so that
 * a value is a tensor and the shape that TensorFlow sees.
 */
import type { Origin } from '../../diagnostics/diagnostic.ts';
import { elementsOf, formatShape, type Shape, sameShape } from '../../ir/shape.ts';
import type { TensorId } from '../../ir/units.ts';
import type { OpKind, OpTypes } from '../../ops/index.ts';
import { FloatCall, type FloatConversion } from '../float-call.ts';
import type { Attributes } from './attributes.ts';
import { type GraphNode, refuseFile } from './decode.ts';

/** Known at compile time; integers are floats. */
export interface Constant {
  readonly kind: 'constant';
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** Computed at run time. */
export interface Activation {
  readonly kind: 'activation';
  readonly id: TensorId;
  /** As TensorFlow has it; the tensor may have another one of as many elements. */
  readonly shape: Shape;
  /** Bias of the layer that computes it, as long as a constant added to this value may be added to the bias instead. */
  readonly openBias: Float32Array | null;
}

/** What an operator reads and gives. */
export type Value = Constant | Activation;

/** What all calls of one conversion share. */
export interface Conversion extends FloatConversion {
  /** A layer name that is not taken yet, for a node or for a layer that prepares its input (`nodeNamer`). */
  readonly nameLayer: (node: GraphNode, part?: string) => string;
}

/** The methods that refuse throw a `SnugError` with the file and the name of the node. */
export class OperatorCall extends FloatCall<Conversion> {
  readonly node: GraphNode;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;

  constructor(
    conversion: Conversion,
    node: GraphNode,
    inputs: readonly Value[],
    attributes: Attributes,
    origin: Origin,
  ) {
    super(conversion, node.op, origin);
    this.node = node;
    this.inputs = inputs;
    this.attributes = attributes;
  }

  /** An input of either kind; refuses a missing one. */
  input(index: number): Value {
    return this.inputs[index] ?? refuseFile(`${this.node.op} lacks its input ${index}`, this.origin);
  }

  /** An input that is computed at run time; refuses a constant and a missing one. */
  activation(index: number): Activation {
    const value = this.input(index);
    return value.kind === 'activation' ? value : this.refuse(`its input ${index} is a constant`);
  }

  /** A constant input; refuses one that is computed at run time and a missing one. */
  constant(index: number, what: string): Constant {
    const value = this.input(index);
    if (value.kind === 'constant') return value;
    return this.refuse(`its input for the ${what} is computed at run time and must be a constant`);
  }

  /** A constant of one number for each of `length` channels. */
  channelConstant(index: number, what: string, length: number): Float32Array {
    const { values } = this.constant(index, what);
    if (values.length === length) return values;
    return this.mismatch(`the ${what} has ${values.length} elements for ${length} channels`);
  }

  /** A dimension's number, counted from the end where it is negative. */
  axis(value: number, rank: number): number {
    const axis = value < 0 ? value + rank : value;
    if (Number.isInteger(axis) && axis >= 0 && axis < rank) return axis;
    return refuseFile(`axis ${value} of ${this.node.op} does not exist in a tensor of rank ${rank}`, this.origin);
  }

  /** Appends a layer that is named after this node, with `part` behind it. */
  emit<K extends OpKind>(
    kind: K,
    inputs: readonly TensorId[],
    attributes: OpTypes[K]['attributes'],
    parameters: OpTypes[K]['float'],
    part?: string,
  ): TensorId {
    return this.append(kind, this.conversion.nameLayer(this.node, part), inputs, attributes, parameters);
  }

  /** The value's tensor under the shape given; a reshape layer, which costs nothing, is appended where it is another. */
  shaped({ id }: Activation, shape: Shape): TensorId {
    if (sameShape(this.shapeOf(id), shape)) return id;
    return this.emit('reshape', [id], { shape }, {}, 'reshape');
  }

  /** The value as a map [1, height, width, channels]. */
  map(value: Activation): TensorId {
    if (value.shape.length === 4 && value.shape[0] === 1) return this.shaped(value, value.shape);
    return this.refuse(`it takes maps [1, height, width, channels], and its input is ${formatShape(value.shape)}`);
  }

  /** The value as a map, or as a row [1, n] where all dimensions but the last are 1. */
  channelsLast(value: Activation): TensorId {
    if (value.shape.length === 4) return this.map(value);
    const length = value.shape.at(-1) ?? 1;
    if (elementsOf(value.shape) === length) return this.shaped(value, [1, length]);
    return this.refuse(`its input is ${formatShape(value.shape)}, which is neither a map nor a row`);
  }

  /** What the node computes: by default with the shape that the tensor has. */
  result(id: TensorId, shape?: Shape, openBias: Float32Array | null = null): Activation {
    return { kind: 'activation', id, shape: shape ?? this.shapeOf(id), openBias };
  }
}
