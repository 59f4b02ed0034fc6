/** Files that somebody names: what is no regular file is refused before it is opened, and a pointer of Git LFS is named. */
import { existsSync } from 'node:fs';
import { mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkRegular, MOST_FILE_BYTES, readRegular } from '../../src/disk/regular.ts';
import { refusalFrom } from '../support/refusal.ts';
import { execute, snug, TINY, testFolder } from '../support/snug.ts';

// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
const POINTER = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 14234567
`;

test('a regular file is read whole, also through a link', async () => {
  const folder = await testFolder();
  await writeFile(join(folder, 'a'), Uint8Array.of(1, 2, 3));
  await symlink('a', join(folder, 'link'));
  expect(await readRegular(join(folder, 'link'), 'file')).toEqual(Uint8Array.of(1, 2, 3));
  await writeFile(join(folder, 'empty'), '');
  expect(await readRegular(join(folder, 'empty'), 'file')).toHaveLength(0);
});

test.each([
  ['absent', 'SNUG102', 'there is no model file at'],
  ['folder', 'SNUG103', 'it is a folder'],
  ['fifo', 'SNUG103', 'it is a FIFO'],
  ['huge', 'SNUG108', `has ${MOST_FILE_BYTES + 1} bytes`],
  ['pointer', 'SNUG107', 'a pointer of Git LFS, a text of 133 bytes in place of the file, which has 14234567'],
])('%s is refused with %s, to be read or to be opened by others', async (name, code, says) => {
  const folder = await testFolder();
  const path = join(folder, name);
  if (name === 'folder') await mkdir(path);
  if (name === 'fifo') expect((await execute('mkfifo', [path], { cwd: folder })).exitCode).toBe(0);
  if (name === 'huge') {
    // Takes no room on a disk that knows sparse files.
    const handle = await open(path, 'w');
    await handle.truncate(MOST_FILE_BYTES + 1);
    await handle.close();
  }
  if (name === 'pointer') await writeFile(path, POINTER);
  for (const read of [readRegular, checkRegular]) {
    const refusal = await refusalFrom(() => read(path, 'model file'));
    expect(refusal).toMatchObject({ code, origin: { file: path } });
    expect(refusal.message).toContain(says);
  }
});

describe('on the command line', () => {
  test('a model that is a FIFO or a device ends the run at once', async () => {
    const cwd = await testFolder();
    await execute('mkfifo', ['model.onnx'], { cwd });
    const devices = existsSync('/dev/zero') ? ['/dev/zero'] : [];
    for (const model of ['model.onnx', ...devices]) {
      for (const args of [
        ['inspect', model],
        ['compile', '--model', model, '--out', 'out'],
        ['inspect', ...TINY.slice(0, 8), '--weights', model],
      ]) {
        const { exitCode, stderr } = await snug(args, { cwd });
        expect(exitCode, args.join(' ')).toBe(2);
        expect(stderr).toMatch(/^error SNUG103: .* it is a (FIFO|device), and only regular files are read/);
      }
    }
  });

  test('pointers of Git LFS are named wherever a file is read', async () => {
    const cwd = await testFolder();
    for (const name of ['net.onnx', 'w.pth', 'p/a.png', 'n/a.npy', 'net/manifest.json']) {
      await mkdir(join(cwd, name, '..'), { recursive: true });
      await writeFile(join(cwd, name), POINTER);
    }
    const compile = ['compile', ...TINY, '--out', 'out'];
    for (const args of [
      ['inspect', 'net.onnx'],
      [...compile, '--weights', 'w.pth', '--images', 'p'],
      [...compile, '--images', 'p'],
      [...compile, '--images', 'n'],
      ['verify', 'net'],
    ]) {
      const { exitCode, stderr } = await snug(args, { cwd });
      expect(exitCode, args.join(' ')).toBe(2);
      expect(stderr).toMatch(/^error SNUG107: .* is a pointer of Git LFS/m);
      expect(stderr).toContain('to fix: run git lfs pull');
    }
  });
});
