/** Runs every way of computing over pictures, a part of them at a time: their inputs would not all fit into memory. */
import type { Graph, Tensor } from '../../graph/graph.ts';
import { mapShape } from '../../ir/shape.ts';
import { largest } from '../../numerics/statistics.ts';
import { DEFAULT_PREPROCESS } from '../../pictures/preprocess.ts';
import type { Engine, PerEngine, PictureResult } from '../../report/evaluation.ts';
import type { Runner } from '../../toolchain/host-program.ts';
import type { OutputFolder } from '../../toolchain/output-folder.ts';
import { type OnProgress, overPictures } from '../../workers/pool.ts';
import type { PictureOutputs } from '../../workers/tasks.ts';
import type { EvalPicture } from './pictures.ts';

/** What runs. */
export interface Runs {
  readonly output: OutputFolder;
  readonly float: Graph<'folded'> | null;
  /** Whether the int8 interpreter runs. */
  readonly int8: boolean;
  /** The C on this host; null where it does not run. */
  readonly host: Runner | null;
  /** The C in QEMU. */
  readonly target: Runner | null;
}

/** Bytes of inputs that are held at a time. */
const INPUT_BYTES = 64 * 1024 * 1024;
/** QEMU takes seconds for a picture: a person who waits sees that it goes on. */
const PICTURES_IN_QEMU = 10;
const BEST = 5;

/** The ways of computing that take part. */
export function enginesOf({
  float,
  int8,
  host,
  target,
}: Pick<Runs, 'float' | 'int8' | 'host' | 'target'>): readonly Engine[] {
  return [
    ...(float === null ? [] : ['float' as const]),
    ...(int8 ? ['int8' as const] : []),
    ...(host === null ? [] : ['c' as const]),
    ...(target === null ? [] : ['target' as const]),
  ];
}

function resultOf(
  { name, label, class: right }: EvalPicture,
  { float, int8 }: PictureOutputs,
  c: Int8Array | null,
  target: Int8Array | null,
): PictureResult {
  const of = <T>(value: (outputs: ArrayLike<number>) => T): PerEngine<T> => {
    const each = (outputs: ArrayLike<number> | null): T | null => (outputs === null ? null : value(outputs));
    return { float: each(float), int8: each(int8), c: each(c), target: each(target) };
  };
  const differ = (a: Int8Array | null, b: Int8Array | null): boolean | null =>
    a === null || b === null ? null : a.length !== b.length || a.some((value, i) => value !== b[i]);
  return {
    ...{ path: name, label, class: right },
    top5: of(outputs => largest(outputs, BEST)),
    correct: of(outputs => largest(outputs, 1)[0] === right),
    differs: { c: differ(int8, c), target: differ(c, target) },
  };
}

/**
 * Results in the order of the pictures.
 * @throws SnugError of the first picture that cannot be read, or `programFailed`
 */
export async function runPictures(
  runs: Runs,
  pictures: readonly EvalPicture[],
  onProgress: OnProgress,
): Promise<readonly PictureResult[]> {
  const { output, float, int8, host, target } = runs;
  const { graph, manifest } = output;
  const { height, width, channels } = mapShape((graph.tensors[graph.input] as Tensor<'quantized'>).shape);
  const context = {
    size: { height, width, channels },
    preprocess: manifest.provenance.preprocess ?? DEFAULT_PREPROCESS,
    float,
    quantized: graph,
    needs: null,
    runInt8: int8,
  };
  const atOnce =
    target === null ? Math.max(1, Math.floor(INPUT_BYTES / (height * width * channels))) : PICTURES_IN_QEMU;
  const results: PictureResult[] = [];
  for (let start = 0; start < pictures.length; start += atOnce) {
    const part = pictures.slice(start, start + atOnce);
    const paths = part.map(({ path }) => path);
    const chunks = await overPictures('evaluateChunk', context, paths, done =>
      onProgress(start + done, pictures.length),
    );
    const outputs = chunks.flat();
    const inputs = outputs.map(({ input }) => input!);
    const onHost = host === null ? null : await host.outputs(inputs);
    const onTarget = target === null ? null : await target.outputs(inputs);
    for (const [i, picture] of part.entries()) {
      results.push(resultOf(picture, outputs[i]!, onHost?.[i] ?? null, onTarget?.[i] ?? null));
    }
  }
  return results;
}
