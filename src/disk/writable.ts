/** Places for output: whether they can be written, folders that are missing, and single files that a flag names. */
import { access, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { outputNotWritable } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';

/** The diagnostic of a write that the operating system refused; its code decides what is advised. */
export function notWritable(path: string, error: unknown): SnugError {
  const { message, code } = error as NodeJS.ErrnoException;
  return new SnugError(outputNotWritable({ path, reason: message, code }, { file: path }));
}

/**
 * Refuses a folder that could not be made. What must be writable is the nearest parent that exists: an output is made beside
 * its place and moved there.
 * @param place where `path` leads, where it is a link
 * @throws SnugError `outputNotWritable`
 */
export async function checkPlace(path: string, place: string = path): Promise<void> {
  let parent = dirname(resolve(place));
  while ((await stat(parent).catch(() => null)) === null && dirname(parent) !== parent) parent = dirname(parent);
  const parentInfo = await stat(parent);
  const reason = `${parent} is not a folder that may be written`;
  if (!parentInfo.isDirectory()) throw new SnugError(outputNotWritable({ path, reason }, { file: path }));
  await access(parent, 2).catch(({ code }: NodeJS.ErrnoException) => {
    throw new SnugError(outputNotWritable({ path, reason, code }, { file: path }));
  });
}

/**
 * Makes a folder and those above it that are missing. Node's own recursion never ends where the file system answers that an
 * existing parent does not exist, as /proc does.
 */
export async function makeFolder(path: string): Promise<void> {
  const make = async (): Promise<NodeJS.ErrnoException | null> =>
    mkdir(path).then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    );
  let error = await make();
  if (error?.code === 'ENOENT' && dirname(path) !== path) {
    await makeFolder(dirname(path));
    error = await make();
  }
  if (error !== null && !(error.code === 'EEXIST' && (await stat(path)).isDirectory())) throw error;
}

/**
 * Writes one file that a flag names.
 * @throws SnugError `outputNotWritable`
 */
export async function writeOutputFile(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: Error) => {
    throw notWritable(path, error);
  });
}
