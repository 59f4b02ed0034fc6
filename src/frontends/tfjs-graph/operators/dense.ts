/** MatMul with a constant matrix, plain and fused: a fully connected layer. */
import { elementsOf, formatShape } from '../../../ir/shape.ts';
import { outputsFirst } from '../../weight-layout.ts';
import type { OperatorCall, Value } from '../call.ts';
import { epilogueOf } from './fused.ts';

/** The matrix [inputs, outputs], or [outputs, inputs] where `transpose_b` is set, as [outputs, inputs]. */
function weightsOf(call: OperatorCall): {
  readonly weights: Float32Array;
  readonly inputs: number;
  readonly outputs: number;
} {
  const { shape, values } = call.constant(1, 'matrix');
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2 || rows < 1 || columns < 1) {
    return call.refuse(`its matrix is ${formatShape(shape)}; only a constant matrix of rank 2 is supported`);
  }
  call.reserve(values.length);
  return call.attributes.bool('transpose_b', false)
    ? { weights: values.slice(), inputs: columns, outputs: rows }
    : { weights: outputsFirst(values, columns), inputs: rows, outputs: columns };
}

/** MatMul and _FusedMatMul: one row [1, inputs] becomes [1, outputs]; `transpose_a` takes a column [inputs, 1]. */
export function matmul(call: OperatorCall): Value {
  const value = call.activation(0);
  const { weights, inputs, outputs } = weightsOf(call);
  const transposed = call.attributes.bool('transpose_a', false);
  const [rows, length] = transposed ? value.shape.toReversed() : value.shape;
  if (value.shape.length !== 2 || rows !== 1) {
    return call.refuse(`its input is ${formatShape(value.shape)}; only a single row is supported`);
  }
  if (length !== inputs || elementsOf(value.shape) !== inputs) {
    return call.mismatch(`its matrix takes ${inputs} inputs and gets ${formatShape(value.shape)}`);
  }
  const { bias, activation, openBias } = epilogueOf(call, outputs);
  const row = call.shaped(value, [1, inputs]);
  return call.result(
    call.emit('fullyConnected', [row], { outputs, activation }, { weights, bias }),
    undefined,
    openBias,
  );
}
