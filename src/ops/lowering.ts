/** Small constructors for kernel calls, shared by the operators' `lower`. */
import type { Argument, FieldValue, RunTimeValue, ScratchBytes, StructField, StructLocal } from '../ir/kernel-call.ts';
import type { Int8Clamp } from '../ir/quantization.ts';
import { mapShape, type Shape } from '../ir/shape.ts';
import { type Bytes, bytes } from '../ir/units.ts';

/** Scratch of kernels that need none, in bytes. */
export const NO_SCRATCH: ScratchBytes = { c: bytes(0), dsp: bytes(0), mve: bytes(0) };

/**
 * Scratch of `arm_convolve_1x1_s8_fast`: none, except where armclang compiles it for the DSP extension (since 7.0.0). There it
 * unpacks two pixels to 16 bits wherever it is given a buffer.
 */
export function pointwiseScratch(channels: number): {
  readonly scratch: ScratchBytes;
  readonly armclangScratch: Bytes;
} {
  return { scratch: NO_SCRATCH, armclangScratch: bytes(4 * channels) };
}

/** One constructor for each kind of `Argument`. */
export const argument: {
  readonly output: Argument;
  readonly context: Argument;
  readonly window: Argument;
  input(index: number): Argument;
  local(name: string): Argument;
  table(name: string): Argument;
  number(name: string, value: number): Argument;
  runtime(name: string, value: RunTimeValue): Argument;
} = {
  output: { kind: 'output' },
  context: { kind: 'context' },
  window: { kind: 'window' },
  input: index => ({ kind: 'input', index }),
  local: name => ({ kind: 'local', name }),
  table: name => ({ kind: 'table', name }),
  number: (name, value) => ({ kind: 'number', name, value }),
  runtime: (name, value) => ({ kind: 'runtime', name, value }),
};

/** What CMSIS-NN's convolutions take, in their order; `parameters` is the struct of stride, padding and offsets. */
export function convolutionArguments(parameters: string): readonly Argument[] {
  return [
    argument.context,
    argument.local(parameters),
    argument.local('quant_params'),
    argument.local('input_dims'),
    argument.input(0),
    argument.local('filter_dims'),
    argument.table('weights'),
    argument.local('bias_dims'),
    argument.table('bias'),
    argument.local('output_dims'),
    argument.output,
  ];
}

/** Fields of a struct from an object literal whose keys are in the order of the C declaration. */
function fields(values: Readonly<Record<string, FieldValue>>): readonly StructField[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** A struct on the stack; the keys of `values` are in the order of the C declaration. */
export function struct(type: string, name: string, values: Readonly<Record<string, FieldValue>>): StructLocal {
  return { type, name, fields: fields(values) };
}

/** `cmsis_nn_dims` of a tensor: batch, height, width, channels. */
export function dims(name: string, shape: Shape): StructLocal {
  const { batch, height, width, channels } = mapShape(shape);
  return struct('cmsis_nn_dims', name, { n: batch, h: height, w: width, c: channels });
}

/** `cmsis_nn_tile`: width first, as the library declares it. */
export function tile([height, width]: readonly [number, number]): readonly StructField[] {
  return fields({ w: width, h: height });
}

/** `cmsis_nn_activation`. */
export function activationFields(activation: Int8Clamp): readonly StructField[] {
  return fields({ min: activation.min, max: activation.max });
}

/** The least multiple that is not below `value`. */
export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
