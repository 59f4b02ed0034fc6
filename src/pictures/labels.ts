/**
 * Labels that come in a file of their own: rows of path and label (CSV), or a label a line for the pictures in the order of
 * their paths. A label is a number, or a name out of a list of class names.
 */
import { statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { badUsage, fileMissing, labelFileInvalid } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { parseCsv } from './csv.ts';
import type { LabelledPath } from './folder.ts';

/** A file that was read, with the path that errors name. */
export interface LabelFile {
  readonly path: string;
  readonly data: Uint8Array;
}

/** Names of classes in the order of their numbers; the first is 0. */
export interface ClassNames {
  readonly path: string;
  readonly names: readonly string[];
}

function refuse({ path }: { readonly path: string }, problem: string, line?: number): never {
  throw new SnugError(labelFileInvalid({ path, problem }, { file: path, ...(line === undefined ? {} : { line }) }));
}

/** The file's text without a byte-order mark; it must be UTF-8. */
function textOf(file: LabelFile): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file.data);
  } catch {
    return refuse(file, 'it is not text in UTF-8');
  }
}

/** Lines without the space around them; what is empty at the end is no line. */
function linesOf(file: LabelFile): readonly string[] {
  const lines = textOf(file).split('\n');
  while (lines.length > 0 && lines.at(-1)!.trim() === '') lines.pop();
  return lines.map(line => line.trim());
}

/**
 * A file with a name a line.
 * @throws SnugError `labelFileInvalid` where it has none, or is no text
 */
export function readClassNames(file: LabelFile): ClassNames {
  const names = linesOf(file);
  if (names.length === 0) refuse(file, 'it is empty');
  return { path: file.path, names };
}

/** Reads labels, and says in errors which line of which file is wrong. */
function labelReader(file: LabelFile, classes: ClassNames | null): (text: string, line: number) => number {
  const numbers = new Map<string, readonly number[]>();
  for (const [number, name] of classes?.names.entries() ?? []) {
    numbers.set(name, [...(numbers.get(name) ?? []), number]);
  }
  return (text, line) => {
    const label = text.trim();
    if (label === '') refuse(file, 'a label is empty', line);
    const named = numbers.get(label);
    if (named !== undefined && named.length > 1)
      refuse(file, `${label} is the name of classes ${named.join(' and ')}: write the number`, line);
    if (named !== undefined) return named[0]!;
    if (/^\d{1,9}$/.test(label)) return Number(label);
    const why = classes === null ? 'names need --classes FILE' : `${classes.path} has no such name`;
    return refuse(file, `label ${JSON.stringify(label)} is no class number, and ${why}`, line);
  };
}

/** Where path and label stand in a row: as the header says, or else in that order. */
function columnsOf(file: LabelFile, first: readonly string[]): { path: number; label: number; header: boolean } {
  const names = first.map(field => field.trim().toLowerCase());
  const [path, label] = [names.indexOf('path'), names.indexOf('label')];
  if (path >= 0 && label >= 0) return { path, label, header: true };
  if (first.length !== 2)
    refuse(file, 'the first row has neither two fields, path and label, nor these as names of columns', 1);
  return { path: 0, label: 1, header: false };
}

/** A path that cannot be one, such as an endless name, is no file either. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The pictures that a CSV lists, in its order. */
function fromCsv(file: LabelFile, folder: string, classes: ClassNames | null): readonly LabelledPath[] {
  const rows = parseCsv(textOf(file));
  if ('problem' in rows) return refuse(file, rows.problem, rows.line);
  if (rows.length === 0) return refuse(file, 'it has no rows');
  const columns = columnsOf(file, rows[0]!.fields);
  const labelOf = labelReader(file, classes);
  const lines = new Map<string, number>();
  const pictures: LabelledPath[] = [];
  for (const { line, fields } of columns.header ? rows.slice(1) : rows) {
    if (fields.length !== rows[0]!.fields.length)
      refuse(file, `a row has ${fields.length} fields, and the first has ${rows[0]!.fields.length}`, line);
    const name = fields[columns.path]!;
    if (name.trim() === '') refuse(file, 'a path is empty', line);
    const label = labelOf(fields[columns.label]!, line);
    const path = resolve(folder, name);
    const earlier = lines.get(path);
    if (earlier !== undefined) refuse(file, `${name} is listed twice, first in line ${earlier}`, line);
    lines.set(path, line);
    if (!isFile(path)) throw new SnugError(fileMissing({ path, what: 'picture' }, { file: file.path, line }));
    pictures.push({ path, label });
  }
  return pictures.length > 0 ? pictures : refuse(file, 'it has a header and no rows');
}

/** A label a line for the pictures as `listPictures` sorts them. */
function fromList(file: LabelFile, pictures: readonly string[], classes: ClassNames | null): readonly LabelledPath[] {
  const lines = linesOf(file);
  const labelOf = labelReader(file, classes);
  if (lines.length !== pictures.length)
    refuse(file, `it has ${lines.length} lines, and the folder ${pictures.length} pictures`);
  return lines.map((text, i) => ({ path: pictures[i]!, label: labelOf(text, i + 1) }));
}

/**
 * The pictures and labels of `--labels`. A CSV says itself which pictures there are; a list of labels needs the folder.
 * @param folder that paths in a CSV are relative to
 * @param listed gives the folder's pictures in the order of their paths; called for a list of labels only
 * @throws SnugError `labelFileInvalid` or `fileMissing` with the line, `badUsage` for a file of another ending, or what
 *   `listed` throws
 */
export async function labelledByFile(
  file: LabelFile,
  folder: string,
  listed: () => Promise<readonly string[]>,
  classes: ClassNames | null,
): Promise<readonly LabelledPath[]> {
  const ending = extname(file.path).toLowerCase();
  if (ending === '.csv') return fromCsv(file, folder, classes);
  if (ending === '.txt') return fromList(file, await listed(), classes);
  const problem = `--labels ${file.path} ends neither with .csv nor with .txt`;
  throw new SnugError(
    badUsage({ problem, fix: 'name the file after what is in it; docs/evaluation.md describes both' }),
  );
}
