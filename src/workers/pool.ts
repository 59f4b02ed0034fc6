/**
 * Shares pictures out over worker threads in chunks, and gives the results back in the order of the pictures, so that the
 * number of workers changes no result.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type JobContext, TASKS, type TaskName, type Tasks } from './tasks.ts';
import type { WorkerReply } from './worker.ts';

type Result<Name extends TaskName> = Awaited<ReturnType<Tasks[Name]>>;

/** Called as work proceeds: pictures done so far, and pictures in all. */
export type OnProgress = (done: number, total: number) => void;

/** Pictures a task: enough that sending results back costs little, few enough that a progress bar moves. */
const CHUNK = 5;

/** Memory that one worker may need (statistics and activations) limits how many there are. */
const MAX_WORKERS = 8;

function chunksOf(paths: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(paths.length / CHUNK) }, (_, i) => paths.slice(i * CHUNK, (i + 1) * CHUNK));
}

/** Called with the result of each chunk, in the order of the pictures. */
type Take<Name extends TaskName> = (result: Result<Name>) => void;

async function runInPlace<Name extends TaskName>(
  task: Name,
  context: JobContext,
  paths: readonly string[],
  onProgress: OnProgress,
  take: Take<Name>,
): Promise<void> {
  for (const [i, chunk] of chunksOf(paths).entries()) {
    take((await TASKS[task](context, chunk)) as Result<Name>);
    onProgress(Math.min((i + 1) * CHUNK, paths.length), paths.length);
  }
}

/** Hands results on in order, and keeps only those that came before their turn. */
function inOrder<Name extends TaskName>(take: Take<Name>): (index: number, result: Result<Name>) => void {
  const early = new Map<number, Result<Name>>();
  let turn = 0;
  return (index, result) => {
    early.set(index, result);
    for (let next = early.get(turn); next !== undefined; next = early.get(turn)) {
      early.delete(turn);
      turn += 1;
      take(next);
    }
  };
}

/**
 * Runs a task over pictures and hands the result of each chunk to `take`, in order. Results are dropped as they are taken, for
 * the statistics of a chunk may be tens of megabytes.
 * @throws SnugError of the first picture that fails, however many workers there are
 */
export async function eachOfPictures<Name extends TaskName>(
  task: Name,
  context: JobContext,
  paths: readonly string[],
  onProgress: OnProgress,
  take: Take<Name>,
): Promise<void> {
  const workers = Math.min(availableParallelism(), MAX_WORKERS, Math.ceil(paths.length / CHUNK));
  const file = new URL('./worker.js', import.meta.url);
  // Uncompiled sources cannot be loaded by a worker thread; one worker gains nothing.
  if (workers < 2 || import.meta.url.endsWith('.ts')) return runInPlace(task, context, paths, onProgress, take);
  const pool = new Tinypool({
    filename: fileURLToPath(file),
    minThreads: workers,
    maxThreads: workers,
    workerData: context,
  });
  const chunks = chunksOf(paths);
  const errors = new Map<number, unknown>();
  const arrived = inOrder(take);
  let next = 0;
  let done = 0;
  // Chunks start in order and none starts after a failure, so the failure that comes first among the pictures is known.
  const lane = async (): Promise<void> => {
    while (next < chunks.length && errors.size === 0) {
      const index = next;
      next += 1;
      try {
        const reply = (await pool.run({ task, paths: chunks[index]! })) as WorkerReply;
        if ('diagnostics' in reply) throw new SnugError(...reply.diagnostics);
        arrived(index, reply.result as Result<Name>);
        done += chunks[index]!.length;
        onProgress(done, paths.length);
      } catch (error) {
        errors.set(index, error);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, lane));
    if (errors.size > 0) throw errors.get(Math.min(...errors.keys()));
  } finally {
    await pool.destroy();
  }
}

/** `eachOfPictures` with all results kept; one for each chunk, in order. */
export async function overPictures<Name extends TaskName>(
  task: Name,
  context: JobContext,
  paths: readonly string[],
  onProgress: OnProgress,
): Promise<readonly Result<Name>[]> {
  const results: Result<Name>[] = [];
  await eachOfPictures(task, context, paths, onProgress, result => results.push(result));
  return results;
}
