/** Outputs that the operating system refuses: the advice is about the reason. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeOutputFolder } from '../../src/disk/output-folder.ts';
import { checkPlace, makeFolder, notWritable } from '../../src/disk/writable.ts';
import { execute, ROOT, snug, TINY, testFolder } from '../support/snug.ts';

test.each([
  ['ENOSPC', 'the disk is full: free some space'],
  ['EDQUOT', 'quota on this disk is used up'],
  ['EROFS', 'mounted read-only'],
  ['EACCES', 'change the permissions of the folder'],
])('%s has its advice', (code, advice) => {
  const [diagnostic] = notWritable('out', Object.assign(new Error('refused'), { code })).diagnostics;
  expect(diagnostic).toMatchObject({ code: 'SNUG104', message: 'cannot write to out: refused' });
  expect(diagnostic!.hint).toContain(advice);
  expect(diagnostic!.hint.includes('permissions')).toBe(code === 'EACCES');
});

test.runIf(existsSync('/dev/full'))('a full disk is told as one by the command', async () => {
  const args = ['plan', ...TINY, '--no-stack', '--quiet', '--svg', '/dev/full'];
  const { exitCode, stderr } = await snug(args, { cwd: await testFolder() });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('error SNUG104: cannot write to /dev/full: ENOSPC');
  expect(stderr).toContain('to fix: the disk is full');
});

test('a full disk for temporary files is no fault of snug', async () => {
  const cwd = await testFolder();
  const full = `
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
fs.mkdtemp = async () => { throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }); };
syncBuiltinESMExports();
`;
  await writeFile(join(cwd, 'full.mjs'), full);
  const args = ['--import', './full.mjs', join(ROOT, 'dist/cli/main.js'), 'plan', ...TINY];
  const { exitCode, stderr } = await execute(process.execPath, args, { cwd });
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`error SNUG104: cannot write to ${tmpdir()}: ENOSPC`);
  expect(stderr).toContain('to fix: the disk is full');
});

test('a place below a file is refused, and folders are made as deep as they are missing', async () => {
  const folder = await testFolder();
  await writeFile(join(folder, 'file'), '');
  await expect(checkPlace(join(folder, 'file/out'))).rejects.toMatchObject({ diagnostics: [{ code: 'SNUG104' }] });
  await makeFolder(join(folder, 'a/b/c'));
  await makeFolder(join(folder, 'a/b/c'));
  await checkPlace(join(folder, 'a/b/c/out'));
  await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
});

test('what keeps a folder from its place is told with its reason, and nothing is left', async () => {
  const folder = await testFolder();
  await mkdir(join(folder, 'out'));
  await expect(writeOutputFolder(join(folder, 'out/x'), new Map([['a\0b', '']]))).rejects.toMatchObject({
    diagnostics: [{ code: 'SNUG104', origin: { file: join(folder, 'out/x') } }],
  });
  expect(await readdir(join(folder, 'out'))).toEqual([]);
});
