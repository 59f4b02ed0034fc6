/** From pictures alone to compiled C that is right, and what a network is told that is given them in a wrong way. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DIGIT_CALIBRATION, DIGITS, expectedDigits, scaledNetwork } from '../../support/scaled-inputs.ts';
import { jsonOf, snug, testFolder } from '../../support/snug.ts';

const FILE = 'rescaling_centered.keras.gz';

async function evaluated(...flags: readonly string[]) {
  const cwd = await testFolder();
  const { name, bytes } = scaledNetwork(FILE);
  await writeFile(join(cwd, name), bytes);
  const compile = ['compile', '--model', name, '--images', DIGIT_CALIBRATION, '--quantize', 'fast', '--out', 'out'];
  const compiled = await snug([...compile, ...flags], { cwd });
  expect(compiled.exitCode).toBe(0);
  return { compiled, result: await snug(['eval', 'out', '--images', DIGITS, '--json'], { cwd }) };
}

test('compiled C is right as often as the framework, to one picture of 100', async () => {
  const { compiled, result } = await evaluated();
  expect(compiled.stderr).not.toContain('warning');
  expect(result.exitCode).toBe(0);
  const { top1, chance } = jsonOf(result) as { top1: Record<'float' | 'c', number>; chance: object };
  expect(top1.float).toBe(expectedDigits[FILE]!.right);
  expect(Math.abs(top1.c - expectedDigits[FILE]!.right)).toBeLessThanOrEqual(5);
  expect(chance).toMatchObject({ engine: 'float', atChance: false });
});

test('a network that is given pixels scaled twice is warned of, and at chance ends with 1', async () => {
  const { compiled, result } = await evaluated('--mean', '127.5', '--std', '127.5');
  expect(compiled.stderr).toContain('warning: the BatchNorms of the network saw other numbers in training');
  expect(compiled.stderr).toContain('--mean 0 --std 1');
  expect(result.exitCode).toBe(1);
  expect(result.stderr).toContain('warning: float is right no more often than chance');
  expect(jsonOf(result)).toMatchObject({ chance: { atChance: true }, differingOutputs: 0 });
});
