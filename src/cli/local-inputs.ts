/**
 * `.snug/inputs.json` in an output folder: where this machine has the float model, so that `eval` need not be told again.
 * It is no part of the output: it holds paths, is ignored by git, and may be deleted.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelSettings } from './settings.ts';

/** The files that note a model, beside those of the output; paths in them are absolute. */
export function modelFiles(model: ModelSettings): ReadonlyMap<string, string> {
  return new Map([
    ['.snug/.gitignore', '*\n'],
    ['.snug/inputs.json', `${JSON.stringify({ model }, null, 2)}\n`],
  ]);
}

/** The model that the folder was compiled from, or null where that is not known here. */
export async function recallModel(folder: string): Promise<ModelSettings | null> {
  const text = await readFile(join(folder, '.snug', 'inputs.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return (JSON.parse(text) as { readonly model?: ModelSettings }).model ?? null;
  } catch {
    return null;
  }
}
