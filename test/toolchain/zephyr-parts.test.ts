/**
 * The parts of CMSIS-NN that an emitted Kconfig selects are enough for each function that a program may call, on cores of
 * every kind. Runs where CMSIS_NN_DIR names a checkout of CMSIS-NN.
 */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Core } from '../../src/ir/kernel-call.ts';
import { needCmsisNn } from '../support/cmsis-nn.ts';
import { text, withIntegrations } from '../support/integrations.ts';
import { execute, testFolder } from '../support/snug.ts';
import { needTools } from '../support/tools.ts';
import { PARTS_REACHED, SOURCES_OF_PARTS } from '../support/zephyr-parts.ts';

const FLAGS: Readonly<Record<Core, readonly string[]>> = {
  c: ['-mcpu=cortex-m3', '-mthumb'],
  dsp: ['-mcpu=cortex-m4', '-mthumb'],
  mve: ['-mcpu=cortex-m55', '-mthumb', '-mfloat-abi=hard'],
};

/** Sources of a part that a release has. */
async function sourcesOf(checkout: string, part: string): Promise<readonly string[]> {
  const [folder, names] = SOURCES_OF_PARTS[part]!;
  const files = await readdir(join(checkout, 'Source', folder)).catch(() => [] as string[]);
  const wanted = files.filter(file => file.endsWith('.c') && names.test(file.slice(0, -'.c'.length)));
  return wanted.map(file => join(checkout, 'Source', folder, file));
}

/** A part as an archive. */
async function archive(checkout: string, part: string, core: Core, cwd: string): Promise<string> {
  const path = join(cwd, `${part}-${core}.a`);
  // 4.1.0 relies on another header for the integer types.
  const flags = [...FLAGS[core], '-w', '-O1', '-include', 'stdint.h', `-I${join(checkout, 'Include')}`];
  const objects: string[] = [];
  for (const [i, source] of (await sourcesOf(checkout, part)).entries()) {
    objects.push(join(cwd, `${part}-${core}-${i}.o`));
    const { stderr } = await execute('arm-none-eabi-gcc', [...flags, '-c', source, '-o', objects.at(-1)!], { cwd });
    expect(stderr).toBe('');
  }
  await execute('arm-none-eabi-ar', ['rc', path, ...objects], { cwd });
  return path;
}

test.for(['c', 'dsp', 'mve'] as const)('the selected parts are enough on cores of kind %s', async (core, context) => {
  const checkout = needCmsisNn(context);
  await needTools(context, 'arm-none-eabi-gcc');
  const cwd = await testFolder();
  const kconfig = text(await withIntegrations('eye'), 'zephyr/Kconfig');
  const parts = [...kconfig.matchAll(/select CMSIS_NN_(\w+) if/g)].map(([, part]) => part!);
  const archives = new Map<string, string>();
  for (const part of parts) archives.set(part, await archive(checkout, part, core, cwd));
  const link = async (function_: string, from: readonly string[]): Promise<string> => {
    const lines = [`extern int ${function_}();`, `void *root = ${function_};`, 'void _start(void) {}'];
    await writeFile(join(cwd, 'root.c'), lines.join('\n'));
    const libraries = ['-Wl,--start-group', ...from.map(part => archives.get(part)!), '-lc', '-lm', '-lnosys'];
    const args = [...FLAGS[core], '-nostartfiles', 'root.c', ...libraries, '-Wl,--end-group', '-o', 'root.elf'];
    const { exitCode, stderr } = await execute('arm-none-eabi-gcc', args, { cwd });
    return exitCode === 0 ? '' : stderr;
  };
  for (const [function_, reached] of Object.entries(PARTS_REACHED)) {
    // Every other function of the archive's file is linked as well. A part that an older release lacks is empty.
    expect(await link(function_, reached[core]), `${function_} with ${reached[core].join(', ')}`).toBe('');
  }
});
