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

export type OnProgress = (done: number, total: number) => void;

/** Pictures a task: enough that sending results back costs little, few enough that a progress bar moves. */
const CHUNK = 5;

/** Memory that one worker may need (statistics and activations) limits how many there are. */
const MAX_WORKERS = 8;

function chunksOf(paths: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(paths.length / CHUNK) }, (_, i) => paths.slice(i * CHUNK, (i + 1) * CHUNK));
}

async function runInPlace<Name extends TaskName>(
  task: Name,
  context: JobContext,
  paths: readonly string[],
  onProgress: OnProgress,
): Promise<Result<Name>[]> {
  const results: Result<Name>[] = [];
  for (const [i, chunk] of chunksOf(paths).entries()) {
    results.push((await TASKS[task](context, chunk)) as Result<Name>);
    onProgress(Math.min((i + 1) * CHUNK, paths.length), paths.length);
  }
  return results;
}

/** Runs a task over pictures; one result for each chunk, in order. */
export async function overPictures<Name extends TaskName>(
  task: Name,
  context: JobContext,
  paths: readonly string[],
  onProgress: OnProgress,
): Promise<readonly Result<Name>[]> {
  const workers = Math.min(availableParallelism(), MAX_WORKERS, Math.ceil(paths.length / CHUNK));
  const file = new URL('./worker.js', import.meta.url);
  // Uncompiled sources cannot be loaded by a worker thread; one worker gains nothing.
  if (workers < 2 || import.meta.url.endsWith('.ts')) return runInPlace(task, context, paths, onProgress);
  const pool = new Tinypool({
    filename: fileURLToPath(file),
    minThreads: workers,
    maxThreads: workers,
    workerData: context,
  });
  let done = 0;
  try {
    return await Promise.all(
      chunksOf(paths).map(async chunk => {
        const reply = (await pool.run({ task, paths: chunk })) as WorkerReply;
        if ('diagnostics' in reply) throw new SnugError(...reply.diagnostics);
        done += chunk.length;
        onProgress(done, paths.length);
        return reply.result as Result<Name>;
      }),
    );
  } finally {
    await pool.destroy();
  }
}
