/** Firmware of boards: sizes, refusals, the stack, counts that repeat, and differences that are found and named. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusals } from '../support/refused.ts';
import { compileInto, jsonOf, newFolder, snug, TINY } from '../support/snug.ts';
import { ARM_QEMU, needTools } from '../support/tools.ts';

let folder = '';
beforeAll(async () => {
  folder = await newFolder();
  await compileInto(folder, 'tiny', [...TINY, '--input', 'streamed', '--golden', '1', '--samples', '2']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const json = async (...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> => {
  const result = await snug([...args, '--json', '--quiet'], { cwd: folder });
  expect(result.stderr).toBe('');
  expect(result.exitCode).toBe(0);
  return jsonOf(result);
};

test('instructions are the same in every run, layers sum to about the whole, and rates are in reason', async context => {
  await needTools(context, ...ARM_QEMU);
  const first = await json('profile', 'tiny', '--target', 'nucleo-f446re', '--svg', 'bars.svg');
  expect(await json('profile', 'tiny', '--target', 'nucleo-f446re')).toEqual(first);
  const { instructions, layers, macs } = first as {
    instructions: number;
    macs: number;
    layers: readonly { name: string; instructions: number }[];
  };
  const sum = layers.reduce((total, layer) => total + layer.instructions, 0);
  expect(Math.abs(sum - instructions) / instructions).toBeLessThan(0.1);
  expect(instructions / macs).toBeGreaterThan(1);
  expect(instructions / macs).toBeLessThan(40);
  const svg = await readFile(join(folder, 'bars.svg'), 'utf8');
  expect(svg.match(/<rect/g)).toHaveLength(layers.length + 1);
  for (const { name } of layers) expect(svg).toContain(name);
});

test('the stack that is measured is at most the bound', async context => {
  await needTools(context, ...ARM_QEMU);
  const { stack } = (await json('build', 'tiny', '--target', 'nucleo-f446re')) as {
    stack: { measuredBytes: number; boundBytes: number; reservedBytes: number };
  };
  expect(stack.measuredBytes).toBeGreaterThan(100);
  expect(stack.measuredBytes).toBeLessThanOrEqual(stack.boundBytes);
  expect(stack.boundBytes).toBeLessThanOrEqual(4096);
  expect(stack.reservedBytes).toBeGreaterThan(stack.boundBytes);
});

test('firmware is replaced by the next build, and no file that somebody put beside it', async context => {
  await needTools(context, 'arm-none-eabi-gcc');
  const build = ['build', 'tiny', '--target', 'mps2-an386', '--out', 'fw', '--quiet'];
  expect((await snug(build, { cwd: folder })).exitCode).toBe(0);
  const names = (await readdir(join(folder, 'fw'))).sort();
  const manifest = JSON.parse(await readFile(join(folder, 'fw/manifest.json'), 'utf8')) as { files: object };
  expect([...Object.keys(manifest.files), 'manifest.json'].sort()).toEqual(names);
  expect((await snug(build, { cwd: folder })).exitCode).toBe(0);
  await writeFile(join(folder, 'fw/mine.c'), 'int mine;\n');
  const refused = await snug(build, { cwd: folder });
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('error SNUG105: fw holds what snug did not write: mine.c\n');
  // The compiled network is no place for firmware either.
  const over = await snug([...build.slice(0, 5), 'tiny', '--quiet'], { cwd: folder });
  expect(over).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('tiny exists and was not written by snug build'),
  });
});

test('a byte that is not the interpreter’s is found on the board, with its layer', async context => {
  await needTools(context, ...ARM_QEMU);
  await compileInto(folder, 'edited', [...TINY, '--golden', '1', '--samples', '2', '--input', 'streamed']);
  const path = join(folder, 'edited/tiny_weights.c');
  const text = await readFile(path, 'utf8');
  // The first bias of the second layer.
  const edited = text.replace(
    /(tiny_block_1_depthwise_bias\[\d+\] = \{\s*)-?\d+/,
    (_, before: string) => `${before}99999`,
  );
  expect(edited).not.toBe(text);
  await writeFile(path, edited);
  const result = await snug(['verify', 'edited', '--target', 'mps2-an386', '--samples', '1', '--json', '--quiet'], {
    cwd: folder,
  });
  expect(result.exitCode).toBe(1);
  const report = jsonOf(result) as { goldenTests: readonly { message: string }[]; firstDifference: { layer: string } };
  expect(report.firstDifference.layer).toBe('block_1_depthwise');
  expect(report.goldenTests[0]?.message).toContain('layer 2 (block_1_depthwise) differs first');
});

const refused = refusals(() => folder);

test('a core that QEMU lacks, a board that nobody knows, and no board at all are refused', async () => {
  await refused(['profile', 'tiny', '--target', 'esp32-s3'], { code: 'SNUG510', says: ['esp32-s3', 'xtensa-lx7'] });
  await refused(['build', 'tiny'], { code: 'SNUG101', says: ['--target'] });
  await refused(['build', 'tiny', '--target', 'no-such-board'], {
    code: 'SNUG131',
    says: ['no-such-board', 'mps2-an386'],
  });
  await refused(['build', 'tiny', '--target', 'mps2-an386', '--out', '/proc/no/such'], {
    code: 'SNUG104',
    says: ['/proc'],
  });
});
