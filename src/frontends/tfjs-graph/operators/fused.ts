/**
 * `fused_ops` of _FusedConv2D, FusedDepthwiseConv2dNative and _FusedMatMul: a bias, which is input 2, and an activation
 * behind it. The operators without the attribute have neither.
 */
import type { RealClamp } from '../../../ir/quantization.ts';
import type { OperatorCall } from '../call.ts';

const activations: ReadonlyMap<string, RealClamp> = new Map([
  ['Relu', { min: 0, max: Infinity }],
  ['Relu6', { min: 0, max: 6 }],
]);

/** What a layer does behind its products; the bias is a copy, to which constants are added later, and zeros without one. */
export interface Epilogue {
  readonly bias: Float32Array;
  readonly activation: RealClamp | null;
  /** The bias where a constant added to the output may be added to it instead. */
  readonly openBias: Float32Array | null;
}

/** Refuses fused operators other than BiasAdd, Relu and Relu6, and others than that order. */
export function epilogueOf(call: OperatorCall, channels: number): Epilogue {
  const fused = call.attributes.strings('fused_ops');
  const bias = call.allocate(channels);
  const hasBias = fused[0] === 'BiasAdd';
  if (hasBias) bias.set(call.channelConstant(2, 'bias', channels));
  const [name, ...others] = fused.slice(hasBias ? 1 : 0);
  const activation = name === undefined ? null : activations.get(name);
  if (activation === undefined || others.length > 0) {
    return call.refuse(
      `it is fused with ${fused.slice(0, 8).join(', ')}, and only BiasAdd, Relu and Relu6 are supported`,
    );
  }
  return { bias, activation, openBias: activation === null ? bias : null };
}
