/**
 * Writing the folders that snug makes, in one place for all commands: whole or not at all, through links, and never at the
 * cost of a file that snug did not write.
 */
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { outputNotOurs } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { FIRMWARE_FORMAT, type FolderFormat, foreignFiles, isReplaceable, OUTPUT_FORMAT } from './owned.ts';
import { besides, placeOf, recover } from './place.ts';
import { checkPlace, makeFolder, notWritable } from './writable.ts';

/** Names that one message lists. */
const NAMED = 5;

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}

/** Refuses to replace what is not snug's; `path` is what the user calls the place. */
async function requireOurs(path: string, place: string, format: FolderFormat): Promise<void> {
  const info = await stat(place).catch(() => null);
  if (info === null) return;
  const refuse = (problem: string): never => {
    throw new SnugError(outputNotOurs({ path, problem }, { file: path }));
  };
  if (!info.isDirectory()) return refuse('is a file');
  if ((await readdir(place)).length === 0) return;
  const foreign = await foreignFiles(place, format);
  if (foreign === null) {
    const command = format === FIRMWARE_FORMAT ? 'snug build' : 'snug';
    return refuse(`exists and was not written by ${command} (it has no manifest.json of that)`);
  }
  const { added, changed } = foreign;
  const problems = [
    ...(added.length > 0 ? [`holds what snug did not write: ${listed(added)}`] : []),
    ...(changed.length > 0 ? [`was changed since snug wrote it: ${listed(changed)}`] : []),
  ];
  if (problems.length > 0) refuse(problems.join('; it '));
}

/**
 * Puts back and removes what killed runs left beside an output folder, which is then read or written.
 * @returns where the folder lies
 */
export async function recovered(path: string): Promise<string> {
  const place = await placeOf(path);
  await recover(place, isReplaceable);
  return place;
}

/**
 * Refuses, before any work is done, a folder that could not be written or holds what is not snug's.
 * @throws SnugError `outputNotOurs` or `outputNotWritable`
 */
export async function checkOutputFolder(path: string, format: FolderFormat = OUTPUT_FORMAT): Promise<void> {
  const place = await recovered(path);
  await requireOurs(path, place, format);
  await checkPlace(path, place);
}

/** Waits until a file or folder is on the disk; folders of some systems cannot be opened, and need not be. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** All files and the folders that hold them, on the disk when it returns: a rename must not be older than what it names. */
async function writeFiles(folder: string, files: ReadonlyMap<string, string | Uint8Array>): Promise<void> {
  const folders = new Set<string>();
  for (const [name, content] of files) {
    const path = join(folder, name);
    await makeFolder(dirname(path));
    await writeSynced(path, content);
    for (let above = dirname(path); above.length >= folder.length; above = dirname(above)) folders.add(above);
  }
  for (const path of folders) await syncFolder(path);
}

/** What cannot be removed is tried again by the next run. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

/**
 * Writes a folder beside its place and moves it there, replacing an earlier one; nothing half-written is ever seen.
 * @param files by path with `/`; a manifest among them lists the others, so that the folder can be replaced
 * @throws SnugError `outputNotOurs` where something would be lost, `outputNotWritable`
 */
export async function writeOutputFolder(
  path: string,
  files: ReadonlyMap<string, string | Uint8Array>,
  format: FolderFormat = OUTPUT_FORMAT,
): Promise<void> {
  const place = await recovered(path);
  const { fresh, stale, gone } = besides(place);
  let replaced = false;
  try {
    await writeFiles(fresh, files);
    // Again, for the work before took its time.
    await requireOurs(path, place, format);
    replaced = await rename(place, stale).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        return false;
      },
    );
    await rename(fresh, place);
    await syncFolder(dirname(place));
  } catch (error) {
    // Where it cannot be put back it stays beside its place, for the next run.
    if (replaced) await rename(stale, place).catch(() => undefined);
    await remove(fresh);
    throw error instanceof SnugError ? error : notWritable(path, error);
  }
  if (!replaced) return;
  // Under another name first: a folder that is half removed must not be taken for one to put back.
  await rename(stale, gone).catch(() => undefined);
  await remove(gone);
}
