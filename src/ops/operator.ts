/**
 * The contract that every operator's file fulfils: shape rule, work, float reference, and for those that survive BatchNorm
 * folding also quantization rule, int8 reference and lowering. The types of one operator are gathered in an `OpSpec`.
 */
import type { z } from 'zod';
import type { Origin } from '../diagnostics/diagnostic.ts';
import type { Flow } from '../ir/flow.ts';
import type { KernelCall, Lowering } from '../ir/kernel-call.ts';
import type { Quantization } from '../ir/quantization.ts';
import type { Shape } from '../ir/shape.ts';
import type { Macs } from '../ir/units.ts';

/** The types of one operator: settings, float constants, and what quantization makes of both. */
export interface OpSpec {
  /** Settings that are not tensors, the same before and after quantization. */
  readonly attributes: object;
  /** Constant float tensors by name, before quantization. */
  readonly float: Readonly<Record<string, Float32Array>>;
  /** Everything that the int8 reference and the C program need, derived once. */
  readonly quantized: object;
}

/** An activation with its values in the order of `shape`, the last dimension changing fastest. */
export interface FloatTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** The same, quantized. */
export interface Int8Tensor {
  readonly shape: Shape;
  readonly data: Int8Array;
  readonly quantization: Quantization;
}

/** What is known of an activation before anything runs. */
export interface TensorInfo {
  readonly shape: Shape;
  readonly quantization: Quantization;
}

/** One execution in float32: the operator writes every element of `output.data`. */
export interface FloatCall<T extends OpSpec> {
  readonly attributes: T['attributes'];
  readonly parameters: T['float'];
  readonly inputs: readonly FloatTensor[];
  readonly output: FloatTensor;
}

/** One execution in int8, with the same duty. */
export interface Int8Call<T extends OpSpec> {
  readonly attributes: T['attributes'];
  readonly parameters: T['quantized'];
  readonly inputs: readonly Int8Tensor[];
  readonly output: Int8Tensor;
}

/** Weights that a pass has rounded, in the operator's own layout, with the bias that belongs to them. */
export interface RoundedWeights {
  readonly weights: Int8Array;
  /** One for each output channel, each above 0. */
  readonly weightScales: Float64Array;
  /** In real numbers; it is rounded to inputScale · weightScales[c]. */
  readonly bias: Float32Array;
}

/** From float constants to integers; `origin` names the layer in errors. */
export interface QuantizeCall<T extends OpSpec> {
  readonly attributes: T['attributes'];
  readonly parameters: T['float'];
  readonly inputs: readonly TensorInfo[];
  readonly output: TensorInfo;
  readonly origin: Origin;
  /** In place of `parameters`, for operators with weights; null where they round their own. */
  readonly rounded?: RoundedWeights | null;
}

/** The same as `LowerCall`, before it is known that the integers are sound; `origin` names the layer in errors. */
export interface ProveCall<T extends OpSpec> extends LowerCall<T> {
  readonly origin: Origin;
}

/** From integers to C; nothing is computed any more. */
export interface LowerCall<T extends OpSpec> {
  readonly attributes: T['attributes'];
  readonly parameters: T['quantized'];
  readonly inputs: readonly TensorInfo[];
  readonly output: TensorInfo;
}

/** What every operator can do, BatchNorm included. */
export interface FloatOperator<T extends OpSpec> {
  /** Number of activation inputs. */
  readonly inputs: number;
  /** Throws a diagnostic with `origin` where the inputs do not fit the operator. */
  outputShape(attributes: T['attributes'], inputs: readonly Shape[], origin: Origin): Shape;
  /** Shape of each constant tensor, for the verifier and for weight files. */
  parameterShapes(attributes: T['attributes'], inputs: readonly Shape[]): { readonly [K in keyof T['float']]: Shape };
  /** Multiply-accumulates for one picture. */
  macs(attributes: T['attributes'], inputs: readonly Shape[], output: Shape): Macs;
  runFloat(call: FloatCall<T>): void;
}

/**
 * How the quantization of an operator's output comes about: from calibration, from its input because it only moves or
 * selects values, or fixed by the operator.
 */
export type OutputRange = 'calibrated' | 'same-as-input' | Quantization;

/** What every operator can do that reaches the C. */
export interface Operator<T extends OpSpec> extends FloatOperator<T> {
  /** Types and bounds of attributes and constants in a file. */
  readonly schema: { readonly attributes: z.ZodType<T['attributes']>; readonly parameters: z.ZodType<T['quantized']> };
  /**
   * Throws a diagnostic with `origin` where constants of a file, each within its bounds, do not fit each other or the shapes.
   * Operators without this have none that could.
   */
  prove?(call: ProveCall<T>): void;
  readonly outputRange: OutputRange;
  /**
   * True where the kernel may write its output over any input of the same size that nothing reads afterwards: each element
   * depends on the elements at its own place alone.
   */
  readonly inPlace: boolean;
  /** Throws a diagnostic with `origin` where a factor or a sum leaves what int32 can hold. */
  quantize(call: QuantizeCall<T>): T['quantized'];
  runInt8(call: Int8Call<T>): void;
  lower(call: LowerCall<T>): Lowering;
  /**
   * How the layer works on a part of its map, given the call of the whole; null where it cannot. Operators without this
   * run on whole maps only.
   */
  flow?(call: LowerCall<T>, whole: KernelCall): Flow | null;
}
