/** Entry of a worker thread: a task by name over a chunk of pictures, with the context that the pool was started with. */
import { workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { type Diagnostic, SnugError } from '../diagnostics/diagnostic.ts';
import { type JobContext, TASKS, type TaskName } from './tasks.ts';

// One picture is decoded at a time in each worker; libvips needs no threads of its own.
sharp.concurrency(1);

/** An error loses its own fields on the way between threads, so diagnostics travel as a result. */
export type WorkerReply = { readonly result: unknown } | { readonly diagnostics: readonly Diagnostic[] };

/** Diagnostics come back as a reply; any other error is thrown. */
export default async function runTask(request: {
  readonly task: TaskName;
  readonly paths: readonly string[];
}): Promise<WorkerReply> {
  // Tinypool puts data of its own in front of the user's.
  const context = (workerData as readonly unknown[]).at(-1) as JobContext;
  try {
    return { result: await TASKS[request.task](context, request.paths) };
  } catch (error) {
    if (error instanceof SnugError) return { diagnostics: error.diagnostics };
    throw error;
  }
}
