/** The operators that are read, by their names in TensorFlow Lite. */
import type { OperatorCall, Value } from '../call.ts';
import { convolution, depthwiseConvolution } from './convolution.ts';
import { fullyConnected } from './dense.ts';
import { add, clampTo } from './elementwise.ts';
import { pad } from './pad.ts';
import { averagePool, mean } from './pooling.ts';
import { dequantize, quantize } from './quantization.ts';
import { divide, multiply, subtract } from './scaling.ts';
import { reshape, squeeze } from './shapes.ts';
import { softmax } from './softmax.ts';

/** Each function appends the layers of one operator and returns what it computes. */
export const operators: ReadonlyMap<string, (call: OperatorCall) => Value> = new Map([
  ['ADD', add],
  ['AVERAGE_POOL_2D', averagePool],
  ['CONV_2D', convolution],
  ['DEPTHWISE_CONV_2D', depthwiseConvolution],
  ['DEQUANTIZE', dequantize],
  ['DIV', divide],
  ['FULLY_CONNECTED', fullyConnected],
  ['MEAN', mean],
  ['MUL', multiply],
  ['PAD', pad],
  ['PADV2', pad],
  ['QUANTIZE', quantize],
  ['RELU', clampTo({ min: 0, max: Infinity })],
  ['RELU6', clampTo({ min: 0, max: 6 })],
  ['RELU_0_TO_1', clampTo({ min: 0, max: 1 })],
  ['RELU_N1_TO_1', clampTo({ min: -1, max: 1 })],
  ['RESHAPE', reshape],
  ['SOFTMAX', softmax],
  ['SQUEEZE', squeeze],
  ['SUB', subtract],
]);
