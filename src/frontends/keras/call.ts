/**
 * One call of a Keras layer under conversion: its inputs, settings, weights and name, and the ways to append layers of snug.
 * Every kind of layer is a function from such a call to the value that the layer computes.
 */
import { tensorMisshapen, tensorMissing } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { elementsOf, formatShape, type Shape, sameShape } from '../../ir/shape.ts';
import type { TensorId } from '../../ir/units.ts';
import type { OpKind, OpTypes } from '../../ops/index.ts';
import { FloatCall, type FloatConversion } from '../float-call.ts';
import type { NameLayer } from '../layer-names.ts';
import { refuseFile, type Settings } from './fields.ts';
import type { LayerUse } from './network.ts';
import type { Place, Role, WeightStore } from './weights.ts';

/** What a layer computes: the elements of a tensor, each times `scale` plus `offset` of its channel where there are such. */
export interface Value {
  readonly id: TensorId;
  /** Scaling of pictures that the network does itself, not made a layer yet. */
  readonly affine: { readonly scale: readonly number[]; readonly offset: readonly number[] } | null;
}

/** What all calls of one conversion share. */
export interface Conversion extends FloatConversion {
  readonly weights: WeightStore;
  /** A layer name that is not taken yet, from the first candidate that has one. */
  readonly nameLayer: NameLayer;
  /** Sentences for the user, each once. */
  readonly notes: Set<string>;
  /** Calls of layers so far; networks that hold each other twice on many levels have too many. */
  calls: number;
}

/** The methods that refuse throw a `SnugError` with the file and the name of the layer. */
export class LayerCall extends FloatCall<Conversion> {
  readonly place: Place;
  readonly use: LayerUse;
  readonly #inputs: readonly Value[];

  constructor(conversion: Conversion, place: Place, use: LayerUse, inputs: readonly Value[]) {
    super(conversion, place.layer.className, { file: conversion.file, layer: place.layer.name });
    this.place = place;
    this.use = use;
    this.#inputs = inputs;
  }

  get settings(): Settings {
    return this.place.layer.settings;
  }

  /** The one input as it comes, scaling and all. */
  value(): Value {
    const [value, ...others] = this.#inputs;
    if (value === undefined) return refuseFile('the layer has no input', this.origin);
    return others.length === 0 ? value : this.refuse(`it has ${this.#inputs.length} inputs`);
  }

  /** The tensors of all inputs. */
  inputs(): readonly TensorId[] {
    return this.#inputs.map(value => this.#tensor(value));
  }

  /** The tensor of the one input. */
  input(): TensorId {
    return this.#tensor(this.value());
  }

  /** The tensor of the one input, refused where it is no map [1, height, width, channels]. */
  map(): TensorId {
    const id = this.input();
    const shape = this.shapeOf(id);
    if (shape.length !== 4) return this.refuse(`it takes maps, and its input is ${formatShape(shape)}`);
    const format = this.settings.string('data_format', 'channels_last');
    return format === 'channels_last' || format === 'channelsLast'
      ? id
      : this.refuse(`data_format is ${format}; build the network with channels_last`);
  }

  /** Scaling becomes a depthwise 1 × 1 convolution, which is right whatever padding follows. */
  #tensor({ id, affine }: Value): TensorId {
    if (affine === null) return id;
    const attributes = { kernel: [1, 1], stride: [1, 1], padding: 'valid', multiplier: 1, activation: null } as const;
    const parameters = { weights: Float32Array.from(affine.scale), bias: Float32Array.from(affine.offset) };
    return this.emit('depthwiseConv2d', id, attributes, parameters, `${this.place.layer.name}_scaling`);
  }

  /**
   * The layer's weights, one a role, in Keras's layout; null for a role that is null. Shapes are compared before anything
   * is read. A role without a shape has a place among the others and is not read.
   */
  weights(roles: readonly (readonly [role: Role, shape: Shape | null])[]): readonly Float32Array[] {
    const { weights } = this.conversion;
    const found = weights.find(
      this.place,
      roles.map(([role]) => role),
    );
    return roles.map(([[role], shape], i) => {
      if (shape === null) return new Float32Array(0);
      const tensor = found[i] ?? null;
      const expected = formatShape(shape);
      const origin = { ...this.origin, tensor: tensor?.name ?? `${this.place.layer.name}/${role}` };
      if (tensor === null) throw new SnugError(tensorMissing({ shape: expected }, origin));
      if (!sameShape(tensor.shape, shape)) {
        // The rows of a matrix are the elements of a map, whose number follows the resolution.
        if (this.conversion.resized && shape.length === 2) {
          this.mismatch(`its weights are ${formatShape(tensor.shape)}, and ${expected} are needed`);
        }
        throw new SnugError(tensorMisshapen({ actual: formatShape(tensor.shape), expected }, origin));
      }
      this.reserve(elementsOf(shape));
      return tensor.read();
    });
  }

  /** Appends a layer that is named after this one. */
  emit<K extends OpKind>(
    kind: K,
    input: TensorId | readonly TensorId[],
    attributes: OpTypes[K]['attributes'],
    parameters: OpTypes[K]['float'],
    name: string = this.place.layer.name,
  ): TensorId {
    const inputs = typeof input === 'number' ? [input] : (input as readonly TensorId[]);
    const label = this.conversion.nameLayer([name], this.operator);
    return this.append(kind, label, inputs, attributes, parameters);
  }

  /** The tensor under another shape of as many elements. */
  shaped(id: TensorId, shape: Shape): TensorId {
    return sameShape(this.shapeOf(id), shape) ? id : this.emit('reshape', id, { shape }, {});
  }
}
