/** The demonstration on a machine without a compiler, over some of its pictures. */
import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { execute, ROOT, testFolder } from '../support/snug.ts';
import { nodeAlone } from '../support/tools.ts';

const DIGITS = join(ROOT, 'examples/digits');

/** A copy of the example with a few pictures a folder, which finds the program where the original does. */
async function smallCopy(): Promise<string> {
  const root = await testFolder();
  const folder = join(root, 'examples/digits');
  await mkdir(folder, { recursive: true });
  await symlink(join(ROOT, 'dist'), join(root, 'dist'));
  for (const file of ['demo.mjs', 'snug.config.ts', 'digits.safetensors'])
    await cp(join(DIGITS, file), join(folder, file));
  for (const part of ['calibration', 'images/3', 'images/7']) {
    await mkdir(join(folder, part), { recursive: true });
    const names = (await readdir(join(DIGITS, part))).sort().slice(0, 4);
    for (const name of names) await cp(join(DIGITS, part, name), join(folder, part, name));
  }
  return folder;
}

test('without gcc it does what it can, says what it left out and what installs it, and ends with 0', async () => {
  const cwd = await smallCopy();
  const { exitCode, stdout, stderr } = await execute(process.execPath, ['demo.mjs'], {
    cwd,
    env: { PATH: await nodeAlone() },
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringMatching(/error|gcc/) });
  for (const engine of ['float', 'int8 interpreter'])
    expect(stdout).toMatch(new RegExp(`\naccuracy, ${engine} +8 of 8`));
  expect(stdout).toMatch(/\naccuracy, compiled C +left out: gcc is not installed\n/);
  expect(stdout).toMatch(/\nC against interpreter +left out: gcc is not installed\n/);
  expect(stdout).toMatch(/\nflash, weights +479,160 bytes\n/);
  expect(stdout).toMatch(/\nLeft out: .*\n.*apt-get install gcc libc6-dev.*npm run tools.*\n$/);
  expect(await readdir(join(cwd, 'build'))).toContain('digits.c');
});
