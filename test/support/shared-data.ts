/** Real weights and pictures, which are not part of the project: tests that need them run where the folder is there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** `SNUG_DATA`, else `../shared/data` beside the repository. */
const folder = process.env['SNUG_DATA'] ?? join(import.meta.dirname, '../../../shared/data');

/** Path of a file in the folder, or null, with one line that says so, where it is absent. */
export function sharedFile(name: string): string | null {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  console.warn(`skipped: ${path} is not there (set SNUG_DATA)`);
  return null;
}
