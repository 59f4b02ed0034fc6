/** The command line as a whole: one command is loaded where one is named, and help and advice know all of them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, snug } from '../support/snug.ts';

const cwd = ROOT;

test('help lists every command', async () => {
  const files = await readdir(join(ROOT, 'src/cli'));
  const names = files.flatMap(file => /^(\w+)-command\.ts$/.exec(file)?.[1] ?? []);
  const { stdout, exitCode } = await snug(['--help'], { cwd });
  expect(exitCode).toBe(0);
  const listed = [...stdout.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name!);
  expect(listed.filter(name => name !== 'help').sort()).toEqual(names.sort());
});

test('help of a command is the same however it is asked for', async () => {
  const { stdout, exitCode } = await snug(['help', 'verify'], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Usage: snug verify');
  expect(await snug(['verify', '--help'], { cwd })).toMatchObject({ stdout, exitCode });
});

test('a name that is nearly a command is corrected, and one of Object is no command', async () => {
  const nearly = await snug(['verfy'], { cwd });
  expect(nearly).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Did you mean verify?') });
  const inherited = await snug(['toString'], { cwd });
  expect(inherited).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('SNUG101') });
});
