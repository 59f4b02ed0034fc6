/**
 * What the workers do with pictures: run the networks over a chunk of them. The functions are plain, so that they run in
 * a worker thread or in place.
 */
import type { Graph, Tensor } from '../graph/graph.ts';
import { runFloat } from '../interpreter/run-float.ts';
import { runInt8 } from '../interpreter/run-int8.ts';
import { type Statistics, StatisticsCollector, type StatisticsNeeds } from '../passes/statistics/statistics.ts';
import type { InputSize } from '../pictures/decode.ts';
import type { Preprocess } from '../pictures/preprocess.ts';
import { inputCoding, int8Of, loadSample, realOf } from '../pictures/samples.ts';

/** What every chunk of one job shares; sent to each worker once. */
export interface JobContext {
  readonly size: InputSize;
  readonly preprocess: Preprocess;
  readonly float: Graph<'folded'> | null;
  readonly quantized: Graph<'quantized'> | null;
  /** What `gatherChunk` measures; null for other jobs. */
  readonly needs: StatisticsNeeds | null;
  /** Whether the int8 interpreter runs; without it a job over a quantized network only quantizes the inputs. */
  readonly runInt8: boolean;
}

/** Outputs of one picture, where the job has the network for them. */
export interface PictureOutputs {
  /** One value for each output of the network, as in `int8`. */
  readonly float: Float32Array | null;
  readonly int8: Int8Array | null;
  /** The quantized input, which the compiled program is given too. */
  readonly input: Int8Array | null;
}

/** Statistics of every activation over a chunk of pictures. */
export async function gatherChunk(
  { float, size, preprocess, needs }: JobContext,
  paths: readonly string[],
): Promise<Statistics> {
  const collector = new StatisticsCollector(float!, needs!);
  for (const path of paths) {
    const real = realOf(await loadSample(path, size, preprocess), preprocess, size.channels);
    runFloat(float!, real, (tensor, data) => collector.observe(tensor, data));
  }
  return collector.result();
}

/** Outputs of the float network and of the int8 interpreter for a chunk of pictures. */
export async function evaluateChunk(
  { float, quantized, size, preprocess, runInt8: runsInt8 }: JobContext,
  paths: readonly string[],
): Promise<readonly PictureOutputs[]> {
  const results: PictureOutputs[] = [];
  const quantization =
    quantized === null ? null : (quantized.tensors[quantized.input] as Tensor<'quantized'>).quantization;
  const coding = quantization === null ? null : inputCoding(preprocess, size.channels, quantization);
  for (const path of paths) {
    const sample = await loadSample(path, size, preprocess);
    const input = coding === null ? null : int8Of(sample, coding);
    results.push({
      float: float === null ? null : runFloat(float, realOf(sample, preprocess, size.channels)),
      int8: quantized === null || !runsInt8 ? null : runInt8(quantized, input!),
      input,
    });
  }
  return results;
}

/** The tasks by the name under which they are sent to a worker. */
export interface Tasks {
  gatherChunk: typeof gatherChunk;
  evaluateChunk: typeof evaluateChunk;
}

/** A key of `Tasks`. */
export type TaskName = keyof Tasks;

/** For the worker, and for running in place. */
export const TASKS: Tasks = { gatherChunk, evaluateChunk };
