/** The ONNX operators that snug reads: one row each. */
import type { OperatorCall, Value } from '../call.ts';
import { dequantizeLinear, quantizeLinear } from '../quantized/linear.ts';
import { qLinearOperators } from '../quantized/qlinear.ts';
import { convolution } from './convolution.ts';
import { gemm, matmul } from './dense.ts';
import { add, clip, dropout, identity, maximum, minimum, relu } from './elementwise.ts';
import { arithmetic, cast, concat, constantNode, constantOfShape, gather, shape } from './folding.ts';
import { batchNormalization, divided, multiplied, subtracted } from './normalization.ts';
import { pad } from './pad.ts';
import { averagePool, globalAveragePool, reduceMean } from './pooling.ts';
import { flatten, reshape, squeeze, transpose, unsqueeze } from './shapes.ts';
import { slice } from './slicing.ts';
import { softmax } from './softmax.ts';

/** Appends the layers of one node and returns what it computes; throws a `SnugError` for what snug cannot express. */
export type OperatorReader = (call: OperatorCall) => Value;

const sum = arithmetic((a, b) => a + b);
const product = arithmetic((a, b) => a * b);
const quotient = arithmetic((a, b) => a / b);
const difference = arithmetic((a, b) => a - b);

/** An operator that is computed here where all of its operands are constants. */
const folded =
  (constants: OperatorReader, otherwise: OperatorReader): OperatorReader =>
  call =>
    call.inputs.every(input => input?.kind === 'constant') ? constants(call) : otherwise(call);

/** Keyed by ONNX's `op_type`. */
export const operators: ReadonlyMap<string, OperatorReader> = new Map<string, OperatorReader>([
  ['Add', folded(sum, add)],
  ['AveragePool', averagePool],
  ['BatchNormalization', batchNormalization],
  ['Cast', cast],
  ['Clip', clip],
  ['Concat', concat],
  ['Constant', constantNode],
  ['ConstantOfShape', constantOfShape],
  ['Conv', convolution],
  ['Div', folded(quotient, divided)],
  ['DequantizeLinear', dequantizeLinear],
  ['Dropout', dropout],
  ['Flatten', flatten],
  ['Gather', gather],
  ['Gemm', gemm],
  ['GlobalAveragePool', globalAveragePool],
  ['Identity', call => (call.inputs[0]?.kind === 'constant' ? call.inputs[0] : identity(call))],
  ['MatMul', matmul],
  ['Max', maximum],
  ['Min', minimum],
  ['Mul', folded(product, multiplied)],
  ['Pad', pad],
  ...qLinearOperators,
  ['QuantizeLinear', quantizeLinear],
  ['ReduceMean', reduceMean],
  ['Relu', relu],
  ['Reshape', reshape],
  ['Shape', shape],
  ['Slice', slice],
  ['Softmax', softmax],
  ['Squeeze', squeeze],
  ['Sub', folded(difference, subtracted)],
  ['Transpose', transpose],
  ['Unsqueeze', unsqueeze],
]);
