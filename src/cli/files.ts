/** Reading input files and writing output folders: an output appears whole or not at all. */
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TemplateFiles } from '../codegen/templates.ts';
import { fileMissing, fileUnreadable, outputNotOurs, outputNotWritable } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { SourceFile } from '../report/provenance.ts';

/** The installed package's own folder: this file lies two folders below it, compiled or not. */
export const PACKAGE_FOLDER: string = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Reads a file that the user named; `what` says in errors what it should have been.
 * @throws SnugError `fileMissing` or `fileUnreadable`
 */
export async function readInput(path: string, what: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const diagnostic =
      code === 'ENOENT'
        ? fileMissing({ path, what })
        : fileUnreadable({ path, reason: code === 'EISDIR' ? 'it is a folder' : message });
    throw new SnugError({ ...diagnostic, origin: { file: path } });
  }
}

/** What manifests say of a file: its name without folders, and the SHA-256 of its bytes. */
export function sourceFile(path: string, data: Uint8Array): SourceFile {
  return { file: basename(path), sha256: createHash('sha256').update(data).digest('hex') };
}

/** Everything under `templates/` of the installed package. */
export async function readTemplates(): Promise<TemplateFiles> {
  const root = join(PACKAGE_FOLDER, 'templates');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8')));
  return new Map(files.map((file, i) => [relative(root, file).split(sep).join('/'), texts[i]!]));
}

/** The version in the installed `package.json`. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(join(PACKAGE_FOLDER, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Refuses, before any work is done, a folder that could not be written or is not snug's to replace. */
export async function checkOutputFolder(path: string): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (info !== null) {
    const entries = info.isDirectory() ? await readdir(path) : ['a file'];
    const ours =
      entries.length === 0 ||
      (await readFile(join(path, 'manifest.json'), 'utf8').catch(() => '')).includes('"snug-manifest"');
    if (!ours) throw new SnugError(outputNotOurs({ path }, { file: path }));
  }
  await checkPlace(path);
}

/**
 * Refuses a folder that could not be made. What must be writable is the nearest parent that exists: an output is made beside
 * its place and moved there.
 * @throws SnugError `outputNotWritable`
 */
export async function checkPlace(path: string): Promise<void> {
  let parent = dirname(resolve(path));
  while ((await stat(parent).catch(() => null)) === null && dirname(parent) !== parent) parent = dirname(parent);
  const parentInfo = await stat(parent);
  const writable = await access(parent, 2).then(
    () => parentInfo.isDirectory(),
    () => false,
  );
  if (!writable)
    throw new SnugError(
      outputNotWritable({ path, reason: `${parent} is not a folder that may be written` }, { file: path }),
    );
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
    throw new SnugError(outputNotWritable({ path, reason: error.message }, { file: path }));
  });
}

/** Writes a folder beside its place and moves it there, replacing an earlier one; nothing half-written is ever seen. */
export async function writeOutputFolder(path: string, files: ReadonlyMap<string, string | Uint8Array>): Promise<void> {
  const target = resolve(path);
  const token = randomUUID().slice(0, 8);
  const fresh = join(dirname(target), `.${basename(target)}.${token}.new`);
  const stale = join(dirname(target), `.${basename(target)}.${token}.old`);
  let replaced = false;
  try {
    for (const [name, content] of files) {
      const file = join(fresh, name);
      await makeFolder(dirname(file));
      await writeFile(file, content);
    }
    replaced = await rename(target, stale).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        return false;
      },
    );
    await rename(fresh, target);
  } catch (error) {
    if (replaced) await rename(stale, target).catch(() => undefined);
    throw new SnugError(outputNotWritable({ path, reason: (error as Error).message }, { file: path }));
  } finally {
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
    await rm(stale, { recursive: true, force: true }).catch(() => undefined);
  }
}
