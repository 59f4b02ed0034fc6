/** Writes TensorFlow Lite files for tests: any tensors and operators, sound or not. */
import { Builder } from 'flatbuffers';
import { slots } from '../../src/frontends/tflite/schema.ts';

const TYPES = { FLOAT32: 0, FLOAT16: 1, INT32: 2, UINT8: 3, INT64: 4, INT16: 7, INT8: 9 } as const;
const CODES: Readonly<Record<string, number>> = {
  ADD: 0,
  AVERAGE_POOL_2D: 1,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  DEQUANTIZE: 6,
  FULLY_CONNECTED: 9,
  RELU: 19,
  RELU_N1_TO_1: 20,
  RELU6: 21,
  RESHAPE: 22,
  SOFTMAX: 25,
  CUSTOM: 32,
  PAD: 34,
  MEAN: 40,
  SQUEEZE: 43,
  PADV2: 60,
  QUANTIZE: 114,
  HARD_SWISH: 117,
  RELU_0_TO_1: 152,
};

/** Numbers in the union of option tables; TensorFlow Lite ignores options without one. */
const OPTION_TYPES: Readonly<Record<string, number>> = {
  CONV_2D: 1,
  DEPTHWISE_CONV_2D: 2,
  AVERAGE_POOL_2D: 5,
  FULLY_CONNECTED: 8,
  SOFTMAX: 9,
  ADD: 11,
  RESHAPE: 17,
  MEAN: 27,
  SQUEEZE: 30,
};
const OPTIONS_TYPE_SLOT = 3;

export interface TensorSpec {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly shape: readonly number[];
  /** Dimensions with −1 where they are open. */
  readonly signature?: readonly number[];
  readonly scales?: readonly number[];
  readonly zeroPoints?: readonly number[];
  readonly axis?: number;
  /** Values of a constant, in numbers of its type. */
  readonly data?: readonly number[];
}

/** A scalar option by its place in the options' table. */
export type OptionSpec = readonly [slot: number, type: 'int8' | 'int32' | 'float32', value: number];

export interface OperatorSpec {
  readonly name: string;
  /** Names of tensors; an empty one leaves an input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly options?: readonly OptionSpec[];
  /** An option that is a list, in place 0. */
  readonly list?: readonly number[];
}

export interface ModelSpec {
  readonly version?: number;
  readonly tensors: readonly TensorSpec[];
  readonly operators: readonly OperatorSpec[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const ARRAYS = {
  FLOAT32: Float32Array,
  INT32: Int32Array,
  UINT8: Uint8Array,
  INT16: Int16Array,
  INT8: Int8Array,
} as const;

function bytesOf({ type, data = [] }: TensorSpec): Uint8Array {
  if (type === 'INT64') return new Uint8Array(BigInt64Array.from(data, BigInt).buffer);
  if (type === 'FLOAT16') throw new Error('float16 is not written');
  return new Uint8Array(ARRAYS[type].from(data).buffer);
}

class Writer {
  readonly #builder = new Builder(1024);

  #vector(bytes: number, values: readonly number[], add: (value: number) => void): number {
    this.#builder.startVector(bytes, values.length, bytes);
    for (const value of values.toReversed()) add(value);
    return this.#builder.endVector();
  }

  ints(values: readonly number[]): number {
    return this.#vector(4, values, value => this.#builder.addInt32(value));
  }

  floats(values: readonly number[]): number {
    return this.#vector(4, values, value => this.#builder.addFloat32(value));
  }

  longs(values: readonly number[]): number {
    return this.#vector(8, values, value => this.#builder.addInt64(BigInt(value)));
  }

  bytes(values: Uint8Array): number {
    return this.#builder.createByteVector(values);
  }

  text(value: string): number {
    return this.#builder.createString(value);
  }

  offsets(values: readonly number[]): number {
    return this.#vector(4, values, value => this.#builder.addOffset(value));
  }

  /** Fields by place: an offset, or a scalar that is written whatever its default. */
  table(fields: readonly (readonly [slot: number, type: OptionSpec[1] | 'offset', value: number])[]): number {
    const builder = this.#builder;
    builder.startObject(16);
    builder.forceDefaults(true);
    for (const [slot, type, value] of fields) {
      if (type === 'offset') builder.addFieldOffset(slot, value, 0);
      else if (type === 'int8') builder.addFieldInt8(slot, value, 0);
      else if (type === 'int32') builder.addFieldInt32(slot, value, 0);
      else builder.addFieldFloat32(slot, value, 0);
    }
    return builder.endObject();
  }

  finish(root: number): Uint8Array {
    this.#builder.finish(root, 'TFL3');
    return this.#builder.asUint8Array().slice();
  }
}

function writeTensor(writer: Writer, tensor: TensorSpec, buffer: number): number {
  const { name, type, shape, signature, scales, zeroPoints, axis = 0 } = tensor;
  const quantization =
    scales === undefined
      ? null
      : writer.table([
          [slots.quantization.scale, 'offset', writer.floats(scales)],
          [slots.quantization.zeroPoint, 'offset', writer.longs(zeroPoints ?? scales.map(() => 0))],
          [slots.quantization.quantizedDimension, 'int32', axis],
        ]);
  const fields = [
    [slots.tensor.shape, 'offset', writer.ints(shape)],
    [slots.tensor.name, 'offset', writer.text(name)],
    ...(signature === undefined ? [] : [[slots.tensor.shapeSignature, 'offset', writer.ints(signature)] as const]),
    ...(quantization === null ? [] : [[slots.tensor.quantization, 'offset', quantization] as const]),
    [slots.tensor.type, 'int8', TYPES[type]],
    [slots.tensor.buffer, 'int32', buffer],
  ] as const;
  return writer.table(fields);
}

function writeOperator(writer: Writer, operator: OperatorSpec, code: number, index: (name: string) => number): number {
  const { inputs, outputs, options = [], list } = operator;
  const listed = list === undefined ? [] : [[0, 'offset', writer.ints(list)] as const];
  const table = writer.table([...options, ...listed]);
  return writer.table([
    [slots.operator.opcodeIndex, 'int32', code],
    [slots.operator.inputs, 'offset', writer.ints(inputs.map(index))],
    [slots.operator.outputs, 'offset', writer.ints(outputs.map(index))],
    [OPTIONS_TYPE_SLOT, 'int8', OPTION_TYPES[operator.name] ?? 0],
    [slots.operator.builtinOptions, 'offset', table],
  ]);
}

/** The bytes of a file; a name without a tensor becomes an index that does not exist. */
export function tfliteModel({ version = 3, tensors, operators, inputs, outputs }: ModelSpec): Uint8Array {
  const writer = new Writer();
  const index = (name: string): number => {
    if (name === '') return -1;
    const found = tensors.findIndex(tensor => tensor.name === name);
    return found < 0 ? 999 : found;
  };
  const constants = tensors.filter(tensor => tensor.data !== undefined);
  const buffers = [
    writer.table([]),
    ...constants.map(tensor => writer.table([[slots.buffer.data, 'offset', writer.bytes(bytesOf(tensor))]])),
  ];
  const codes = operators.map(({ name }) => {
    const code = CODES[name] ?? 0;
    const custom = name === 'CUSTOM' ? [[slots.operatorCode.customCode, 'offset', writer.text('MyOp')] as const] : [];
    return writer.table([
      ...custom,
      [slots.operatorCode.deprecatedBuiltinCode, 'int8', Math.min(code, 127)],
      [slots.operatorCode.builtinCode, 'int32', code],
    ]);
  });
  const subgraph = writer.table([
    [
      slots.subgraph.tensors,
      'offset',
      writer.offsets(tensors.map(tensor => writeTensor(writer, tensor, constants.indexOf(tensor) + 1))),
    ],
    [slots.subgraph.inputs, 'offset', writer.ints(inputs.map(index))],
    [slots.subgraph.outputs, 'offset', writer.ints(outputs.map(index))],
    [
      slots.subgraph.operators,
      'offset',
      writer.offsets(operators.map((operator, code) => writeOperator(writer, operator, code, index))),
    ],
  ]);
  return writer.finish(
    writer.table([
      [slots.model.version, 'int32', version],
      [slots.model.operatorCodes, 'offset', writer.offsets(codes)],
      [slots.model.subgraphs, 'offset', writer.offsets([subgraph])],
      [slots.model.buffers, 'offset', writer.offsets(buffers)],
    ]),
  );
}

/** `count` different values that stay within `limit` of 0. */
export function ramp(count: number, limit: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => ((i * 37) % (2 * limit + 1)) - limit);
}
