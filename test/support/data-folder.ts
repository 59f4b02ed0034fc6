/** The folder of real weights and pictures that some tests read (`SNUG_DATA`), and a note where it is absent. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The path of a file there, or null after one line that says what is skipped. */
export function dataFile(name: string, purpose: string): string | null {
  const folder = resolve(ROOT, process.env['SNUG_DATA'] ?? '../shared/data');
  const path = join(folder, name);
  if (existsSync(path)) return path;
  console.warn(`skipped: ${purpose} needs ${path} (set SNUG_DATA)`);
  return null;
}
