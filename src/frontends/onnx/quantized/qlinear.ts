/**
 * QLinear operators, which take integers with their scales and zero points as inputs: each is read as DequantizeLinear, the
 * float operator, and QuantizeLinear. Those of the domain com.microsoft are ONNX Runtime's; it writes them in its operator
 * format (QOperator).
 * Source: https://onnx.ai/onnx/operators and ONNX Runtime's ContribOperators.md.
 */
import { attributesOf } from '../attributes.ts';
import { OperatorCall, type Value } from '../call.ts';
import { type Constant, constant } from '../constant.ts';
import { refuseFile } from '../decode.ts';
import { convolution } from '../operators/convolution.ts';
import { gemm, matmul } from '../operators/dense.ts';
import { add } from '../operators/elementwise.ts';
import { averagePool, globalAveragePool, reduceMean } from '../operators/pooling.ts';
import { softmax } from '../operators/softmax.ts';
import { coded, codingOf, decoded, dequantizedConstant, scalesOf, typeOf } from './linear.ts';

type Reader = (call: OperatorCall) => Value;

/** What the float operator gets: the same node under its own name, and values that are real numbers. */
function asFloat(call: OperatorCall, opType: string, inputs: readonly (Value | null)[], opset?: number): OperatorCall {
  const node = { ...call.node, opType };
  const conversion = opset === undefined ? call.conversion : { ...call.conversion, opset };
  return new OperatorCall(conversion, node, inputs, attributesOf(node, call.origin), call.origin);
}

/**
 * The real numbers of an input whose scale and zero point are the two inputs after it.
 * @param axis the dimension of a constant along which vectors of scales lie
 */
function real(call: OperatorCall, index: number, axis: number | null = null): Value {
  const value = call.inputs[index] ?? null;
  if (value?.kind !== 'constant') {
    const activation = call.activation(index);
    return decoded(call, activation, codingOf(call, index + 1, index + 2, typeOf(activation, call)));
  }
  const scales = scalesOf(call, index + 1);
  const zeroPoints = call.optionalConstant(index + 2, 'zero point');
  const many = scales.values.length > 1;
  if (many && (axis === null || value.shape[axis] !== scales.values.length)) {
    return refuseFile(
      `${call.node.opType} has ${scales.values.length} scales that do not fit its constant`,
      call.origin,
    );
  }
  return dequantizedConstant(call, value, many ? axis : null, scales, zeroPoints);
}

/** The result as integers whose scale and zero point are the inputs from `index` on. */
function quantized(call: OperatorCall, value: Value, index: number): Value {
  if (value.kind === 'constant') return call.refuse('all of its inputs are constants');
  return coded(call, value, codingOf(call, index, index + 1, null));
}

/** A bias of int32, whose scale is that of the input times that of the weights. */
function bias(call: OperatorCall, index: number, inputScaleAt: number, weightScaleAt: number): Constant | null {
  const integers = call.optionalConstant(index, 'bias');
  if (integers === null) return null;
  const input = scalesOf(call, inputScaleAt).values[0]!;
  const { values } = scalesOf(call, weightScaleAt);
  const scales = Float64Array.from(values, scale => scale * input);
  if (scales.length !== 1 && scales.length !== integers.values.length) {
    return call.mismatch(`its bias has ${integers.values.length} elements for ${scales.length} scales`);
  }
  const axis = scales.length === 1 ? null : integers.shape.length - 1;
  const reals = Float32Array.from(integers.values, (integer, i) => integer * scales[axis === null ? 0 : i]!);
  const dequantized = { integers: Float64Array.from(integers.values), scales, axis };
  return constant(integers.shape, reals, { dequantized });
}

/** x, w, their scales and zero points, those of y, and B. */
function qLinearConv(call: OperatorCall): Value {
  if (call.attributes.int('channels_last', 0) !== 0) return call.refuse('its maps are channels-last');
  return quantized(call, convolution(asFloat(call, 'Conv', [real(call, 0), real(call, 3, 0), bias(call, 8, 1, 4)])), 6);
}

/** a and b, their scales and zero points, those of y. */
function qLinearMatMul(call: OperatorCall): Value {
  return quantized(call, matmul(asFloat(call, 'MatMul', [real(call, 0), real(call, 3, 1)])), 6);
}

/** A and B with scales and zero points, C of int32, scale and zero point of Y; without the last two, Y is float. */
function qGemm(call: OperatorCall): Value {
  const axis = call.attributes.int('transB', 0) === 0 ? 1 : 0;
  const result = gemm(asFloat(call, 'Gemm', [real(call, 0), real(call, 3, axis), bias(call, 6, 1, 4)]));
  return (call.inputs[7] ?? null) === null ? result : quantized(call, result, 7);
}

/** A and B with scales and zero points, those of C. */
function qLinearAdd(call: OperatorCall): Value {
  return quantized(call, add(asFloat(call, 'Add', [real(call, 0), real(call, 3)])), 6);
}

/** An operator of one input: X with scale and zero point, those of Y. */
function unary(opType: string, reader: Reader): Reader {
  return call => {
    if (call.attributes.int('channels_last', 0) !== 0) return call.refuse('its maps are channels-last');
    return quantized(call, reader(asFloat(call, opType, [real(call, 0)])), 3);
  };
}

/** Its attribute says which operator set of ONNX gives `axis` its meaning. */
function qLinearSoftmax(call: OperatorCall): Value {
  const opset = call.attributes.int('opset', call.conversion.opset);
  return quantized(call, softmax(asFloat(call, 'Softmax', [real(call, 0)], opset)), 3);
}

/** Keyed by ONNX's `op_type`, whatever the domain. */
export const qLinearOperators: readonly (readonly [string, Reader])[] = [
  ['QGemm', qGemm],
  ['QLinearAdd', qLinearAdd],
  ['QLinearAveragePool', unary('AveragePool', averagePool)],
  ['QLinearConv', qLinearConv],
  ['QLinearGlobalAveragePool', unary('GlobalAveragePool', globalAveragePool)],
  ['QLinearMatMul', qLinearMatMul],
  ['QLinearReduceMean', unary('ReduceMean', reduceMean)],
  ['QLinearSoftmax', qLinearSoftmax],
];
