/**
 * Scaling that a quantized network does first, as Keras's Rescaling and Normalization become in a conversion to int8: MUL, ADD
 * and SUB with constants. Each is a function of one int8 value and its channel, so that all of them are a table of 256
 * entries, with the arithmetic of TensorFlow Lite's reference kernels.
 */
import { type IntegerScaling, isPicture } from '../../ir/input-scaling.ts';
import { INT8_MAX, INT8_MIN, type Quantization } from '../../ir/quantization.ts';
import { clamp, type Multiplier, quantizeMultiplier, requantize } from '../../numerics/fixed-point.ts';
import type { FileOperator, TfliteModel } from './decode.ts';
import { scalar } from './flatbuffer.ts';
import { slots } from './schema.ts';
import type { FileTensor } from './tensors.ts';
import { activationQuantization, integersOf } from './values.ts';

/** What is taken from the network: its first layer reads `last`, which is what the tensors before it become. */
export interface IntegerScalingTaken {
  readonly scaling: IntegerScaling;
  /** All tensors between the input and the first layer, in order. */
  readonly tensors: readonly FileTensor[];
}

const LEFT_SHIFT = 20;

/** From an int8 value of a channel to the next one. */
type Step = (value: number, channel: number) => number;

interface Arithmetic {
  readonly input: Quantization;
  readonly constant: Quantization;
  readonly output: Quantization;
  /** The constant of a channel, in int8. */
  readonly at: (channel: number) => number;
}

const saturated = (value: number, { zeroPoint }: Quantization): number => clamp(value + zeroPoint, INT8_MIN, INT8_MAX);

/** `reference_integer_ops::Mul`, whose factor `mul.cc` computes in float32. */
function product({ input, constant, output, at }: Arithmetic): Step {
  const factor = Math.fround(Math.fround(input.scale * constant.scale) / output.scale);
  const { multiplier, shift } = quantizeMultiplier(factor);
  return (value, channel) => {
    const accumulator = (value - input.zeroPoint) * (at(channel) - constant.zeroPoint);
    return saturated(requantize(accumulator, multiplier, shift), output);
  };
}

/** `reference_integer_ops::Add` and, with `sign` −1, `reference_ops::Sub`. */
function sum({ input, constant, output, at }: Arithmetic, sign: 1 | -1, constantFirst: boolean): Step {
  const twice = 2 * Math.max(input.scale, constant.scale);
  const [first, second] = [input, constant].map(({ scale }) => quantizeMultiplier(scale / twice)) as [
    Multiplier,
    Multiplier,
  ];
  const total = quantizeMultiplier(twice / (2 ** LEFT_SHIFT * output.scale));
  const scaled = (value: number, { zeroPoint }: Quantization, { multiplier, shift }: Multiplier): number =>
    requantize((value - zeroPoint) * 2 ** LEFT_SHIFT, multiplier, shift);
  const [valueSign, constantSign] = constantFirst ? [sign, 1] : [1, sign];
  return (value, channel) => {
    const accumulator = valueSign * scaled(value, input, first) + constantSign * scaled(at(channel), constant, second);
    return saturated(requantize(accumulator, total.multiplier, total.shift), output);
  };
}

/** `reference_ops::Requantize`. */
function requantized(input: Quantization, output: Quantization): Step {
  const { multiplier, shift } = quantizeMultiplier(input.scale / output.scale);
  return value => saturated(requantize(value - input.zeroPoint, multiplier, shift), output);
}

/** The values of a constant in int8, one or one for each channel; null for one that varies otherwise. */
function channelValues(tensor: FileTensor, channels: number): ((channel: number) => number) | null {
  if (tensor.type !== 'INT8' && tensor.type !== 'UINT8') return null;
  const values = integersOf(tensor);
  if (values === null || tensor.quantization?.scales.length !== 1) return null;
  const shift = tensor.type === 'UINT8' ? INT8_MIN : 0;
  if (values.length === 1) return () => values[0]! + shift;
  return values.length === channels && tensor.shape.at(-1) === channels ? channel => values[channel]! + shift : null;
}

/** What an operator does with its one computed input; null where that is more than scaling. */
function stepOf(model: TfliteModel, operator: FileOperator, from: FileTensor, channels: number): Step | null {
  const { file, tensor } = model;
  const output = tensor(operator.outputs[0] ?? -1);
  if (output.type !== 'INT8' && output.type !== 'UINT8') return null;
  const [read, made] = [from, output].map(each => activationQuantization(each, file)) as [Quantization, Quantization];
  if (operator.name === 'QUANTIZE') return requantized(read, made);
  // The options of all three operators have their activation at the same place; 0 is none.
  const fused = operator.options?.number(slots.add.activation, scalar.int8, 0) ?? 0;
  if (fused !== 0 || operator.inputs.length !== 2) return null;
  const constantFirst = operator.inputs[1] === from.index;
  const constant = tensor(operator.inputs[constantFirst ? 0 : 1] ?? -1);
  const at = channelValues(constant, channels);
  if (at === null) return null;
  const arithmetic = { input: read, constant: activationQuantization(constant, file), output: made, at };
  if (operator.name === 'MUL') return product(arithmetic);
  if (operator.name === 'ADD') return sum(arithmetic, 1, false);
  return operator.name === 'SUB' ? sum(arithmetic, -1, constantFirst) : null;
}

/**
 * @param from the tensor that the network's input is
 * @returns null where the network does not begin with scaling, or its input is no picture
 */
export function takeIntegerScaling(model: TfliteModel, from: FileTensor): IntegerScalingTaken | null {
  const channels = from.shape.length === 4 ? (from.shape.at(-1) ?? 0) : 0;
  if (!isPicture(channels)) return null;
  const identity = Array.from({ length: 256 }, (_, place) => place + INT8_MIN);
  let tables = Array.from({ length: channels }, () => identity);
  const tensors: FileTensor[] = [];
  let scales = false;
  for (let tensor = from; ; ) {
    const [reader, ...others] = model.readers(tensor.index);
    if (reader === undefined || others.length > 0 || reader.outputs.length !== 1) break;
    const output = model.tensor(reader.outputs[0]!);
    if (output.index === model.output.index) break;
    const step = stepOf(model, reader, tensor, channels);
    if (step === null) break;
    tables = tables.map((table, channel) => table.map(value => step(value, channel)));
    scales ||= reader.name !== 'QUANTIZE';
    tensors.push(output);
    tensor = output;
  }
  const last = tensors.at(-1);
  // A QUANTIZE alone is a layer where it changes anything.
  if (last === undefined || !scales) return null;
  const [input, output] = [from, last].map(each => activationQuantization(each, model.file)) as [
    Quantization,
    Quantization,
  ];
  return { scaling: { kind: 'integers', input, output, tables }, tensors };
}
