/**
 * One TensorFlow Lite operator under conversion: its inputs, options and names, and the ways to append layers of snug. Every
 * operator is a function from such a call to the value that it computes.
 */
import { shapeMismatch, unsupportedOperator } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';
import { elementsOf, formatShape, type Shape, sameShape } from '../../ir/shape.ts';
import { checkSize, type WeightBudget } from '../../ir/size-limits.ts';
import type { TensorId } from '../../ir/units.ts';
import type { OpTypes } from '../../ops/index.ts';
import type { ExplicitPadding } from '../../ops/window.ts';
import type { NameLayer } from '../layer-names.ts';
import type { FileOperator, TfliteModel } from './decode.ts';
import { refuseFile, scalar } from './flatbuffer.ts';
import type { Notes } from './notes.ts';
import type { LayerConstants, LayerPlace, PlainKind, Target, WeightedKind } from './target.ts';
import type { FileTensor } from './tensors.ts';
import { integersOf, sameQuantization } from './values.ts';

/** A change of scale has a weight for each channel, which the file does not back. */
const MAX_RESCALED = 2 ** 16;

/** A value that is computed at run time. */
export interface Activation {
  readonly kind: 'activation';
  readonly id: TensorId;
  /** As TensorFlow Lite sees it, `padding` included. */
  readonly shape: Shape;
  /** Zeros around the tensor that no layer adds yet: a convolution takes them into its window. */
  readonly padding: ExplicitPadding | null;
}

/** What an operator reads and gives: known at compile time, or computed at run time. */
export type Value = { readonly kind: 'constant'; readonly tensor: FileTensor } | Activation;

/** What all calls of one conversion share. */
export interface Conversion {
  readonly model: TfliteModel;
  readonly target: Target;
  readonly notes: Notes;
  readonly nameLayer: NameLayer;
  /** Names of the supported operators, for errors. */
  readonly supported: string;
  readonly budget: WeightBudget;
  /** Tensors that got another shape or padding, by what they were and what they are, so that several readers share them. */
  readonly shaped: Map<string, TensorId>;
}

/** `a/b;c/d` becomes `a/b`: names of fused operators list all that went into them. */
export function titleOf({ name, index }: FileTensor): string {
  const title = name.split(';')[0]!.replace(/^(StatefulPartitionedCall[^/]*\/|PartitionedCall[^/]*\/)+/, '');
  return title === '' ? `tensor_${index}` : title;
}

/** The methods that refuse throw a `SnugError` with the file and the name of the layer. */
export class OperatorCall {
  readonly conversion: Conversion;
  readonly operator: FileOperator;
  readonly output: FileTensor;
  readonly origin: Origin;
  readonly #values: readonly (Value | null)[];

  constructor(conversion: Conversion, operator: FileOperator, output: FileTensor, values: readonly (Value | null)[]) {
    this.conversion = conversion;
    this.operator = operator;
    this.output = output;
    this.origin = { file: conversion.model.file, layer: titleOf(output) };
    this.#values = values;
  }

  /** Refuses the operator with `unsupportedOperator`. */
  refuse(reason: string): never {
    const { supported } = this.conversion;
    throw new SnugError(unsupportedOperator({ operator: this.operator.name, reason, supported }, this.origin));
  }

  /** Refuses shapes that do not fit. */
  mismatch(problem: string): never {
    throw new SnugError(shapeMismatch({ problem }, this.origin));
  }

  /** An input that is computed at run time; refuses a constant and a missing one. */
  activation(index: number): Activation {
    const value = this.#values[index] ?? null;
    if (value === null) return refuseFile(`${this.operator.name} lacks its input ${index}`, this.origin);
    return value.kind === 'activation' ? value : this.refuse(`its input ${index} is a constant`);
  }

  /** Any input; refuses a missing one. */
  value(index: number): Value {
    const value = this.#values[index] ?? null;
    return value ?? refuseFile(`${this.operator.name} lacks its input ${index}`, this.origin);
  }

  /** A constant input, or null where the operator leaves it out. */
  optionalConstant(index: number, what: string): FileTensor | null {
    const value = this.#values[index] ?? null;
    if (value === null) return null;
    return value.kind === 'constant'
      ? value.tensor
      : this.refuse(`its ${what} are computed at run time and must be constant`);
  }

  /** A constant input; refuses one that is computed at run time and a missing one. */
  constant(index: number, what: string): FileTensor {
    return this.optionalConstant(index, what) ?? refuseFile(`${this.operator.name} lacks its ${what}`, this.origin);
  }

  /** The file's tensor of an input. */
  inputTensor(index: number): FileTensor {
    return this.conversion.model.tensor(this.operator.inputs[index] ?? -1);
  }

  /** Whether the first input and the output stand for the same real numbers by the same int8 values. */
  keepsQuantization(): boolean {
    return sameQuantization(this.inputTensor(0), this.output, this.conversion.model.file);
  }

  /** Refuses a tensor that no microcontroller could hold. */
  checkSize(shape: Shape): void {
    checkSize(shape, this.origin);
  }

  /** A constant list of whole numbers. */
  integers(index: number, what: string): readonly number[] {
    const tensor = this.constant(index, what);
    const values = integersOf(tensor);
    if (values === null || values.length > 64)
      return refuseFile(`its ${what} are no short list of numbers`, this.origin);
    return Array.from(values);
  }

  /** An option that is a whole number. */
  option(slot: number, fallback: number = 0, type: 'int8' | 'int32' = 'int32'): number {
    return this.operator.options?.number(slot, scalar[type], fallback) ?? fallback;
  }

  /** An option that is a list of whole numbers; null where it is left out. */
  options(slot: number): readonly number[] | null {
    return this.operator.options?.numbers(slot, scalar.int32, 64) ?? null;
  }

  /** The fused activation of an option; null for none. */
  activationOption(slot: number): OpTypes['clamp']['attributes'] | null {
    switch (this.option(slot, 0, 'int8')) {
      case 0:
        return null;
      case 1:
        return { min: 0, max: Infinity };
      case 2:
        return { min: -1, max: 1 };
      case 3:
        return { min: 0, max: 6 };
      case 4:
        return this.refuse('its fused activation is TANH');
      case 5:
        return this.refuse('its fused activation is SIGN_BIT');
      default:
        return refuseFile('its fused activation does not exist', this.origin);
    }
  }

  #place(inputs: readonly TensorId[], output: FileTensor | null): LayerPlace {
    const { nameLayer, model } = this.conversion;
    const name = nameLayer([titleOf(this.output)], this.operator.name);
    return { name, inputs, output, origin: { file: model.file, layer: name } };
  }

  #checked(id: TensorId): TensorId {
    checkSize(this.conversion.target.shapeOf(id), this.origin);
    return id;
  }

  /** Appends a layer without constants; `output` is null for one that the file does not have. */
  plain<K extends PlainKind>(
    kind: K,
    inputs: readonly TensorId[],
    attributes: OpTypes[K]['attributes'],
    output: FileTensor | null = this.output,
  ): TensorId {
    return this.#checked(this.conversion.target.plain(kind, this.#place(inputs, output), attributes));
  }

  /** Appends a layer with constants; refuses networks with weights beyond all measure. */
  weighted<K extends WeightedKind>(
    kind: K,
    input: TensorId,
    attributes: OpTypes[K]['attributes'],
    constants: LayerConstants,
  ): TensorId {
    this.conversion.budget.reserve(elementsOf(constants.weights.shape), this.origin);
    return this.#checked(
      this.conversion.target.weighted(kind, this.#place([input], this.output), attributes, constants),
    );
  }

  /** Appends a layer that changes the quantization, and clamps. */
  rescale(input: TensorId, activation: OpTypes['clamp']['attributes'] | null): TensorId {
    const { budget, target } = this.conversion;
    const channels = target.shapeOf(input).at(-1)!;
    if (channels > MAX_RESCALED) {
      return this.refuse(`it changes the scale of ${channels} channels, and at most ${MAX_RESCALED} are supported`);
    }
    budget.reserve(channels, this.origin);
    return this.#checked(target.rescale(this.#place([input], this.output), activation));
  }

  /** Appends factor · input + offset, one of each a channel, to a float graph. */
  affine(input: TensorId, factor: Float32Array, offset: Float32Array): TensorId {
    const { budget, target } = this.conversion;
    budget.reserve(factor.length, this.origin);
    return this.#checked(target.affine(this.#place([input], this.output), factor, offset));
  }

  /** The value's tensor under the shape given, its padding added by a layer. */
  shaped({ id, padding }: Activation, shape: Shape): TensorId {
    const { target, shaped } = this.conversion;
    const shared = (key: string, make: () => TensorId): TensorId => {
      const made = shaped.get(key) ?? make();
      shaped.set(key, made);
      return made;
    };
    const padded =
      padding === null
        ? id
        : shared(`${id} pad ${JSON.stringify(padding)}`, () => this.plain('pad', [id], padding, null));
    if (sameShape(target.shapeOf(padded), shape)) return padded;
    return shared(`${padded} as ${shape.join()}`, () => this.plain('reshape', [padded], { shape }, null));
  }

  /** The value as a map [1, height, width, channels]; refuses other shapes. */
  map(value: Activation): TensorId {
    return this.shaped(value, this.mapShapeOf(value));
  }

  /** The value's shape, which must be that of a map. */
  mapShapeOf({ shape }: Activation): Shape {
    if (shape.length === 4 && shape[0] === 1) return shape;
    return this.refuse(`it takes maps [1, height, width, channels], and its input is ${formatShape(shape)}`);
  }

  /** What the operator computes, under the shape that its tensor has in snug or another one of as many elements. */
  result(id: TensorId, shape: Shape = this.conversion.target.shapeOf(id)): Activation {
    return { kind: 'activation', id, shape, padding: null };
  }
}
