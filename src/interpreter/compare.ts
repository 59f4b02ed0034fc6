/** Comparisons between executions of one network: the first differing tensor, and the noise of each layer. */
import type { Graph, Tensor } from '../graph/graph.ts';
import { dequantizeArray } from '../ir/quantization.ts';
import { addNoise, decibels, type Noise, noiseOf } from '../numerics/statistics.ts';
import { runFloat } from './run-float.ts';
import { runInt8 } from './run-int8.ts';

/** The first place where two executions part; layers are in execution order. */
export interface Difference {
  readonly layer: string;
  /** Index of the first differing element. */
  readonly offset: number;
  readonly expected: number;
  /** NaN where the actual data ends before this element. */
  readonly actual: number;
}

/** Over all layers; `first` is null where nothing differs. */
export interface ByteComparison {
  readonly differingBytes: number;
  readonly first: Difference | null;
}

/**
 * Compares activations in execution order.
 * @param layers expected and actual bytes of each layer; a layer of another length differs in every byte
 */
export function compareBytes(
  layers: Iterable<{ readonly layer: string; readonly expected: Int8Array; readonly actual: Int8Array }>,
): ByteComparison {
  let differingBytes = 0;
  let first: Difference | null = null;
  for (const { layer, expected, actual } of layers) {
    const comparable = expected.length === actual.length;
    for (let i = 0; i < Math.max(expected.length, actual.length); i += 1) {
      if (comparable && expected[i] === actual[i]) continue;
      differingBytes += 1;
      first ??= { layer, offset: i, expected: expected[i] ?? Number.NaN, actual: actual[i] ?? Number.NaN };
    }
  }
  return { differingBytes, first };
}

/** Signal-to-quantization-noise ratio in dB of each tensor by id, over all inputs together. */
export function layerSqnr(
  float: Graph<'folded'> | Graph<'calibrated'>,
  quantized: Graph<'quantized'>,
  inputs: readonly { readonly real: Float32Array; readonly int8: Int8Array }[],
): readonly number[] {
  const noises: Noise[] = float.tensors.map(() => ({ signal: 0, noise: 0 }));
  for (const { real, int8 } of inputs) {
    const expected = new Map<number, Float32Array>();
    runFloat(float as Graph<'folded'>, real, (tensor, data) => expected.set(tensor, data));
    runInt8(quantized, int8, (tensor, data) => {
      const { quantization } = quantized.tensors[tensor] as Tensor<'quantized'>;
      noises[tensor] = addNoise(noises[tensor]!, noiseOf(expected.get(tensor)!, dequantizeArray(data, quantization)));
    });
  }
  return noises.map(decibels);
}
