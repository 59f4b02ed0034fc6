/** `snug eval --target`: the C on a board's core in QEMU, beside the host's. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writePictures } from '../../support/pictures.ts';
import { refusals } from '../../support/refused.ts';
import { compileInto, jsonOf, newFolder, snug } from '../../support/snug.ts';
import { ARM_QEMU, needTools } from '../../support/tools.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
  await writePictures(
    join(cwd, 'pictures'),
    Array.from({ length: 12 }, (_, i) => `${i % 5}/p${i}.png`),
  );
  await compileInto(cwd, 'out');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const evaluate = ['eval', 'out', '--images', 'pictures', '--target'];

test('gives what the host gives, on a board that a machine of QEMU stands for', async context => {
  await needTools(context, ...ARM_QEMU);
  const result = await snug([...evaluate, 'nucleo-f446re', '--json', '--quiet'], { cwd });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  const found = jsonOf(result) as {
    top1: Record<'c' | 'target', number>;
    top5: Record<'c' | 'target', number>;
    paired: Record<'c' | 'target', object>;
  };
  expect(found).toMatchObject({ target: 'nucleo-f446re', images: 12, differingOutputs: 0, differingOnTarget: 0 });
  expect(found).toMatchObject({ machine: expect.stringContaining('Cortex-M4') });
  expect([found.top1.target, found.top5.target]).toEqual([found.top1.c, 12]);
  expect(found.paired.target).toEqual(found.paired.c);
});

test('is shown as text, in shards too', async context => {
  await needTools(context, ...ARM_QEMU);
  const args = [...evaluate, 'mps2-an386', '--samples', '3'];
  const whole = await snug([...args, '--quiet'], { cwd });
  expect(whole.stdout).toMatch(/\n C in QEMU +\d /);
  expect(whole.stdout).toMatch(/\noutputs of C on Arm MPS2 with AN386 .* and on this host differ in 0 pictures\n$/);
  for (const i of [0, 1]) await snug([...args, '--shard', `${i}/2`, '--out', `${i}.json`], { cwd });
  expect((await snug(['eval', 'merge', '0.json', '1.json'], { cwd })).stdout).toBe(whole.stdout);
});

test('is refused where there is no such board, or no machine with its core', async () => {
  const refused = refusals(() => cwd);
  await refused([...evaluate, 'absent'], { code: 'SNUG131', says: ['there is no target absent'] });
  await refused([...evaluate, 'esp32-s3'], { code: 'SNUG510', says: ['xtensa-lx7'] });
});
