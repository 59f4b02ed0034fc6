/** The schedule that `auto` chooses for a board executes no more instructions than those it was chosen from. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileInto, jsonOf, newFolder, snug } from '../support/snug.ts';
import { ARM_QEMU, needTools } from '../support/tools.ts';

const NETWORK = [
  ...['--model', 'mobilenet-v2', '--width', '0.2', '--resolution', '48', '--classes', '10', '--samples', '1'],
  ...['--kernels', 'portable', '--name', 'net'],
];
/** Prices are estimates, and schedules within half a percent count as equal. */
const EQUAL = 1.02;

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

async function instructions(target: string, name: string, how: readonly string[]): Promise<number> {
  await compileInto(cwd, name, [...NETWORK, ...how]);
  const result = await snug(['profile', name, '--target', target, '--json', '--quiet'], { cwd });
  expect(result.stderr).toBe('');
  return jsonOf(result)['instructions'] as number;
}

test.for([
  ['Cortex-M4', 'mps2-an386'],
  ['Cortex-M55 without CMSIS-NN', 'mps3-an547'],
] as const)('%s', async ([, target], context) => {
  await needTools(context, ...ARM_QEMU);
  const chosen = await instructions(target, `chosen-${target}`, ['--target', target]);
  for (const schedule of ['layers', 'stream']) {
    const other = await instructions(target, `${schedule}-${target}`, ['--schedule', schedule]);
    expect(chosen, schedule).toBeLessThan(EQUAL * other);
  }
});
