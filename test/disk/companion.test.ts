/** Files beside a model: read where they are what the model says, and nothing else of the machine is. */
import { existsSync } from 'node:fs';
import { mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCompanion } from '../../src/disk/companion.ts';
import { MOST_FILE_BYTES } from '../../src/disk/regular.ts';
import { node, onnxModel } from '../support/onnx-writer.ts';
import { refusalFrom } from '../support/refusal.ts';
import { execute, snug, testFolder } from '../support/snug.ts';

const DATA = Uint8Array.of(1, 2, 3, 4, 5);
const part = (name: string, bytes = 5, whole = false) => ({ name, bytes, whole });

/** A folder with a model in it, a secret beside the folder, and companions of many kinds. */
async function folders(): Promise<{ readonly cwd: string; readonly model: string }> {
  const cwd = await testFolder();
  await mkdir(join(cwd, 'net/sub'), { recursive: true });
  await writeFile(join(cwd, 'secret'), DATA);
  await writeFile(join(cwd, 'net/model.onnx'), 'model');
  await writeFile(join(cwd, 'net/w.bin'), DATA);
  await symlink('../w.bin', join(cwd, 'net/sub/inside'));
  await symlink('../secret', join(cwd, 'net/outside'));
  await symlink('..', join(cwd, 'net/up'));
  await symlink('nowhere', join(cwd, 'net/dangling'));
  return { cwd, model: join(cwd, 'net/model.onnx') };
}

test('files in the folder are read, as far as the model uses them', async () => {
  const { model } = await folders();
  expect(await readCompanion(model, part('w.bin'))).toEqual(DATA);
  expect(await readCompanion(model, part('w.bin', 3))).toEqual(DATA.subarray(0, 3));
  expect(await readCompanion(model, part('w.bin', 1e15))).toEqual(DATA);
  expect(await readCompanion(model, part('sub/inside'))).toEqual(DATA);
});

test('what is not there is undefined', async () => {
  const { model } = await folders();
  for (const name of ['absent', 'sub/absent', 'w.bin/x', 'dangling'])
    expect(await readCompanion(model, part(name)), name).toBeUndefined();
});

test('links that leave the folder are refused, those of folders too', async () => {
  const { cwd, model } = await folders();
  for (const name of ['outside', 'up/secret']) {
    expect(await refusalFrom(() => readCompanion(model, part(name)))).toMatchObject({
      code: 'SNUG206',
      message: expect.stringContaining(`${name}, which is not read: it is a link to ${join(cwd, 'secret')}, outside`),
      origin: { file: model },
    });
  }
});

test('a cache of links to files that lie side by side is read', async () => {
  const cwd = await testFolder();
  for (const name of ['blobs', 'snapshots/1']) await mkdir(join(cwd, name), { recursive: true });
  await writeFile(join(cwd, 'blobs/a'), 'model');
  await writeFile(join(cwd, 'blobs/b'), DATA);
  await symlink('../../blobs/a', join(cwd, 'snapshots/1/model.onnx'));
  await symlink('../../blobs/b', join(cwd, 'snapshots/1/w.bin'));
  expect(await readCompanion(join(cwd, 'snapshots/1/model.onnx'), part('w.bin'))).toEqual(DATA);
});

test.each([
  ['fifo', 5, false, 'it is a FIFO'],
  ['sub', 5, false, 'it is a folder'],
  ['w.bin', 4, true, 'it has 5 bytes, and the model has weights for 4 at most'],
  [
    'huge',
    2 ** 40,
    false,
    `the model states ${2 ** 40} bytes of it, it has ${2 ** 32}, and snug reads ${MOST_FILE_BYTES}`,
  ],
] as const)('%s is refused where %i bytes are used of it', async (name, bytes, whole, says) => {
  const { cwd, model } = await folders();
  expect((await execute('mkfifo', ['net/fifo'], { cwd })).exitCode).toBe(0);
  const handle = await open(join(cwd, 'net/huge'), 'w');
  await handle.truncate(2 ** 32);
  await handle.close();
  const refusal = await refusalFrom(() => readCompanion(model, part(name, bytes, whole)));
  expect(refusal.code).toBe('SNUG206');
  expect(refusal.message).toContain(says);
});

test('a pointer of Git LFS is named', async () => {
  const { cwd, model } = await folders();
  await writeFile(join(cwd, 'net/p'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n');
  expect(await refusalFrom(() => readCompanion(model, part('p', 1)))).toMatchObject({ code: 'SNUG107' });
});

test('the command ends at once for a model whose weights lie in a FIFO, a device, or behind a link', async () => {
  const { cwd } = await folders();
  await execute('mkfifo', ['net/fifo'], { cwd });
  if (existsSync('/dev/zero')) await symlink('/dev/zero', join(cwd, 'net/zero'));
  for (const location of ['fifo', 'outside', ...(existsSync('/dev/zero') ? ['zero'] : [])]) {
    const external = { name: 'w', dims: [2, 1], dataType: 1, dataLocation: 1 };
    const initializers = [{ ...external, externalData: [{ key: 'location', value: location }] }];
    const bytes = onnxModel({ input: [1, 2], nodes: [node('MatMul', ['x', 'w'], 'y')], initializers });
    await writeFile(join(cwd, 'net/model.onnx'), bytes);
    const { exitCode, stderr } = await snug(['inspect', 'net/model.onnx'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`error SNUG206: the model keeps a part of itself in ${location}, which is not read`);
  }
});
