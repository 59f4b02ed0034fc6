/**
 * QuantizeLinear and DequantizeLinear: real = scale · (integer − zero point). On an activation they say how its tensor is
 * quantized, and no layer is made; on a constant they are computed here.
 */
import { unsupportedModel } from '../../../diagnostics/catalog.ts';
import { SnugError } from '../../../diagnostics/diagnostic.ts';
import { INT8_MAX, INT8_MIN } from '../../../ir/quantization.ts';
import { elementsOf, formatShape } from '../../../ir/shape.ts';
import { clamp } from '../../../numerics/fixed-point.ts';
import type { Activation, OperatorCall, Value } from '../call.ts';
import { type Constant, constant, dataTypeName } from '../constant.ts';
import { refuseFile } from '../decode.ts';
import { type Coding, sameQuantization, zeroPointInFile } from './facts.ts';

const UINT8_MAX = 255;

/** Scales at an input of a node: finite and above 0. */
export function scalesOf(call: OperatorCall, index: number): Constant {
  const scales = call.constant(index, 'scale');
  const bad = scales.values.find(scale => !(scale > 0 && scale < Infinity));
  if (bad !== undefined || scales.values.length === 0) {
    return refuseFile(
      `a scale of ${call.node.opType} is ${bad ?? 'missing'} and must be a number above 0`,
      call.origin,
    );
  }
  return scales;
}

function refuseType(call: OperatorCall, type: string | null): never {
  const problem = `${call.node.opType} has activations of type ${type ?? 'unknown'}`;
  const fix = 'quantize the model to 8 bits, with activation_type=QuantType.QInt8 for example';
  throw new SnugError(unsupportedModel({ problem, fix }, call.origin));
}

/** Scale and zero point of an activation, at these two inputs; a missing zero point is 0 of type `fallback`. */
export function codingOf(call: OperatorCall, scaleAt: number, zeroPointAt: number, fallback: string | null): Coding {
  const { values } = scalesOf(call, scaleAt);
  if (values.length !== 1) return call.refuse(`it has ${values.length} scales for an activation, which takes one`);
  const given = call.optionalConstant(zeroPointAt, 'zero point');
  if (given === null && fallback === null) return refuseFile(`${call.node.opType} lacks a zero point`, call.origin);
  const type = given === null ? fallback : given.type;
  if (type !== 'UINT8' && type !== 'INT8') return refuseType(call, type);
  if (given !== null && given.values.length !== 1) {
    return refuseFile(`${call.node.opType} has ${given.values.length} zero points for one scale`, call.origin);
  }
  const unsigned = type === 'UINT8';
  const zeroPoint = (given?.values[0] ?? 0) + (unsigned ? INT8_MIN : 0);
  return { quantization: { scale: values[0]!, zeroPoint }, unsigned };
}

/** How the scales of a constant lie in it: null for one scale, else the dimension that has as many positions. */
function axisOf(call: OperatorCall, shape: readonly number[], scales: Constant): number | null {
  if (call.attributes.int('block_size', 0) !== 0) return call.refuse('it has one scale for each block of weights');
  if (scales.values.length === 1) return null;
  const axis = call.axis(call.attributes.int('axis', 1), shape.length);
  if (scales.shape.length === 1 && shape[axis] === scales.values.length) return axis;
  const problem = `${formatShape(scales.shape)} scales do not fit dimension ${axis} of ${formatShape(shape)}`;
  return refuseFile(problem, call.origin);
}

/** The scales and zero points of a constant's elements. */
interface ElementCoding {
  readonly axis: number | null;
  readonly scales: Float64Array;
  readonly zeroPoints: Constant | null;
  /** Which of the scales an element has. */
  readonly indexOf: (element: number) => number;
}

function elementCoding(
  call: OperatorCall,
  { shape }: Constant,
  axis: number | null,
  scales: Constant,
  zeroPoints: Constant | null,
): ElementCoding {
  if (zeroPoints !== null && zeroPoints.values.length !== scales.values.length) {
    const counts = `${zeroPoints.values.length} zero points for ${scales.values.length} scales`;
    return refuseFile(`${call.node.opType} has ${counts}`, call.origin);
  }
  const inner = axis === null ? 1 : elementsOf(shape.slice(axis + 1));
  const count = scales.values.length;
  const indexOf = (element: number): number => (axis === null ? 0 : Math.floor(element / inner) % count);
  return { axis, scales: Float64Array.from(scales.values), zeroPoints, indexOf };
}

/**
 * A constant of integers as floats that remember them.
 * @param axis null for one scale, else the dimension that has one scale for each position
 */
export function dequantizedConstant(
  call: OperatorCall,
  value: Constant,
  axis: number | null,
  scales: Constant,
  zeroPoints: Constant | null,
): Constant {
  const coding = elementCoding(call, value, axis, scales, zeroPoints);
  call.reserve(value.values.length);
  const integers = Float64Array.from(
    value.values,
    (integer, i) => integer - (coding.zeroPoints?.values[coding.indexOf(i)] ?? 0),
  );
  const values = Float32Array.from(integers, (integer, i) => integer * coding.scales[coding.indexOf(i)]!);
  return constant(value.shape, values, { dequantized: { integers, scales: coding.scales, axis } });
}

/** Rounds to nearest with ties to even, as the operator's specification says. */
function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value - Math.trunc(value)) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function quantizedConstant(call: OperatorCall, value: Constant): Constant {
  const scales = scalesOf(call, 1);
  const zeroPoints = call.optionalConstant(2, 'zero point');
  const axis = axisOf(call, value.shape, scales);
  const { scales: steps, indexOf } = elementCoding(call, value, axis, scales, zeroPoints);
  const type = zeroPoints === null ? outputType(call) : zeroPoints.type;
  if (type !== 'UINT8' && type !== 'INT8') return refuseType(call, type);
  const [min, max] = type === 'UINT8' ? [0, UINT8_MAX] : [INT8_MIN, INT8_MAX];
  call.reserve(value.values.length);
  const integers = Float64Array.from(value.values, (real, i) => {
    const at = indexOf(i);
    return clamp(roundToEven(Math.fround(real / steps[at]!)) + (zeroPoints?.values[at] ?? 0), min, max);
  });
  return constant(value.shape, integers, { type });
}

/** `output_dtype` names the type where there is no zero point; 0 stands for uint8. */
function outputType(call: OperatorCall): string | null {
  return dataTypeName(call.attributes.int('output_dtype', 0) || 2);
}

/** The activation with its tensor under this quantization; a second one of the same tensor is a layer of its own. */
export function coded(call: OperatorCall, value: Activation, coding: Coding): Activation {
  const { tensors } = call.conversion.quantized;
  const known = tensors.get(value.id);
  if (known === undefined || sameQuantization(known, coding.quantization)) {
    tensors.set(value.id, coding.quantization);
    return { ...value, coding };
  }
  // A clamp without bounds changes nothing but the quantization; `resolve.ts` decides what becomes of it.
  const id = call.emit('clamp', value.id, { min: -Infinity, max: Infinity }, {});
  tensors.set(id, coding.quantization);
  return { ...call.result(id, value), coding };
}

/** The real numbers behind an activation of integers; the node must read them as they were written. */
export function decoded(call: OperatorCall, value: Activation, coding: Coding): Activation {
  if (value.coding === null) return refuseFile(`${call.node.opType} reads integers and gets floats`, call.origin);
  if (value.coding === 'input') {
    if (coding.unsigned) {
      call.conversion.quantized.notes.add('the input is uint8 in the file and int8 here: subtract 128 from each value');
    }
    return { ...coded(call, value, coding), coding: null };
  }
  const { quantization } = value.coding;
  if (sameQuantization(quantization, coding.quantization) && value.coding.unsigned === coding.unsigned) {
    return { ...value, coding: null };
  }
  const [written, read] = [value.coding, coding].map(
    c => `scale ${c.quantization.scale} and zero point ${zeroPointInFile(c)}`,
  );
  return call.refuse(`it reads integers with ${read} that were written with ${written}`);
}

/** The type of integers where a node that reads them has no zero point. */
export function typeOf({ coding }: Activation, call: OperatorCall): string | null {
  if (coding === 'input') return dataTypeName(call.conversion.inputType);
  return coding === null ? null : coding.unsigned ? 'UINT8' : 'INT8';
}

/** QuantizeLinear. */
export function quantizeLinear(call: OperatorCall): Value {
  const value = call.inputs[0] ?? null;
  if (value?.kind === 'constant') return quantizedConstant(call, value);
  const activation = call.activation(0);
  if (activation.coding !== null) return refuseFile('QuantizeLinear reads floats and gets integers', call.origin);
  return coded(call, activation, codingOf(call, 1, 2, outputType(call)));
}

/** DequantizeLinear. */
export function dequantizeLinear(call: OperatorCall): Value {
  const value = call.inputs[0] ?? null;
  if (value?.kind === 'constant') {
    const scales = scalesOf(call, 1);
    const zeroPoints = call.optionalConstant(2, 'zero point');
    return dequantizedConstant(call, value, axisOf(call, value.shape, scales), scales, zeroPoints);
  }
  const activation = call.activation(0);
  return decoded(call, activation, codingOf(call, 1, 2, typeOf(activation, call)));
}
