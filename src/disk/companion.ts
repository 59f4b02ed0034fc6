/**
 * Files that a model names beside itself. Their names come from a file that nobody vouches for, and a folder from others may
 * hold links: what is read lies in the folder of the model, is a regular file, and is no longer than the model says.
 */
import { constants, open, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { companionRefused, fileUnreadable } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { irregularity, MOST_FILE_BYTES, MOST_POINTER_BYTES, readStart, refusePointer } from './regular.ts';

/** What a model says of such a file. */
interface Stated {
  readonly name: string;
  /** Up to where the model uses it. */
  readonly bytes: number;
  /** Whether nothing may follow. */
  readonly whole: boolean;
}

/**
 * The real path of a companion, which must not leave the folder of the model. That is the folder of the path that was given,
 * and that of the file where it is a link: the caches of model hubs consist of links to files that lie side by side.
 */
async function realPathOf(model: string, name: string): Promise<string | null> {
  const found = await realpath(join(dirname(model), name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new SnugError(fileUnreadable({ path: name, reason: error.message }, { file: model }));
  });
  if (found === null) return null;
  const folders = [await realpath(dirname(model)), dirname(await realpath(model))];
  if (folders.some(folder => found.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`))) return found;
  const reason = `it is a link to ${found}, outside of the folder of the model`;
  throw new SnugError(companionRefused({ name, reason }, { file: model }));
}

/**
 * Reads what a model uses of a companion.
 * @param model path of the model
 * @returns undefined where there is none of this name
 * @throws SnugError `companionRefused`, `fileUnreadable` or `lfsPointer`
 */
export async function readCompanion(model: string, { name, bytes, whole }: Stated): Promise<Uint8Array | undefined> {
  const refuse = (reason: string): never => {
    throw new SnugError(companionRefused({ name, reason }, { file: model }));
  };
  const path = await realPathOf(model, name);
  if (path === null) return undefined;
  // A FIFO that nobody writes to would keep an ordinary opening waiting.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: Error) =>
    refuse(`it cannot be opened (${error.message})`),
  );
  try {
    const info = await handle.stat();
    const reason = irregularity(info);
    if (reason !== null) refuse(reason);
    const { size } = info;
    const start = await readStart(handle, Math.min(size, MOST_POINTER_BYTES));
    refusePointer(path, start);
    if (whole && size > bytes) refuse(`it has ${size} bytes, and the model has weights for ${bytes} at most`);
    const wanted = Math.min(size, bytes);
    if (wanted > MOST_FILE_BYTES) {
      refuse(`the model states ${bytes} bytes of it, it has ${size}, and snug reads ${MOST_FILE_BYTES} at most`);
    }
    return await readStart(handle, wanted);
  } catch (error) {
    if (error instanceof SnugError) throw error;
    return refuse(`it cannot be read (${(error as Error).message})`);
  } finally {
    await handle.close();
  }
}
