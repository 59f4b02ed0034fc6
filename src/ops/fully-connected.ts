/**
 * fullyConnected: every output is a weighted sum of all inputs, weights [out, in], with a fused activation.
 *
 *   acc[o] = bias[o] + Σ_i (in[i] − zp_in) · w[o, i]   (int32);   out[o] = clamp(requantize(acc, M[o]) + zp_out, activation)
 *
 * It lowers to `pointwise_s8` over a map of 1 × 1, which is the same sum. Where that calls `arm_convolve_1x1_s8_fast`, it
 * takes one scale per output channel in every release of CMSIS-NN since 4.1 and needs no kernel sums on MVE, which the
 * library's own fully connected functions do not offer together.
 */
import { z } from 'zod';
import type { RealClamp } from '../ir/quantization.ts';
import { elementsOf } from '../ir/shape.ts';
import { macs } from '../ir/units.ts';
import { clamp } from '../numerics/fixed-point.ts';
import { matmulFloat, matmulInt8 } from '../numerics/matmul.ts';
import { conv2d } from './conv2d.ts';
import {
  type ConvolutionParameters,
  proveConvolution,
  type QuantizedConvolution,
  quantizeConvolution,
  quantizedConvolution,
  requantizeTo,
} from './convolution-quantization.ts';
import type { Operator, TensorInfo } from './operator.ts';
import { activation as activationSchema, count } from './schemas.ts';

/** Weights are [outputs, inputs]; the input is read flat, whatever its shape. */
export interface FullyConnected {
  readonly attributes: { readonly outputs: number; readonly activation: RealClamp | null };
  readonly float: ConvolutionParameters & Record<string, Float32Array>;
  readonly quantized: QuantizedConvolution;
}

const asMap = ({ shape, quantization }: TensorInfo): TensorInfo => ({
  shape: [1, 1, 1, elementsOf(shape)],
  quantization,
});

export const fullyConnected: Operator<FullyConnected> = {
  inputs: 1,
  inPlace: false,
  outputRange: 'calibrated',
  schema: {
    attributes: z.strictObject({ outputs: count, activation: activationSchema }),
    parameters: quantizedConvolution,
  },
  prove: call =>
    proveConvolution(
      call,
      fullyConnected.parameterShapes(
        call.attributes,
        call.inputs.map(({ shape }) => shape),
      ),
      'first',
    ),
  outputShape: ({ outputs }) => [1, outputs],
  parameterShapes: ({ outputs }, [input = []]) => ({ weights: [outputs, elementsOf(input)], bias: [outputs] }),
  macs: ({ outputs }, [input = []]) => macs(outputs * elementsOf(input)),

  runFloat({ attributes: { outputs, activation }, parameters: { weights, bias }, inputs: [input], output }) {
    const { min, max } = activation ?? { min: -Infinity, max: Infinity };
    matmulFloat(input!.data, weights, bias, output.data, { rows: 1, columns: outputs, depth: input!.data.length });
    for (let o = 0; o < outputs; o += 1) output.data[o] = clamp(output.data[o]!, min, max);
  },

  quantize: call => quantizeConvolution(call, 'first', call.attributes.activation),

  runInt8({ attributes: { outputs }, parameters, inputs: [input], output }) {
    const sums = new Int32Array(outputs);
    const size = { rows: 1, columns: outputs, depth: input!.data.length };
    matmulInt8(input!.data, -input!.quantization.zeroPoint, parameters.weights, parameters.bias, sums, size);
    for (let o = 0; o < outputs; o += 1)
      output.data[o] = requantizeTo(sums[o]!, o, parameters, output.quantization.zeroPoint);
  },

  lower({ attributes: { outputs, activation }, parameters, inputs: [input], output }) {
    return conv2d.lower({
      attributes: { kernel: [1, 1], stride: [1, 1], padding: 'valid', groups: 1, outputChannels: outputs, activation },
      parameters,
      inputs: [asMap(input!)],
      output: asMap(output),
    });
  },
};
