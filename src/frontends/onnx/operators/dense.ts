/** Gemm and MatMul with constant weights: fully connected layers. */
import { elementsOf, formatShape } from '../../../ir/shape.ts';
import type { Activation, OperatorCall, Value } from '../call.ts';
import type { Constant } from '../constant.ts';
import { keepBias, keepWeights } from '../quantized/facts.ts';
import { contiguousView, isContiguous, offsetsOf } from '../view.ts';

/** The matrix B as its element at (input, output): value[input · inputStride + output · outputStride]. */
interface Matrix {
  /** As the file has it. */
  readonly constant: Constant;
  readonly values: Constant['values'];
  readonly inputs: number;
  readonly outputs: number;
  readonly inputStride: number;
  readonly outputStride: number;
}

function matrixOf(call: OperatorCall, transposed: boolean): Matrix {
  const constant = call.constant(1, 'matrix');
  const { shape, values } = constant;
  if (shape.length !== 2 || shape.some(d => d < 1)) {
    return call.refuse(`its matrix is ${formatShape(shape)}; only a constant matrix of rank 2 is supported`);
  }
  const [rows, columns] = shape as [number, number];
  return transposed
    ? { constant, values, inputs: columns, outputs: rows, inputStride: 1, outputStride: columns }
    : { constant, values, inputs: rows, outputs: columns, inputStride: columns, outputStride: 1 };
}

/**
 * Weights [outputs, inputs], each times `factor`. The inputs stand in the order of snug's tensor: where the network
 * flattened a channels-first map, the columns are moved to the places that its elements have in a channels-last map.
 */
function weightsFor(call: OperatorCall, value: Activation, matrix: Matrix, factor: number): Float32Array {
  const { values, inputs, outputs, inputStride, outputStride } = matrix;
  const places = isContiguous(value) ? null : offsetsOf(value);
  const weights = call.allocate(inputs * outputs);
  for (let o = 0; o < outputs; o += 1) {
    for (let i = 0; i < inputs; i += 1) {
      weights[o * inputs + (places?.[i] ?? i)] = factor * values[i * inputStride + o * outputStride]!;
    }
  }
  return weights;
}

function fullyConnected(call: OperatorCall, matrix: Matrix, factor: number, bias: Float32Array): Value {
  const value = call.activation(0);
  const rows = value.shape.slice(0, -1);
  if (value.shape.length === 0 || elementsOf(rows) !== 1) {
    return call.refuse(`its input is ${formatShape(value.shape)}; only a single row is supported`);
  }
  if (value.shape.at(-1) !== matrix.inputs) {
    return call.mismatch(`its matrix takes ${matrix.inputs} inputs and gets ${formatShape(value.shape)}`);
  }
  const weights = weightsFor(call, value, matrix, factor);
  const outputAxis = matrix.outputStride === 1 ? 1 : 0;
  keepWeights(call.conversion.quantized, weights, matrix.constant, outputAxis, matrix.outputs, factor);
  const input = call.shaped(value, [1, matrix.inputs]);
  const output = call.emit('fullyConnected', input, { outputs: matrix.outputs, activation: null }, { weights, bias });
  return call.result(output, contiguousView([...rows, matrix.outputs]), bias);
}

/** MatMul: out = A · B, B constant. */
export function matmul(call: OperatorCall): Value {
  const matrix = matrixOf(call, false);
  return fullyConnected(call, matrix, 1, call.allocate(matrix.outputs));
}

/** Gemm: out = alpha · A · B + beta · C, B constant and possibly transposed, C a constant per output or one number. */
export function gemm(call: OperatorCall): Value {
  const { attributes } = call;
  if (attributes.int('transA', 0) !== 0) return call.refuse('transA is set');
  const matrix = matrixOf(call, attributes.int('transB', 0) !== 0);
  const offset = call.optionalConstant(2, 'bias');
  const beta = attributes.float('beta', 1);
  const bias = call.allocate(matrix.outputs);
  if (offset !== null) {
    const { values, shape } = offset;
    if (values.length !== 1 && (values.length !== matrix.outputs || shape.at(-1) !== matrix.outputs)) {
      return call.mismatch(`its bias is ${formatShape(shape)} for ${matrix.outputs} outputs`);
    }
    for (let o = 0; o < bias.length; o += 1) bias[o] = beta * values[values.length === 1 ? 0 : o]!;
    if (beta === 1) keepBias(call.conversion.quantized, bias, offset);
  }
  return fullyConnected(call, matrix, attributes.float('alpha', 1), bias);
}
