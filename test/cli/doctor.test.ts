/** `snug doctor`: what is there, what is missing, and the one command that installs it. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Finished, jsonOf, snug } from '../support/snug.ts';
import { nodeAlone } from '../support/tools.ts';

interface Tool {
  readonly tool: string;
  readonly version: string | null;
  readonly install: string | null;
}

const doctor = (PATH: string, ...args: readonly string[]): Promise<Finished> =>
  snug(['doctor', ...args], { cwd: PATH, env: { PATH } });
const found = (result: Finished): { readonly tools: readonly Tool[]; readonly install: string | null } =>
  jsonOf(result) as never;

test('names every missing tool with its package, and one command for all of them', async () => {
  const path = await nodeAlone();
  const result = await doctor(path, '--json');
  expect(result.exitCode).toBe(1);
  const { tools, install } = found(result);
  expect(tools.map(({ version }) => version)).toEqual(tools.map(() => null));
  expect(tools.find(({ tool }) => tool === 'gcc')).toMatchObject({ install: 'apt-get install gcc libc6-dev' });
  const packages = tools.flatMap(tool => tool.install!.replace('apt-get install ', '').split(' '));
  expect(install).toBe(`apt-get install ${[...new Set(packages)].join(' ')}`);
  const { stdout } = await doctor(path);
  expect(stdout).toMatch(/ gcc +missing +snug verify and eval on this host/);
  expect(stdout).toContain(install);
});

test('says which version is there, and ends with 0 where all are', async () => {
  const path = await nodeAlone();
  const { tools } = found(await doctor(path, '--json'));
  const put = async (tool: string): Promise<void> => {
    await writeFile(join(path, tool), `#!/bin/sh\necho "${tool} 1.2.3"\necho more\n`);
    await chmod(join(path, tool), 0o755);
  };
  await put('gcc');
  const one = found(await doctor(path, '--json'));
  expect(one.tools[0]).toMatchObject({ tool: 'gcc', version: 'gcc 1.2.3', install: null });
  expect(one.install).not.toContain('gcc libc6-dev');
  for (const { tool } of tools) await put(tool);
  const all = await doctor(path, '--json');
  expect(all.exitCode).toBe(0);
  expect(found(all).install).toBeNull();
});
