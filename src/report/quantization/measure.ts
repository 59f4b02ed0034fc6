/** One run of the float and of the int8 network side by side: the noise of every activation, and the outputs. */
import type { Graph } from '../../graph/graph.ts';
import { runFloat } from '../../interpreter/run-float.ts';
import { runInt8 } from '../../interpreter/run-int8.ts';
import { dequantizeArray } from '../../ir/quantization.ts';
import { mapShape } from '../../ir/shape.ts';
import { addNoise, argmax, decibels, type Noise, noiseOf } from '../../numerics/statistics.ts';
import { StatisticsCollector, type TensorStatistics } from '../../passes/statistics/statistics.ts';

/** An input in NHWC order: as the float network takes it, and quantized. */
export interface MeasuredInput {
  readonly real: Float32Array;
  readonly int8: Int8Array;
}

/** What was seen of both networks over all inputs. */
export interface Measurement {
  /** In dB by tensor id. */
  readonly sqnr: readonly number[];
  /** Of each input; those of the int8 network as real numbers. */
  readonly floatOutputs: readonly Float32Array[];
  readonly int8Outputs: readonly Float32Array[];
  /** Of the float activations by tensor id, with histograms. */
  readonly seen: readonly TensorStatistics[];
}

const HISTOGRAMS = { histograms: true, channels: false, moments: 'none' } as const;

/** @param float the network that `quantized` stands for, with the same tensors */
export function measure(
  float: Graph<'folded'>,
  quantized: Graph<'quantized'>,
  inputs: readonly MeasuredInput[],
): Measurement {
  const noises: Noise[] = float.tensors.map(() => ({ signal: 0, noise: 0 }));
  const collector = new StatisticsCollector(float, HISTOGRAMS);
  const floatOutputs: Float32Array[] = [];
  const int8Outputs: Float32Array[] = [];
  for (const { real, int8 } of inputs) {
    const expected = new Map<number, Float32Array>();
    const output = runFloat(float, real, (tensor, data) => {
      expected.set(tensor, data.slice());
      collector.observe(tensor, data);
    });
    floatOutputs.push(output);
    const result = runInt8(quantized, int8, (tensor, data) => {
      const actual = dequantizeArray(data, quantized.tensors[tensor]!.quantization);
      noises[tensor] = addNoise(noises[tensor]!, noiseOf(expected.get(tensor)!, actual));
    });
    int8Outputs.push(dequantizeArray(result, quantized.tensors[quantized.output]!.quantization));
  }
  return { sqnr: noises.map(decibels), floatOutputs, int8Outputs, seen: collector.result().tensors };
}

/** Decibels as reports have them: two decimals. */
export function rounded(sqnrDb: number): number {
  return Number.isFinite(sqnrDb) ? Math.round(sqnrDb * 100) / 100 : sqnrDb;
}

/** The outputs of all inputs together. */
export function outputFigures(
  { tensors, output }: Pick<Graph<'folded'>, 'tensors' | 'output'>,
  expected: readonly Float32Array[],
  actual: readonly Float32Array[],
): { readonly sqnrDb: number; readonly agreement: number | null } {
  const noise = expected.reduce((sum, data, i) => addNoise(sum, noiseOf(data, actual[i]!)), { signal: 0, noise: 0 });
  const { height, width } = mapShape(tensors[output]!.shape);
  const same = expected.filter((data, i) => argmax(data) === argmax(actual[i]!)).length;
  return { sqnrDb: rounded(decibels(noise)), agreement: height * width === 1 ? same : null };
}
