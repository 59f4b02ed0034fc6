import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, expect, test } from 'vitest';
import type { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { decodePicture, type InputSize } from '../../src/pictures/decode.ts';
import { type PreprocessOptions, preprocessOf } from '../../src/pictures/preprocess.ts';

const folder = mkdtempSync(join(tmpdir(), 'snug-pictures-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Raw = { readonly width: number; readonly height: number; readonly channels: 1 | 2 | 3 | 4 };

function raw(pixels: ArrayLike<number>, size: Raw): Sharp {
  return sharp(Buffer.from(Uint8Array.from(pixels)), { raw: { ...size } });
}

async function save(picture: Sharp, name: string): Promise<string> {
  const path = join(folder, name);
  await picture.toFile(path);
  return path;
}

async function decoded(path: string, size: InputSize, options: PreprocessOptions = {}): Promise<readonly number[]> {
  return [...(await decodePicture(path, size, preprocessOf(options)))];
}

async function refused(path: string, size: InputSize, options: PreprocessOptions = {}): Promise<unknown> {
  const error = await decoded(path, size, options).catch((thrown: SnugError) => thrown);
  return 'diagnostics' in error ? error.diagnostics : error;
}

const NOISE = Array.from({ length: 3 * 2 * 3 }, (_, i) => (i * 89 + 7) % 256);
const NOISE_SIZE: Raw = { height: 2, width: 3, channels: 3 };

test.each(['crop', 'squash', 'none'] as const)(
  'a PNG of the right size gives exactly its pixels (%s)',
  async resize => {
    const path = await save(raw(NOISE, NOISE_SIZE), 'exact.png');
    expect(await decoded(path, NOISE_SIZE, { resize })).toEqual(NOISE);
  },
);

test('a JPEG of the right size gives exactly the pixels of the decoder', async () => {
  const pixels = Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i) % 251);
  const path = await save(raw(pixels, { height: 64, width: 64, channels: 3 }), 'exact.jpg');
  const expected = await sharp(path).raw().toBuffer();
  expect(await decoded(path, { height: 64, width: 64, channels: 3 })).toEqual([...expected]);
});

test('bgr swaps the first and the third channel', async () => {
  const path = await save(raw([1, 2, 3, 4, 5, 6], { height: 1, width: 2, channels: 3 }), 'bgr.png');
  expect(await decoded(path, { height: 1, width: 2, channels: 3 }, { channelOrder: 'bgr' })).toEqual([
    3, 2, 1, 6, 5, 4,
  ]);
});

test('a grey picture fills three channels, a coloured one becomes grey', async () => {
  const grey = await save(raw([0, 77, 255], { height: 1, width: 3, channels: 1 }), 'grey.png');
  expect(await decoded(grey, { height: 1, width: 3, channels: 1 })).toEqual([0, 77, 255]);
  expect(await decoded(grey, { height: 1, width: 3, channels: 3 })).toEqual([0, 0, 0, 77, 77, 77, 255, 255, 255]);
  const coloured = await save(raw([9, 9, 9, 255, 0, 0], { height: 1, width: 2, channels: 3 }), 'red.png');
  const [neutral, red] = await decoded(coloured, { height: 1, width: 2, channels: 1 }, { channelOrder: 'bgr' });
  expect(neutral).toBe(9);
  expect(red).toBeGreaterThan(40);
  expect(red).toBeLessThan(160);
});

test('transparency lies over black, and 16 bits become 8', async () => {
  const path = await save(raw([100, 200, 50, 255, 100, 200, 50, 0], { height: 1, width: 2, channels: 4 }), 'alpha.png');
  expect(await decoded(path, { height: 1, width: 2, channels: 3 })).toEqual([100, 200, 50, 0, 0, 0]);
  const deep = await save(raw(NOISE, NOISE_SIZE).toColourspace('rgb16'), 'deep.png');
  expect((await sharp(deep).metadata()).depth).toBe('ushort');
  expect(await decoded(deep, NOISE_SIZE)).toEqual(NOISE);
});

test('EXIF orientation is applied before the size is judged', async () => {
  // Orientation 6: the camera was turned, and the picture is to be turned by 90° clockwise.
  const path = await save(
    raw([10, 20], { height: 1, width: 2, channels: 1 }).withMetadata({ orientation: 6 }),
    'turned.png',
  );
  expect(await decoded(path, { height: 2, width: 1, channels: 1 }, { resize: 'none' })).toEqual([10, 20]);
  const other = await save(
    raw([10, 20], { height: 1, width: 2, channels: 1 }).withMetadata({ orientation: 8 }),
    'left.png',
  );
  expect(await decoded(other, { height: 2, width: 1, channels: 1 }, { resize: 'none' })).toEqual([20, 10]);
});

/** 64 × 32; the value is the column times 4, or the row times 8. */
function gradient(along: 'width' | 'height'): Sharp {
  const pixels = Array.from({ length: 64 * 32 }, (_, i) => (along === 'width' ? (i % 64) * 4 : Math.floor(i / 64) * 8));
  return raw(pixels, { height: 32, width: 64, channels: 1 });
}
const SMALL = { height: 16, width: 16, channels: 1 };
const ends = (pixels: readonly number[]): readonly number[] => [pixels[0]!, pixels[15]!];

/** The resampling kernel rings at the borders, so values are compared to a step of the gradient. */
function expectNear(actual: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of actual.entries()) {
    expect(Math.abs(value - expected[i]!), `${actual} against ${expected}`).toBeLessThan(6);
  }
}

test('cover shows the middle of the longer side, fill all of it', async () => {
  const path = await save(gradient('width'), 'columns.png');
  // Halved to 32 × 16, columns 8 to 23 stay; column k shows columns 2k and 2k + 1 of the picture.
  expectNear(ends(await decoded(path, SMALL)), [16.5 * 4, 46.5 * 4]);
  // Column k shows columns 4k to 4k + 3.
  expectNear(ends(await decoded(path, SMALL, { resize: 'squash' })), [1.5 * 4, 61.5 * 4]);
});

test('the crop fraction cuts both sides', async () => {
  // 0.5: covers 32 × 32 without resampling, and the middle 16 × 16 of the 64 × 32 picture stays.
  const columns = await decoded(await save(gradient('width'), 'crop.png'), SMALL, { cropFraction: 0.5 });
  expect(columns.slice(0, 16)).toEqual(Array.from({ length: 16 }, (_, k) => (24 + k) * 4));
  const rows = await decoded(await save(gradient('height'), 'rows.png'), SMALL, { cropFraction: 0.5 });
  expect(rows.filter((_, i) => i % 16 === 0)).toEqual(Array.from({ length: 16 }, (_, k) => (8 + k) * 8));
});

test('a small picture is enlarged', async () => {
  const path = await save(raw([200], { height: 1, width: 1, channels: 1 }), 'dot.png');
  expect(new Set(await decoded(path, SMALL))).toEqual(new Set([200]));
});

test('none refuses another size', async () => {
  const path = await save(raw(NOISE, NOISE_SIZE), 'other.png');
  expect(await refused(path, { height: 3, width: 3, channels: 3 }, { resize: 'none' })).toMatchObject([
    { code: 'SNUG122', message: `${path} is 2×3, and the network takes 3×3×3`, origin: { file: path } },
  ]);
  expect(await refused(path, { height: 2, width: 3, channels: 4 })).toMatchObject([{ code: 'SNUG122' }]);
});

test('files that do not decode are named', async () => {
  const text = join(folder, 'text.jpg');
  writeFileSync(text, 'this is no picture');
  const whole = await raw(new Uint8Array(64 * 64 * 3).fill(9), { height: 64, width: 64, channels: 3 })
    .jpeg()
    .toBuffer();
  const cut = join(folder, 'cut.jpg');
  writeFileSync(cut, whole.subarray(0, whole.length - 60));
  const empty = join(folder, 'empty.png');
  writeFileSync(empty, '');
  for (const path of [text, cut, empty, join(folder, 'none.png')]) {
    const diagnostics = await refused(path, SMALL);
    expect(diagnostics).toMatchObject([{ code: 'SNUG121', origin: { file: path } }]);
    expect(JSON.stringify(diagnostics)).not.toContain('\\n');
  }
});
