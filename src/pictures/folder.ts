/**
 * Which files of a folder are samples, and which class each one shows. Two layouts are in use: one subfolder a class, and
 * the class's number at the beginning of each file name.
 */
import { readdirSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileMissing, fileUnreadable, folderEmpty, labelsMissing } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';

const PICTURES = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif'];
const ARRAYS = ['.f32', '.npy'];

/** True for the file names that hold an array instead of a picture. */
export function isRawArray(path: string): boolean {
  return ARRAYS.includes(extname(path).toLowerCase());
}

/** Order of UTF-16 code units: the same on every machine, whatever its locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names that begin with a dot are other programs' (`._x.jpg` of macOS is no picture). */
function isVisible(name: string): boolean {
  return !name.startsWith('.');
}

interface Entries {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** The visible names in a folder, sorted; links count as what they lead to, since data sets are often linked. */
function entriesOf(folder: string): Entries {
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!isVisible(entry.name)) continue;
    const target = entry.isSymbolicLink() ? statSync(join(folder, entry.name), { throwIfNoEntry: false }) : entry;
    if (target?.isDirectory() === true) folders.push(entry.name);
    else if (target?.isFile() === true) files.push(entry.name);
  }
  return { folders: folders.sort(compareText), files: files.sort(compareText) };
}

function unreadableFolder(folder: string, { code, message }: NodeJS.ErrnoException): SnugError {
  if (code === 'ENOENT') return new SnugError(fileMissing({ path: folder, what: 'folder' }, { file: folder }));
  const reason = code === 'ENOTDIR' ? 'it is not a folder' : message;
  return new SnugError(fileUnreadable({ path: folder, reason }, { file: folder }));
}

/**
 * The pictures and raw arrays of a folder and of its subfolders, one level deep, in the order of their paths.
 * @returns paths that begin with `folder`
 * @throws SnugError fileMissing or fileUnreadable for the folder, folderEmpty where nothing in it is a sample
 */
export async function listPictures(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    const { folders, files } = entriesOf(folder);
    found.push(...files);
    for (const inner of folders) {
      for (const name of entriesOf(join(folder, inner)).files) found.push(`${inner}/${name}`);
    }
  } catch (error) {
    throw unreadableFolder(folder, error as NodeJS.ErrnoException);
  }
  const samples = found.filter(name => [...PICTURES, ...ARRAYS].includes(extname(name).toLowerCase()));
  if (samples.length === 0) {
    const expected = 'pictures (jpg, png, webp, gif, tiff, avif) or arrays (npy, f32)';
    throw new SnugError(folderEmpty({ path: folder, expected }, { file: folder }));
  }
  return samples.sort(compareText).map(path => join(folder, path));
}

/** A sample and the number of what it shows, as the data set counts. */
export interface LabelledPath {
  readonly path: string;
  readonly label: number;
}

/**
 * The label of each path. A subfolder whose name is a number is that label; subfolders that are all names count from 0 in
 * sorted order; else the digits before the first `_` of the file's name. A lone named subfolder is no set of classes, so
 * its files' names count.
 * @param paths of `listPictures(folder)`, or some of them
 * @throws SnugError labelsMissing, naming the first path without a label
 */
export function labelled(paths: readonly string[], folder: string): readonly LabelledPath[] {
  const isNumber = (name: string): boolean => /^\d+$/.test(name);
  // Read from the disk, not from the paths: a class whose pictures were not picked must not shift the others.
  const { folders } = entriesOf(folder);
  const areNames = folders.length > 1 && !folders.some(isNumber);
  const labelOf = (path: string): number | null => {
    const parts = relative(folder, path).split(sep);
    const file = parts.at(-1) ?? '';
    const parent = parts.length > 1 ? parts[0]! : null;
    if (parent !== null && isNumber(parent)) return Number(parent);
    if (parent !== null && areNames) return folders.indexOf(parent);
    const digits = /^(\d+)_/.exec(file)?.[1];
    // Among numbered folders a named one has no place, whatever its files are called.
    return digits === undefined || (parent !== null && folders.length > 1) ? null : Number(digits);
  };
  return paths.map(path => {
    const label = labelOf(path);
    if (label === null) throw new SnugError(labelsMissing({ path: folder, example: path }, { file: path }));
    return { path, label };
  });
}
