/** Small pictures of coloured noise, the same for the same number. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { seededRandom } from '../../src/numerics/random.ts';

/** Bytes of a 32×32 picture, H×W×C. */
export function pixelsOf(seed: number, channels: 1 | 3 = 3): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: 32 * 32 * channels }, () => Math.floor(256 * random.uniform()));
}

/** Writes PNGs, one for each path below the folder. */
export async function writePictures(folder: string, paths: readonly string[]): Promise<void> {
  for (const [i, path] of paths.entries()) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await sharp(pixelsOf(i), { raw: { width: 32, height: 32, channels: 3 } })
      .png()
      .toFile(join(folder, path));
  }
}
