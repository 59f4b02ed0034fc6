/**
 * What of a folder is snug's. A manifest lists the files that it was written with, and their hashes. Everything else is
 * somebody's work, and so is a file that was changed: a folder that holds any of it is not replaced.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isFirmwareOfFirstRelease, isOfFirstRelease } from './first-release.ts';

export const MANIFEST = 'manifest.json';

/** What the manifest of a folder of `compile` calls itself, and that of a folder of `build`. */
export const OUTPUT_FORMAT = 'snug-manifest';
export const FIRMWARE_FORMAT = 'snug-firmware';

/** Which kinds of folders snug writes. */
export type FolderFormat = typeof OUTPUT_FORMAT | typeof FIRMWARE_FORMAT;

/** Kept by this machine in an output folder; no part of the output, so that no manifest lists them. */
const LOCAL = ['.snug/.gitignore', '.snug/inputs.json'];

/** What file managers put into every folder that they show. */
const LITTER = ['.DS_Store', 'Thumbs.db', 'desktop.ini'];

/** What is not snug's in a folder. Folders end with `/`, and stand for all that is in them. */
export interface Foreign {
  /** Files and folders that were added. */
  readonly added: readonly string[];
  /** Files of the manifest with other bytes than they were written with. */
  readonly changed: readonly string[];
}

/** SHA-256 in hexadecimal digits, as manifests have it. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

interface Manifest {
  readonly format: FolderFormat;
  readonly name: string;
  /** Null for a folder of snug 0.1, which listed none. */
  readonly files: ReadonlyMap<string, string> | null;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The manifest of a folder; null where there is none of snug's. */
async function manifestOf(folder: string): Promise<Manifest | null> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
    if (!isRecord(value)) return null;
    const { format, name, files } = value;
    if (format !== OUTPUT_FORMAT && format !== FIRMWARE_FORMAT) return null;
    const listed = isRecord(files)
      ? new Map(Object.entries(files).map(([path, hash]) => [path, String(hash)] as const))
      : null;
    return { format, name: typeof name === 'string' ? name : '', files: listed };
  } catch {
    return null;
  }
}

/** The manifest of firmware; one that lists nothing for firmware of snug 0.1, which had none. */
async function firmwareOf(folder: string): Promise<Manifest | null> {
  const manifest = await manifestOf(folder);
  if (manifest !== null) return manifest.format === FIRMWARE_FORMAT ? manifest : null;
  const names = await readdir(folder);
  return isFirmwareOfFirstRelease(names)
    ? { format: FIRMWARE_FORMAT, name: '', files: new Map(await hashesOf(folder, names)) }
    : null;
}

/** As a manifest would have them, had it been written now. */
function hashesOf(folder: string, names: readonly string[]): Promise<readonly (readonly [string, string])[]> {
  return Promise.all(names.map(async name => [name, sha256(await readFile(join(folder, name)))] as const));
}

const same = async (a: string, b: string): Promise<boolean> =>
  (await realpath(a).catch(() => a)) === (await realpath(b).catch(() => b));

/** Whether CMake made a folder to build exactly this output in: its cache names both. */
async function isBuildTree(folder: string, output: string): Promise<boolean> {
  const cache = await readFile(join(folder, 'CMakeCache.txt'), 'utf8').catch(() => '');
  const entry = (name: string): string | undefined => new RegExp(`^${name}:INTERNAL=(.*)$`, 'm').exec(cache)?.[1];
  const [source, tree] = [entry('CMAKE_HOME_DIRECTORY'), entry('CMAKE_CACHEFILE_DIR')];
  return source !== undefined && tree !== undefined && (await same(source, output)) && (await same(tree, folder));
}

/** Of one folder of an output, and those below it. */
async function foreignIn(
  root: string,
  below: string,
  manifest: Manifest,
): Promise<Foreign & { readonly all: boolean }> {
  const added: string[] = [];
  const changed: string[] = [];
  let known = 0;
  const entries = await readdir(join(root, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${below}${entry.name}`;
    const full = join(root, path);
    if (entry.isDirectory()) {
      if (await isBuildTree(full, root)) continue;
      // `snug build` writes firmware into the output, with a manifest of its own.
      const firmware = path.startsWith('firmware/') ? await firmwareOf(full) : null;
      const inner =
        firmware !== null
          ? { ...(await foreignOf(full, firmware)), all: false }
          : await foreignIn(root, `${path}/`, manifest);
      if (inner.all) added.push(`${path}/`);
      else {
        known += 1;
        const prefix = firmware === null ? '' : `${path}/`;
        added.push(...inner.added.map(name => `${prefix}${name}`));
        changed.push(...inner.changed.map(name => `${prefix}${name}`));
      }
      continue;
    }
    if (LITTER.includes(entry.name)) continue;
    const hash = manifest.files?.get(path);
    const isOwn =
      path === MANIFEST ||
      LOCAL.includes(path) ||
      hash !== undefined ||
      (manifest.files === null && isOfFirstRelease(path, manifest.name));
    if (!isOwn) added.push(path);
    else {
      known += 1;
      // A link in the place of a file is a change, even to the same bytes.
      const same = entry.isFile() && (hash === undefined || sha256(await readFile(full)) === hash);
      if (!same) changed.push(path);
    }
  }
  return { added, changed, all: added.length > 0 && known === 0 };
}

async function foreignOf(folder: string, manifest: Manifest): Promise<Foreign> {
  const { added, changed } = await foreignIn(folder, '', manifest);
  return { added, changed };
}

/**
 * What is not snug's in an existing folder; null where it is no folder of this kind at all.
 * @param folder absolute
 */
export async function foreignFiles(folder: string, format: FolderFormat): Promise<Foreign | null> {
  const manifest = format === FIRMWARE_FORMAT ? await firmwareOf(folder) : await manifestOf(folder);
  return manifest?.format === format ? foreignOf(folder, manifest) : null;
}

/** Whether a folder is empty, or all of it is snug's. */
export async function isReplaceable(folder: string): Promise<boolean> {
  try {
    if ((await readdir(folder)).length === 0) return true;
    const foreign = (await foreignFiles(folder, OUTPUT_FORMAT)) ?? (await foreignFiles(folder, FIRMWARE_FORMAT));
    return foreign !== null && foreign.added.length === 0 && foreign.changed.length === 0;
  } catch {
    return false;
  }
}
