import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import type { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { quantizeArray } from '../../src/ir/quantization.ts';
import { DEFAULT_PREPROCESS, preprocessOf } from '../../src/pictures/preprocess.ts';
import { inputCoding, int8Of, loadSample, loadSamples, pickSamples, realOf } from '../../src/pictures/samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'snug-samples-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SIZE = { height: 2, width: 3, channels: 1 };
const VALUES = [-1, 0.5, 0.25, 3.75, -0.125, 1];

function float32(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes;
}

/** As numpy.save writes it: header padded to a multiple of 64 bytes. */
function npy(shape: string, values: readonly number[], { descr = '<f4', fortran = 'False', version = 1 } = {}): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
  const fixed = version === 1 ? 10 : 12;
  const length = Math.ceil((fixed + text.length + 1) / 64) * 64 - fixed;
  const head = Buffer.alloc(fixed);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  if (version === 1) head.writeUInt16LE(length, 8);
  else head.writeUInt32LE(length, 8);
  return Buffer.concat([head, Buffer.from(`${text.padEnd(length - 1)}\n`), float32(values)]);
}

function write(name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function refused(path: string, size: typeof SIZE = SIZE): Promise<unknown> {
  const found = await loadSample(path, size, DEFAULT_PREPROCESS).catch((error: SnugError) => error);
  return 'diagnostics' in found ? found.diagnostics.map(d => `${d.code} ${d.message.replace(path, 'FILE')}`) : found;
}

test.each([
  ['values.f32', float32(VALUES)],
  ['VALUES.F32', float32(VALUES)],
  ['hwc.npy', npy('(2, 3, 1)', VALUES)],
  ['nhwc.npy', npy('(1, 2, 3, 1)', VALUES)],
  ['hw.npy', npy('(2, 3)', VALUES)],
  ['v2.npy', npy('(2, 3, 1)', VALUES, { version: 2 })],
])('%s holds what the network takes', async (name, bytes) => {
  const path = write(name, bytes);
  const sample = await loadSample(path, SIZE, preprocessOf({ mean: 9, std: 7, channelOrder: 'bgr' }));
  expect(sample).toEqual({ path, kind: 'real', values: Float32Array.from(VALUES) });
  const quantization = { scale: 1 / 64, zeroPoint: 3 };
  expect(realOf(sample, DEFAULT_PREPROCESS, 1)).toEqual(Float32Array.from(VALUES));
  expect(int8Of(sample, inputCoding(DEFAULT_PREPROCESS, 1, quantization))).toEqual(quantizeArray(VALUES, quantization));
});

test('arrays that do not fit', async () => {
  expect(await refused(write('short.f32', float32([1, 2])))).toEqual([
    'SNUG122 FILE is 2 values, and the network takes 2×3×1',
  ]);
  const planar = write('chw.npy', npy('(3, 2, 3)', [...VALUES, ...VALUES, ...VALUES]));
  expect(await refused(planar, { height: 2, width: 3, channels: 3 })).toEqual([
    'SNUG122 FILE is an array of 3×2×3, and the network takes 2×3×3',
  ]);
});

test.each([
  ['odd.f32', Buffer.alloc(5), '5 bytes are no whole number of float32'],
  ['text.npy', Buffer.from('this is no array'), 'it does not begin as a .npy file'],
  ['tiny.npy', Buffer.from('x'), 'it does not begin as a .npy file'],
  ['header.npy', npy('(2, 3, 1)', VALUES).subarray(0, 40), 'its header is cut off'],
  ['cut.npy', npy('(2, 3, 1)', VALUES.slice(1)), 'it holds 5 values and states 6'],
  ['double.npy', npy('(2, 3, 1)', VALUES, { descr: '<f8' }), 'its values are <f8, not <f4'],
  ['fortran.npy', npy('(2, 3, 1)', VALUES, { fortran: 'True' }), 'it is in Fortran order'],
])('%s is no readable array', async (name, bytes, problem) => {
  expect(await refused(write(name, bytes))).toEqual([`SNUG127 cannot read the array FILE: ${problem}`]);
});

test('NaN and infinity are refused with their place', async () => {
  expect(await refused(write('nan.f32', float32([1, NaN, 1, 1, 1, 1])))).toEqual([
    'SNUG126 FILE holds NaN at element 1',
  ]);
  expect(await refused(write('inf.npy', npy('(2, 3)', [1, 1, 1, 1, 1, -Infinity])))).toEqual([
    'SNUG126 FILE holds -Infinity at element 5',
  ]);
  expect(await refused(join(folder, 'none.f32'))).toEqual(['SNUG102 there is no array at FILE']);
});

test('pictures keep their bytes, and their reals and int8 follow from them', async () => {
  const pixels = [0, 50, 100, 150, 200, 255];
  const path = join(folder, 'grey.png');
  await sharp(Buffer.from(pixels), { raw: SIZE as { height: number; width: number; channels: 1 } }).toFile(path);
  const sample = await loadSample(path, SIZE, DEFAULT_PREPROCESS);
  expect(sample).toEqual({ path, kind: 'pixels', pixels: Uint8Array.from(pixels) });
  const quantization = { scale: 2 / 255, zeroPoint: -1 };
  const real = realOf(sample, DEFAULT_PREPROCESS, 1);
  expect([...real]).toEqual(pixels.map(p => Math.fround((p - 127.5) / 127.5)));
  expect(int8Of(sample, inputCoding(DEFAULT_PREPROCESS, 1, quantization))).toEqual(quantizeArray(real, quantization));
});

test('samples come in the order of their paths', async () => {
  const paths = ['values.f32', 'grey.png', 'hwc.npy'].map(name => join(folder, name));
  const kinds: string[] = [];
  for await (const sample of loadSamples(paths, SIZE, DEFAULT_PREPROCESS)) kinds.push(sample.kind);
  expect(kinds).toEqual(['real', 'pixels', 'real']);
});

test('a choice of samples is spread over the list', () => {
  const paths = Array.from({ length: 10 }, (_, i) => String(i));
  expect(pickSamples(paths, 4)).toEqual(['0', '2', '5', '7']);
  expect(pickSamples(paths, 10)).toEqual(paths);
  expect(pickSamples(paths, 99)).toEqual(paths);
  expect(pickSamples(paths, 0)).toEqual([]);
});
