/** Writing an output folder: whole or not at all, and never at the cost of the one that was there. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkOutputFolder, sourceFile, writeOutputFolder } from '../../src/cli/files.ts';
import { filesIn, testFolder } from '../support/snug.ts';

async function earlier(): Promise<{ readonly parent: string; readonly path: string }> {
  const parent = await testFolder();
  const path = join(parent, 'out');
  await writeOutputFolder(path, new Map([['manifest.json', '{"format":"snug-manifest"}']]));
  return { parent, path };
}

test('files are written below new folders, text and bytes', async () => {
  const path = join(await testFolder(), 'a/b/out');
  await writeOutputFolder(
    path,
    new Map<string, string | Uint8Array>([
      ['x.c', 'é\n'],
      ['test/y.bin', Uint8Array.of(0, 255)],
    ]),
  );
  const files = await filesIn(path);
  expect([...files]).toEqual([
    ['test/y.bin', Buffer.from([0, 255])],
    ['x.c', Buffer.from('é\n', 'utf8')],
  ]);
});

test.each([
  [
    'a file cannot be written',
    new Map([
      ['good.c', 'x'],
      ['bad\0.c', 'y'],
    ]),
  ],
  ['the finished folder cannot be moved to its place', new Map<string, string>()],
])('where %s, the earlier output stays and nothing else does', async (_, files) => {
  const { parent, path } = await earlier();
  await expect(writeOutputFolder(path, files)).rejects.toMatchObject({
    diagnostics: [{ code: 'SNUG104', origin: { file: path } }],
  });
  expect(await readdir(parent)).toEqual(['out']);
  expect([...(await filesIn(path)).keys()]).toEqual(['manifest.json']);
});

test('folders of snug, empty ones and those that do not exist yet are free to be written', async () => {
  const { parent, path } = await earlier();
  await checkOutputFolder(path);
  await checkOutputFolder(join(parent, 'new/deep'));
  await mkdir(join(parent, 'empty'));
  await checkOutputFolder(join(parent, 'empty'));
  await writeFile(join(parent, 'empty/mine.txt'), '');
  await expect(checkOutputFolder(join(parent, 'empty'))).rejects.toMatchObject({ diagnostics: [{ code: 'SNUG105' }] });
  await expect(checkOutputFolder(join(parent, 'empty/mine.txt/out'))).rejects.toMatchObject({
    diagnostics: [{ code: 'SNUG104' }],
  });
});

test('a source is remembered by its name and its hash, not by its folder', () => {
  expect(sourceFile('/home/someone/net.onnx', new TextEncoder().encode('abc'))).toEqual({
    file: 'net.onnx',
    // FIPS 180-2, appendix B.1.
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });
});
