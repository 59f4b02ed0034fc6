/** Hashes that tell whether shards of an evaluation ran the same program over the same pictures. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegular } from '../../disk/regular.ts';
import type { OutputFolder } from '../../toolchain/output-folder.ts';

/**
 * SHA-256 over the names and bytes of everything in an output folder that `eval` runs: manifest, quantized graph, C.
 * @throws SnugError `fileMissing` where a part has gone
 */
export async function programDigest({ path, name }: OutputFolder): Promise<string> {
  const kernels = (await readdir(join(path, 'cmsis_nn')).catch(() => [])).filter(file => /\.[ch]$/.test(file)).sort();
  const files = ['manifest.json', 'test/model.safetensors', `${name}.h`, `${name}.c`, `${name}_weights.c`];
  const hash = createHash('sha256');
  for (const file of [...files, ...kernels.map(kernel => `cmsis_nn/${kernel}`)]) {
    const data = await readRegular(join(path, file), 'part of a compiled network');
    hash.update(`${file}\n${data.length}\n`).update(data);
  }
  return hash.digest('hex');
}

/** SHA-256 over paths and classes in their order. */
export function picturesDigest(pictures: readonly { readonly path: string; readonly class: number }[]): string {
  const hash = createHash('sha256');
  for (const { path, class: right } of pictures) hash.update(`${JSON.stringify(path)} ${right}\n`);
  return hash.digest('hex');
}
