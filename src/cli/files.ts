/** The files of the installed package, and what manifests say of the user's. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TemplateFiles } from '../codegen/templates.ts';
import { sha256 } from '../disk/owned.ts';
import type { SourceFile } from '../report/provenance.ts';

/** The installed package's own folder: this file lies two folders below it, compiled or not. */
export const PACKAGE_FOLDER: string = fileURLToPath(new URL('../../', import.meta.url));

/** What manifests say of a file: its name without folders, and the SHA-256 of its bytes. */
export function sourceFile(path: string, data: Uint8Array): SourceFile {
  return { file: basename(path), sha256: sha256(data) };
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
