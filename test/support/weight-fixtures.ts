/** Weight files of other tools, with an input and what the tool computed from it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { MobilenetV2Options } from '../../src/models/mobilenet-v2.ts';

export interface WeightFixture {
  readonly file: string;
  /** The scheme that its names are of. */
  readonly scheme: string;
  readonly options: MobilenetV2Options;
}

export const weightFixtures: readonly WeightFixture[] = [
  { file: 'torchvision.pth', scheme: 'torchvision', options: { width: 0.1, classes: 10, resolution: 32 } },
  {
    file: 'torchvision-legacy.pth',
    scheme: 'torchvision',
    options: {
      width: 0.1,
      classes: 4,
      resolution: [40, 32],
      blocks: [
        [1, 16, 1, 1],
        [6, 24, 2, 2],
        [3, 40, 1, 2],
      ],
    },
  },
  { file: 'timm.safetensors', scheme: 'timm', options: { width: 0.05, classes: 6, resolution: [40, 32] } },
  { file: 'keras.weights.h5', scheme: 'keras.applications', options: { width: 0.1, classes: 5, resolution: [32, 40] } },
  { file: 'keras-legacy.h5', scheme: 'keras.applications', options: { width: 0.05, classes: 3, resolution: 32 } },
];

const read = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../frontends/weights/fixtures/${name}`, import.meta.url)));

export function weightFixture(file: string): Uint8Array {
  return new Uint8Array(gunzipSync(read(`${file}.gz`)));
}

/** The values beside a fixture. */
export function valuesBeside({ file }: WeightFixture, what: 'input' | 'output'): Float32Array {
  return new Float32Array(new Uint8Array(read(`${file.replace(/\..*/, '')}.${what}.f32`)).buffer);
}
