/** The TensorFlow operators that snug reads: one row each. */
import type { OperatorCall, Value } from '../call.ts';
import { biasAdd, divide, fusedBatchNorm, multiply, subtract } from './channels.ts';
import { conv2d, depthwiseConv2d } from './convolution.ts';
import { matmul } from './dense.ts';
import { add, identity, maximum, minimum, relu, relu6 } from './elementwise.ts';
import { averagePool, mean, pad } from './maps.ts';
import { expandDims, pack, reshape, shapeOf, squeeze, stridedSlice } from './shapes.ts';

/** Appends the layers of one node and returns what it computes; throws a `SnugError` for what snug cannot express. */
export type OperatorReader = (call: OperatorCall) => Value;

/** Softmax over the last dimension. */
function softmax(call: OperatorCall): Value {
  const value = call.activation(0);
  return call.result(call.emit('softmax', [call.channelsLast(value)], {}, {}), value.shape);
}

/** Keyed by TensorFlow's `op`. `Const` and `Placeholder` make values without a layer and have no row. */
export const operators: ReadonlyMap<string, OperatorReader> = new Map<string, OperatorReader>([
  ['Add', add],
  ['AddN', add],
  ['AddV2', add],
  ['AvgPool', averagePool],
  ['BiasAdd', biasAdd],
  ['Conv2D', conv2d],
  ['DepthwiseConv2dNative', depthwiseConv2d],
  ['ExpandDims', expandDims],
  ['FusedBatchNorm', fusedBatchNorm],
  ['FusedBatchNormV2', fusedBatchNorm],
  ['FusedBatchNormV3', fusedBatchNorm],
  ['FusedDepthwiseConv2dNative', depthwiseConv2d],
  ['Identity', identity],
  ['MatMul', matmul],
  ['Maximum', maximum],
  ['Mean', mean],
  ['Minimum', minimum],
  ['Mul', multiply],
  ['Pack', pack],
  ['Pad', pad],
  ['PadV2', pad],
  ['RealDiv', divide],
  ['Relu', relu],
  ['Relu6', relu6],
  ['Reshape', reshape],
  ['Shape', shapeOf],
  ['Softmax', softmax],
  ['Squeeze', squeeze],
  ['StridedSlice', stridedSlice],
  ['Sub', subtract],
  ['_FusedConv2D', conv2d],
  ['_FusedMatMul', matmul],
]);
