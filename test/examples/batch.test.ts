/** The examples of evaluation on many machines: their files are well formed, and their commands run as they stand. */
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { writePictures } from '../support/pictures.ts';
import { compileInto, execute, type Finished, newFolder, ROOT, snug, TINY } from '../support/snug.ts';
import { setUpWith } from '../support/tools.ts';

const EXAMPLES = join(ROOT, 'examples/batch');
const readExample = (name: string): Promise<string> => readFile(join(EXAMPLES, name), 'utf8');

let cwd: string;
let whole: string;
beforeAll(async () => {
  cwd = await newFolder();
  await writePictures(
    join(cwd, 'pictures'),
    Array.from({ length: 13 }, (_, i) => `${i % 5}/p${i}.png`),
  );
  await writeFile(
    join(cwd, 'snug.config.mjs'),
    "export default { name: 'tiny', model: { network: 'mobilenet-v2', width: 0.1, resolution: 32, classes: 5 } };\n",
  );
  // What an installation puts on the path.
  const call = `exec ${process.execPath} ${join(ROOT, 'dist/cli/main.js')} "$@"\n`;
  await mkdir(join(cwd, 'bin'));
  await writeFile(join(cwd, 'bin/snug'), `#!/bin/sh\n${call}`);
  await writeFile(join(cwd, 'bin/npx'), `#!/bin/sh\ntest "$1" = snug || exit 9\nshift\n${call}`);
  for (const name of ['snug', 'npx']) await chmod(join(cwd, 'bin', name), 0o755);
  // As the workflow compiles it again.
  await compileInto(cwd, 'network', [...TINY, '--quantize', 'balanced']);
});
setUpWith(['gcc'], async () => {
  whole = (await snug(['eval', 'network', '--images', 'pictures'], { cwd })).stdout;
  expect(whole).toContain('tiny: 13 pictures');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

async function shell(name: string, command: string, env: Readonly<Record<string, string>>): Promise<Finished> {
  const PATH = `${join(cwd, 'bin')}:${process.env['PATH']}`;
  return execute(name, ['-eo', 'pipefail', '-c', command].slice(name === 'sh' ? 2 : 0), { cwd, env: { PATH, ...env } });
}

describe('the workflow', () => {
  const step = z.object({ name: z.string().optional(), uses: z.string().optional(), run: z.string().optional() });
  const workflow = z.object({
    on: z.object({ workflow_dispatch: z.null() }),
    jobs: z.object({
      shard: z.object({
        strategy: z.object({ matrix: z.object({ index: z.array(z.number()) }) }),
        steps: z.array(step),
      }),
      merge: z.object({ needs: z.literal('shard'), steps: z.array(step) }),
    }),
  });

  test('counts its shards from 0, and its commands give what one run gives', async () => {
    const { jobs } = workflow.parse(parse(await readExample('github-actions.yml')));
    const { index } = jobs.shard.strategy.matrix;
    expect(index).toEqual(index.map((_, i) => i));
    const commandOf = (job: 'shard' | 'merge', name: string): string =>
      jobs[job].steps.find(candidate => candidate.name === name)!.run!;
    const total = 2;
    const run = async (command: string, i: number): Promise<string> => {
      const text = command
        .replaceAll(/\$\{\{ matrix\.index \}\}/g, String(i))
        .replaceAll(/\$\{\{ strategy\.job-total \}\}/g, String(total));
      expect(text).not.toContain('${{');
      const { exitCode, stdout, stderr } = await shell('bash', text, { GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') });
      expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('error')]);
      return stdout;
    };
    const compile = commandOf('shard', 'compile');
    expect(compile).toBe('npx snug compile --out build/network');
    await run(`${compile} --config snug.config.mjs`, 0);
    for (let i = 0; i < total; i += 1) await run(commandOf('shard', 'evaluate'), i);
    expect(await run(commandOf('merge', 'merge'), 0)).toBe(whole);
    expect(await readFile(join(cwd, 'summary.md'), 'utf8')).toBe(`\`\`\`\n${whole}\`\`\`\n`);
    await rename(join(cwd, 'results'), join(cwd, 'results-of-workflow'));
  });
});

describe('the Indexed Job', () => {
  const container = z.object({
    workingDir: z.string(),
    command: z.tuple([z.literal('sh'), z.literal('-c'), z.string()]),
  });
  const job = z.object({
    apiVersion: z.literal('batch/v1'),
    kind: z.literal('Job'),
    spec: z.object({
      completionMode: z.literal('Indexed').optional(),
      completions: z.number().optional(),
      template: z.object({
        spec: z.object({ restartPolicy: z.literal('Never'), containers: z.tuple([container]) }),
      }),
    }),
  });

  test('divides by its completions, and its commands give what one run gives', async () => {
    const [shards, merge] = [await readExample('kubernetes-job.yaml'), await readExample('kubernetes-merge.yaml')];
    const { completionMode, completions, template } = job.parse(parse(shards)).spec;
    expect(completionMode).toBe('Indexed');
    const [, , command] = template.spec.containers[0].command;
    expect(command).toContain(`--shard "$JOB_COMPLETION_INDEX/${completions}"`);
    // Two pods do what eight do.
    const total = 2;
    const divided = command.replace(`/${completions}"`, `/${total}"`);
    for (let i = 0; i < total; i += 1) {
      const { exitCode, stderr } = await shell('sh', divided, { JOB_COMPLETION_INDEX: String(i) });
      expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    }
    const [, , mergeCommand] = job.parse(parse(merge)).spec.template.spec.containers[0].command;
    expect((await shell('sh', mergeCommand, {})).stdout).toBe(whole);
    // A pod that is missing is an error.
    await rm(join(cwd, 'results/shard-1.json'));
    const { exitCode, stderr } = await shell('sh', mergeCommand, {});
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error SNUG142: 1 of the shards is missing: 1/2');
  });
});

test('the README names every file beside it', async () => {
  const text = await readExample('README.md');
  for (const name of ['github-actions.yml', 'kubernetes-job.yaml', 'kubernetes-merge.yaml', 'Dockerfile']) {
    expect(text).toContain(`](${name})`);
    expect(await readExample(name)).not.toBe('');
  }
});
