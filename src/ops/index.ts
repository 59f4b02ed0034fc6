/** The registry of operators: one line each. A missing line is a type error. */
import { type Add, add } from './add.ts';
import { type AveragePool, averagePool } from './average-pool.ts';
import { type BatchNorm, batchNorm } from './batch-norm.ts';
import { type Clamp, clamp } from './clamp.ts';
import { type Conv2d, conv2d } from './conv2d.ts';
import { type DepthwiseConv2d, depthwiseConv2d } from './depthwise-conv2d.ts';
import { type FullyConnected, fullyConnected } from './fully-connected.ts';
import { type Mean, mean } from './mean.ts';
import type { FloatOperator, Operator } from './operator.ts';
import { type Pad, pad } from './pad.ts';
import { type Reshape, reshape } from './reshape.ts';
import { type Softmax, softmax } from './softmax.ts';

/** Each operator's attributes and parameters, by kind. */
export interface OpTypes {
  add: Add;
  averagePool: AveragePool;
  batchNorm: BatchNorm;
  clamp: Clamp;
  conv2d: Conv2d;
  depthwiseConv2d: DepthwiseConv2d;
  fullyConnected: FullyConnected;
  mean: Mean;
  pad: Pad;
  reshape: Reshape;
  softmax: Softmax;
}

/** All operators that a frontend may use. */
export type OpKind = keyof OpTypes;
/** The operators that exist after BatchNorm folding. */
export type FoldedKind = Exclude<OpKind, 'batchNorm'>;

const foldedOperators: { readonly [K in FoldedKind]: Operator<OpTypes[K]> } = {
  add,
  averagePool,
  clamp,
  conv2d,
  depthwiseConv2d,
  fullyConnected,
  mean,
  pad,
  reshape,
  softmax,
};

/** Every kind that a quantized graph may hold. */
export const foldedKinds: readonly FoldedKind[] = Object.keys(foldedOperators) as FoldedKind[];

const floatOperators: { readonly [K in OpKind]: FloatOperator<OpTypes[K]> } = { ...foldedOperators, batchNorm };

/** Shapes, work and float reference of a kind: all that holds at every stage. */
export function floatOperator<K extends OpKind>(kind: K): FloatOperator<OpTypes[K]> {
  return floatOperators[kind];
}

/** The whole operator, quantization and lowering included. */
export function foldedOperator<K extends FoldedKind>(kind: K): Operator<OpTypes[K]> {
  return foldedOperators[kind];
}
