/** QUANTIZE and DEQUANTIZE. */
import type { OperatorCall, Value } from '../call.ts';
import { activationQuantization } from '../values.ts';
import { rescaled } from './elementwise.ts';

/** Between two integer types: nothing where the real values stay, a rescaling where they do not. */
export function quantize(call: OperatorCall): Value {
  const value = call.activation(0);
  if (call.conversion.target.float) return call.refuse('it stands in the midst of a float network');
  return call.keepsQuantization() ? value : rescaled(call, value, null);
}

/** Of constants, the constant itself, whose type says how to read it; at the end of the network, nothing. */
export function dequantize(call: OperatorCall): Value {
  const value = call.value(0);
  if (value.kind === 'constant') return value;
  const { model, notes, target } = call.conversion;
  if (target.float || call.output.index !== model.output.index) {
    return call.refuse('the network is partly float and partly quantized');
  }
  const { scale, zeroPoint } = activationQuantization(call.inputTensor(0), model.file);
  notes.edges.push(
    `the output is int8 with scale ${scale} and zero point ${zeroPoint}; the file's own is float32, and its DEQUANTIZE is left to the caller`,
  );
  return value;
}
