/** Pictures that state sides of gigabytes: refused by their header, in the memory of a small picture. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodePicture } from '../../src/pictures/decode.ts';
import { excessOf } from '../../src/pictures/limits.ts';
import { preprocessOf } from '../../src/pictures/preprocess.ts';
import { refusalFrom } from '../support/refusal.ts';
import { execute, ROOT, testFolder } from '../support/snug.ts';

const SIZE = { height: 224, width: 224, channels: 3 };

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** A black picture of one bit a pixel, as PNG's specification has it. */
function png(height: number, width: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height), { level: 9 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

/** An AVIF whose header states other sides than were encoded: its box `ispe` has 4 bytes of version, then width and height. */
async function avif(height: number, width: number): Promise<Buffer> {
  const create = { width: 64, height: 64, channels: 3, background: '#336699' } as const;
  const file = await sharp({ create }).avif({ effort: 0 }).toBuffer();
  const box = file.indexOf('ispe');
  expect(file.readUInt32BE(box + 8)).toBe(64);
  file.writeUInt32BE(width, box + 8);
  file.writeUInt32BE(height, box + 12);
  return file;
}

async function refusalOfPicture(name: string, data: Uint8Array): Promise<string> {
  const path = join(await testFolder(), name);
  await writeFile(path, data);
  const refusal = await refusalFrom(() => decodePicture(path, SIZE, preprocessOf({})));
  expect(refusal).toMatchObject({ code: 'SNUG121', origin: { file: path } });
  return refusal.message;
}

test('a side that is too long is named', async () => {
  expect(await refusalOfPicture('wide.png', png(30, 4_784_168))).toContain(
    'it is 30×4784168, and a side may have 65535',
  );
});

test('an AVIF is decoded as a whole, and may have fewer pixels', async () => {
  expect(await refusalOfPicture('a.avif', await avif(8192, 8192))).toContain(
    'it is 8192×8192, and a heif of this kind may have 59652323 pixels',
  );
});

test('what would have to be scaled to gigabytes is refused', async () => {
  expect(await refusalOfPicture('long.png', png(4, 60_000))).toContain('have to be scaled to 224×3360000 before');
});

test('what is no picture, whatever its name, is not decoded', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect width="9" height="9"/></svg>';
  expect(await refusalOfPicture('a.png', Buffer.from(svg))).toContain('its content is of the format svg');
});

test.each([
  [{ format: 'jpeg', isProgressive: false }, 12_240, 16_320, null],
  [{ format: 'jpeg', isProgressive: false }, 4_000, 65_535, null],
  [{ format: 'jpeg', isProgressive: true }, 12_240, 16_320, 'a jpeg of this kind may have 134217728 pixels'],
  [{ format: 'png', isProgressive: true }, 12_240, 16_320, 'a png of this kind'],
  [{ format: 'png', isProgressive: false }, 20_000, 20_000, 'it may have 268435456 pixels in all'],
  [{ format: 'gif', isProgressive: false }, 15_000, 15_000, 'a gif of this kind may have 214748364 pixels'],
  [{ format: 'heif', isProgressive: false }, 6_000, 8_000, null],
  [{ format: 'tiff', isProgressive: false }, 1, 65_536, 'a side may have 65535 pixels'],
] as const)('%j of %i×%i', (header, height, width, says) => {
  const excess = excessOf(header, { height, width }, null);
  if (says === null) expect(excess).toBeNull();
  else expect(excess).toContain(says);
});

/** Prints the most memory, in KiB, that a process took that decoded one picture or was refused to. */
const CHILD = `
const [, , module, preprocess, path] = process.argv;
const { decodePicture } = await import(module);
const { preprocessOf } = await import(preprocess);
const size = { height: 224, width: 224, channels: 3 };
const outcome = await decodePicture(path, size, preprocessOf({})).then(() => 'decoded', error => error.diagnostics[0].code);
console.log(JSON.stringify({ outcome, maxRSS: process.resourceUsage().maxRSS }));
`;

test('a refusal takes no more memory than a small picture', async () => {
  const cwd = await testFolder();
  await writeFile(join(cwd, 'child.mjs'), CHILD);
  const modules = ['decode.js', 'preprocess.js'].map(name => pathToFileURL(join(ROOT, 'dist/pictures', name)).href);
  const memoryOf = async (name: string, data: Uint8Array): Promise<{ outcome: string; maxRSS: number }> => {
    await writeFile(join(cwd, name), data);
    const { stdout } = await execute(process.execPath, ['child.mjs', ...modules, name], { cwd });
    return JSON.parse(stdout) as { outcome: string; maxRSS: number };
  };
  const small = await memoryOf('small.png', png(300, 300));
  expect(small.outcome).toBe('decoded');
  for (const [name, data] of [
    ['wide.png', png(30, 4_784_168)],
    ['long.png', png(4, 60_000)],
    ['a.avif', await avif(16_000, 16_000)],
  ] as const) {
    const { outcome, maxRSS } = await memoryOf(name, data);
    expect(outcome, name).toBe('SNUG121');
    expect(maxRSS / small.maxRSS, name).toBeLessThan(1.5);
  }
});
