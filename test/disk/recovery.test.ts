/** Runs that are killed while they write: the next one finds an output, and leaves nothing beside it. */
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkOutputFolder, writeOutputFolder } from '../../src/disk/output-folder.ts';
import { readOutputFolder } from '../../src/toolchain/output-folder.ts';
import { compileInto, execute, filesIn, ROOT, TINY, testFolder } from '../support/snug.ts';

/**
 * Loaded before snug: kills the process in place of its nth call of a function of node:fs/promises. ES modules see what
 * `syncBuiltinESMExports` makes known.
 */
const KILLER = `
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
const { NAME, NTH } = process.env;
const original = fs[NAME];
let calls = 0;
fs[NAME] = async (...args) => {
  calls += 1;
  if (calls === Number(NTH)) process.kill(process.pid, 'SIGKILL');
  return original(...args);
};
syncBuiltinESMExports();
`;

/** Compiles with another seed, so that the new output can be told from the old one. */
async function killed(cwd: string, call: string, nth: number): Promise<void> {
  await writeFile(join(cwd, 'killer.mjs'), KILLER);
  const args = ['--import', './killer.mjs', join(ROOT, 'dist/cli/main.js'), 'compile', ...TINY];
  const result = await execute(process.execPath, [...args, '--quantize', 'fast', '--seed', '2', '--out', 'out'], {
    cwd,
    env: { NAME: call, NTH: String(nth) },
  });
  expect(result).toMatchObject({ exitCode: 128, stdout: '' });
}

const beside = async (cwd: string): Promise<readonly string[]> =>
  (await readdir(cwd))
    .filter(name => name.startsWith('.out.'))
    .map(name => name.slice(name.lastIndexOf('.')))
    .sort();

test.each([
  // The first file that is written is opened for it; `rename` moves the old folder away, then the new one to its place.
  ['in the middle of its files', 'open', 7, ['.new'], true],
  ['before it moves the earlier output away', 'rename', 1, ['.new'], true],
  ['between the two renames', 'rename', 2, ['.new', '.old'], false],
  ['before it removes the earlier output', 'rename', 3, ['.old'], true],
  ['while it removes the earlier output', 'rm', 1, ['.gone'], true],
] as const)('a run that is killed %s loses nothing', async (_, call, nth, left, stays) => {
  const cwd = await testFolder();
  const path = await compileInto(cwd, 'out');
  const before = await filesIn(path);
  await killed(cwd, call, nth);
  expect(await beside(cwd)).toEqual(left);
  expect((await readdir(cwd)).includes('out')).toBe(stays);
  // As every command that reads an output.
  expect((await readOutputFolder(path)).name).toBe('tiny');
  expect(await beside(cwd)).toEqual([]);
  const isNew = call === 'rm' || nth === 3;
  const equal = (await filesIn(path)).get('tiny_weights.c')!.equals(before.get('tiny_weights.c')!);
  expect(equal).toBe(!isNew);
});

test('the next run that writes cleans up as well', async () => {
  const cwd = await testFolder();
  await compileInto(cwd, 'out');
  await killed(cwd, 'rename', 2);
  await compileInto(cwd, 'out');
  expect(await beside(cwd)).toEqual([]);
});

const MANIFEST = '{ "format": "snug-manifest", "name": "net", "files": {} }';

test('what earlier versions left is put back, or removed unless it holds more than snug wrote', async () => {
  const cwd = await testFolder();
  const path = join(cwd, 'out');
  for (const name of ['.out.0a1b2c3d.old', '.out.0a1b2c3d.new', '.out.9a1b2c3d.old'])
    await mkdir(join(cwd, name), { recursive: true });
  await writeFile(join(cwd, '.out.9a1b2c3d.old/manifest.json'), MANIFEST);
  await writeFile(join(cwd, '.out.9a1b2c3d.old/mine.txt'), '');
  await rename(join(cwd, '.out.0a1b2c3d.old'), join(cwd, '.out.1a1b2c3d.old'));
  await checkOutputFolder(path);
  expect((await readdir(cwd)).sort()).toEqual(['.out.9a1b2c3d.old', 'out']);
});

test('folders of a run that goes on, and those with other names, are left alone', async () => {
  const cwd = await testFolder();
  const path = join(cwd, 'out');
  await writeOutputFolder(path, new Map([['manifest.json', MANIFEST]]));
  const names = [
    ...[`.out.${process.pid}-0a1b2c3d.new`, `.out.${process.pid}-0a1b2c3d.old`],
    ...['.out.backup.old', '.outer.0a1b2c3d.new', 'out.0a1b2c3d.new'],
  ];
  for (const name of names) await mkdir(join(cwd, name));
  await checkOutputFolder(path);
  expect((await readdir(cwd)).sort()).toEqual([...names, basename(path)].sort());
});

test('an output whose run seems to go on is put back all the same where its place stays free', async () => {
  const cwd = await testFolder();
  const old = join(cwd, `.out.${process.pid}-0a1b2c3d.old`);
  await mkdir(old);
  await writeFile(join(old, 'manifest.json'), MANIFEST);
  await checkOutputFolder(join(cwd, 'out'));
  expect(await readdir(cwd)).toEqual(['out']);
});
