/** Writing an output folder: whole or not at all, and never at the cost of what was there. */
import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkOutputFolder, writeOutputFolder } from '../../src/disk/output-folder.ts';
import { FIRMWARE_FORMAT, sha256 } from '../../src/disk/owned.ts';
import { filesIn, testFolder } from '../support/snug.ts';

/** Files as `compile` gives them: with a manifest that lists the others. */
function output(files: Readonly<Record<string, string>>, format = 'snug-manifest'): ReadonlyMap<string, string> {
  const hashes = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, sha256(text)]));
  return new Map([...Object.entries(files), ['manifest.json', JSON.stringify({ format, name: 'net', files: hashes })]]);
}

const NET = { 'net.c': 'int net;\n', 'test/net_test.c': 'int main(void);\n' };

async function earlier(): Promise<{ readonly parent: string; readonly path: string }> {
  const parent = await testFolder();
  const path = join(parent, 'out');
  await writeOutputFolder(path, output(NET));
  return { parent, path };
}

async function put(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const refusal = (...says: readonly string[]): object => ({
  diagnostics: [
    { code: 'SNUG105', message: expect.stringMatching(says.map(word => word.replace(/[.*+?()]/g, '\\$&')).join('.*')) },
  ],
});

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
  expect([...(await filesIn(path)).keys()]).toEqual(['manifest.json', 'net.c', 'test/net_test.c']);
});

test('folders of snug, empty ones and those that do not exist yet are free to be written', async () => {
  const { parent, path } = await earlier();
  await checkOutputFolder(path);
  await checkOutputFolder(join(parent, 'new/deep'));
  await mkdir(join(parent, 'empty'));
  await checkOutputFolder(join(parent, 'empty'));
  await writeFile(join(parent, 'empty/mine.txt'), '');
  await expect(checkOutputFolder(join(parent, 'empty'))).rejects.toMatchObject(refusal('empty exists and was not'));
  await expect(checkOutputFolder(join(parent, 'empty/mine.txt'))).rejects.toMatchObject(refusal('mine.txt is a file'));
  await expect(checkOutputFolder(join(parent, 'empty/mine.txt/out'))).rejects.toMatchObject({
    diagnostics: [{ code: 'SNUG104' }],
  });
});

describe('what is not snug’s in a folder of snug', () => {
  const PROJECT = { '.git/HEAD': 'ref', 'src/main.c': 'int main;', 'a.txt': '', 'b.txt': '', 'c.txt': '', 'd.txt': '' };

  test('is refused by name before the work and by the write itself, and stays', async () => {
    const { path } = await earlier();
    await put(path, PROJECT);
    const before = await filesIn(path);
    const says = refusal('out holds what snug did not write: .git/, a.txt, b.txt, c.txt, d.txt and 1 more');
    await expect(checkOutputFolder(path)).rejects.toMatchObject(says);
    await expect(writeOutputFolder(path, output({ 'net.c': 'new' }))).rejects.toMatchObject(says);
    expect(await filesIn(path)).toEqual(before);
  });

  test('is refused inside of folders of the output too', async () => {
    const { path } = await earlier();
    await put(path, { 'test/mine.c': '', 'firmware/board/notes.txt': '' });
    await expect(checkOutputFolder(path)).rejects.toMatchObject(refusal('firmware/, test/mine.c'));
  });

  test('may be an edited file, or a link in its place', async () => {
    const { parent, path } = await earlier();
    await put(path, { 'net.c': 'int net; /* mine */\n' });
    await expect(checkOutputFolder(path)).rejects.toMatchObject(refusal('was changed since snug wrote it: net.c'));
    await rm(join(path, 'net.c'));
    await checkOutputFolder(path);
    await put(parent, { 'mine.c': NET['net.c'] });
    await symlink(join(parent, 'mine.c'), join(path, 'net.c'));
    await expect(checkOutputFolder(path)).rejects.toMatchObject(refusal('was changed since snug wrote it: net.c'));
  });

  test('is neither what snug keeps there, nor firmware, nor a tree that CMake built of it, nor a desktop’s litter', async () => {
    const { path } = await earlier();
    await put(path, { '.snug/inputs.json': '{}', '.snug/.gitignore': '*\n', '.DS_Store': '', 'test/.DS_Store': '' });
    await writeOutputFolder(join(path, 'firmware/board'), output({ 'main.c': '' }, 'snug-firmware'), FIRMWARE_FORMAT);
    const cache = (source: string, tree: string): string =>
      `CMAKE_CACHEFILE_DIR:INTERNAL=${tree}\nCMAKE_HOME_DIRECTORY:INTERNAL=${source}\n`;
    await put(path, { 'build/CMakeCache.txt': cache(path, join(path, 'build')), 'build/libnet.a': '' });
    await checkOutputFolder(path);
    await put(path, { 'other/CMakeCache.txt': cache(`${path}/src`, join(path, 'other')) });
    await expect(checkOutputFolder(path)).rejects.toMatchObject(refusal('did not write: other/'));
    await rm(join(path, 'other'), { recursive: true });
    await put(path, { 'firmware/board/mine.c': '' });
    await expect(checkOutputFolder(path)).rejects.toMatchObject(refusal('did not write: firmware/board/mine.c'));
    await rm(join(path, 'firmware/board/mine.c'));
    await writeOutputFolder(path, output(NET));
    expect(await readdir(path)).toEqual(['manifest.json', 'net.c', 'test']);
  });
});

test('a compiled network is not taken for firmware, which would replace it, nor the reverse', async () => {
  const { parent, path } = await earlier();
  await expect(checkOutputFolder(path, FIRMWARE_FORMAT)).rejects.toMatchObject(refusal('not written by snug build'));
  await writeOutputFolder(join(parent, 'fw'), output({ 'main.c': '' }, 'snug-firmware'), FIRMWARE_FORMAT);
  await checkOutputFolder(join(parent, 'fw'), FIRMWARE_FORMAT);
  await expect(checkOutputFolder(join(parent, 'fw'))).rejects.toMatchObject(refusal('not written by snug'));
});

describe('an output of snug 0.1, whose manifest lists no files', () => {
  const OLD = {
    'manifest.json': '{ "snug": "0.1.0", "format": "snug-manifest", "name": "net" }',
    ...{ 'net.c': 'c', 'net_weights.h': 'h', 'test/model.safetensors': 'm', 'cmsis_nn/arm_nn_types.h': 't' },
    ...{ 'arduino/net/src/net.c': 'c', 'esp-idf/net/CMakeLists.txt': 'c', 'boards/small/net.ld': 'l' },
    ...{ 'zephyr/Kconfig': 'k', 'snug.net.pdsc': 'p', '.snug/inputs.json': '{}' },
  };
  const FIRMWARE = ['net-self-test.elf', 'net-self-test.map', 'board.h', 'linker.ld', 'main.c', 'stack.c'];

  test('is replaced where all of it has names that 0.1 wrote', async () => {
    const path = join(await testFolder(), 'out');
    await put(path, { ...OLD, ...Object.fromEntries(FIRMWARE.map(name => [`firmware/small/${name}`, ''])) });
    await checkOutputFolder(join(path, 'firmware/small'), FIRMWARE_FORMAT);
    await writeOutputFolder(path, output(NET));
    expect([...(await filesIn(path)).keys()]).toEqual(['manifest.json', 'net.c', 'test/net_test.c']);
  });

  test.each(['src/main.c', 'other.c', 'test/mine.c', 'firmware/small/main.c', 'arduino/other/mine.ino'])(
    'is refused with %s beside them',
    async name => {
      const path = join(await testFolder(), 'out');
      await put(path, { ...OLD, [name]: 'mine' });
      await expect(writeOutputFolder(path, output(NET))).rejects.toMatchObject(
        refusal('holds what snug did not write'),
      );
      expect(await readFile(join(path, name), 'utf8')).toBe('mine');
    },
  );
});

describe('a link', () => {
  test('is written through, and stays', async () => {
    const { parent, path } = await earlier();
    await mkdir(join(parent, 'links'));
    const link = join(parent, 'links/out');
    await symlink('../out', link);
    await writeOutputFolder(link, output({ 'net.c': 'new' }));
    expect(await readlink(link)).toBe('../out');
    expect((await filesIn(path)).get('net.c')!.toString()).toBe('new');
    expect(await readdir(join(parent, 'links'))).toEqual(['out']);
    await put(path, { 'mine.txt': '' });
    await expect(checkOutputFolder(link)).rejects.toMatchObject(refusal('mine.txt'));
  });

  test('that names nothing yet gets what it names', async () => {
    const parent = await testFolder();
    await symlink(join(parent, 'deep/out'), join(parent, 'second'));
    await symlink('second', join(parent, 'first'));
    await checkOutputFolder(join(parent, 'first'));
    await writeOutputFolder(join(parent, 'first'), output(NET));
    expect((await lstat(join(parent, 'first'))).isSymbolicLink()).toBe(true);
    expect([...(await filesIn(join(parent, 'deep/out'))).keys()]).toContain('net.c');
  });
});
