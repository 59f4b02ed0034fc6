/** `snug plan`: the schedule, its picture and its memory, and that a compilation takes exactly what was planned. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CompileReport } from '../../src/report/report.ts';
import { compileInto, jsonOf, snug, TINY, testFolder } from '../support/snug.ts';
import { needTools } from '../support/tools.ts';

const SMALL = ['--model', 'mobilenet-v2', '--width', '0.35', '--resolution', '64', '--classes', '5'];

async function plan(
  args: readonly string[],
): Promise<{ report: CompileReport & Record<string, unknown>; exitCode: number }> {
  const result = await snug(['plan', ...args, '--json'], { cwd: await testFolder() });
  expect(result.stderr).toBe('');
  return { report: jsonOf(result) as unknown as CompileReport & Record<string, unknown>, exitCode: result.exitCode };
}

test('a compilation takes the bytes that were planned, whatever the schedule', async () => {
  const cwd = await testFolder();
  const ways: readonly (readonly string[])[] = [
    ['--schedule', 'layers'],
    ['--schedule', 'stream', '--input', 'streamed'],
    ['--schedule', 'stream', '--input', 'caller', '--kernels', 'portable'],
    ['--schedule', 'auto', '--ram', '16K'],
  ];
  for (const [i, way] of ways.entries()) {
    const { report } = await plan([...TINY, ...way, '--no-stack']);
    const out = await compileInto(cwd, `out-${i}`, [...TINY, ...way]);
    const compiled = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as CompileReport;
    expect(report.ram, way.join(' ')).toEqual(compiled.ram);
    expect(report.schedule).toEqual(compiled.schedule);
    expect(report.flash).toEqual(compiled.flash);
    const header = await readFile(join(out, 'tiny.h'), 'utf8');
    expect(header).toContain(`#define TINY_ACTIVATION_BYTES ${report.ram.arenaBytes}\n`);
  }
});

test('RAM comes four ways and adds up, with the stack of the compiled program', async context => {
  await needTools(context, 'gcc');
  const { report } = await plan([...SMALL, '--input', 'resident']);
  const { ram } = report;
  expect(ram.stackBytes).toBeGreaterThan(100);
  expect(ram.stackBytes).toBeLessThan(4096);
  expect(ram.arenaWithoutInputBytes).toBeLessThan(ram.arenaBytes);
  const parts = [ram.arenaBytes, ram.scratchBytes, ram.stateBytes, ram.inputBytes, ram.outputBytes, ram.stackBytes!];
  expect(ram.totalBytes).toBe(parts.reduce((a, b) => a + b));
  expect(report['stack']).toMatchObject({ bytes: ram.stackBytes, path: expect.arrayContaining(['mbv2_035_64_run']) });
});

test('says what each choice of kernels costs', async () => {
  const { report } = await plan([...SMALL, '--input', 'streamed', '--no-stack']);
  const costs = report['kernels'] as readonly { kernels: string; arenaBytes: number; scratchBytes: number }[];
  expect(costs.map(({ kernels }) => kernels)).toEqual(['portable', 'cmsis-nn', 'auto']);
  const [portable, library] = costs as [(typeof costs)[number], (typeof costs)[number]];
  expect(portable.arenaBytes).toBeLessThan(library.arenaBytes);
  expect(portable.scratchBytes).toBe(0);
});

test('prints groups, the picture, the peak and the memory', async () => {
  const { stdout, exitCode } = await snug(['plan', ...SMALL, '--input', 'streamed', '--no-stack'], {
    cwd: await testFolder(),
  });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^mbv2_035_64: 64×64 → 5, 64 layers, [\d.]+ M MACs, none computed twice\n/);
  expect(stdout).toMatch(/stem … \w+ +\d+ +flows in pixels × \d+ +\d+/);
  expect(stdout).toContain('▒ line buffers');
  expect(stdout).toMatch(/the peak is at \w+: \d+ bytes, \d+ bytes more than \w+/);
  expect(stdout).toMatch(/RAM in all +\d+ +[\d.]+ KiB +stack comes on top/);
});

test('shows what level 3 would bring', async () => {
  const { report } = await plan([...SMALL, '--input', 'streamed', '--no-stack', '--level', '3']);
  const rows = report['level3'] as readonly { factorLimit: number; recomputeFactor: number; arenaBytes: number }[];
  expect(rows.map(({ factorLimit }) => factorLimit)).toEqual([1, 1.05, 1.1, 1.2]);
  let before = report.ram.arenaBytes;
  for (const { factorLimit, recomputeFactor, arenaBytes } of rows) {
    expect(recomputeFactor).toBeLessThanOrEqual(factorLimit);
    expect(arenaBytes).toBeLessThanOrEqual(before);
    before = arenaBytes;
  }
});

test('writes the picture as SVG', async () => {
  const cwd = await testFolder();
  expect((await snug(['plan', ...SMALL, '--no-stack', '--svg', 'plan.svg'], { cwd })).exitCode).toBe(0);
  expect(await readFile(join(cwd, 'plan.svg'), 'utf8')).toMatch(/^<svg [\s\S]*<title>mbv2_035_64, 64×64/);
});

test('an SVG that cannot be written is an error of usage', async () => {
  const { stderr, exitCode } = await snug(['plan', ...SMALL, '--no-stack', '--svg', 'nowhere/plan.svg'], {
    cwd: await testFolder(),
  });
  expect([exitCode, stderr.includes('SNUG'), stderr.includes('    at ')]).toEqual([2, true, false]);
});

test('a budget that is missed is an answer of no, with the bytes', async () => {
  const { report, exitCode } = await plan([...SMALL, '--no-stack', '--ram', '8K']);
  expect([exitCode, report['fits']]).toEqual([1, false]);
  const { stdout } = await snug(['plan', ...SMALL, '--no-stack', '--ram', '8K', '--flash', '1M'], {
    cwd: await testFolder(),
  });
  expect(stdout).toMatch(/mbv2_035_64 misses 8192 bytes of RAM, stack on top by \d+\n/);
  expect(stdout).toMatch(/mbv2_035_64 fits 1048576 bytes of flash, code on top, \d+ are left\n/);
});

test('with room to spare the cheapest schedule is taken, and it is whole layers', async () => {
  const { report } = await plan([...SMALL, '--no-stack', '--ram', '4M']);
  expect(report.schedule.kind).toBe('layers');
  const { report: tight } = await plan([...SMALL, '--no-stack', '--ram', '24K']);
  expect(tight.schedule.kind).toBe('stream');
  expect(tight.ram.totalBytes).toBeLessThanOrEqual(24 * 1024);
});

test('what does not fit is not compiled, and nothing is written', async () => {
  const cwd = await testFolder();
  const { exitCode, stderr } = await snug(['compile', ...TINY, '--ram', '1K', '--out', 'out', '--quiet'], { cwd });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/error SNUG603: tiny needs \d+ bytes of RAM, \d+ more than the 1024 that there are/);
  await expect(readFile(join(cwd, 'out/manifest.json'))).rejects.toThrow();
  const flash = await snug(['compile', ...TINY, '--flash', '1K', '--out', 'out', '--quiet'], { cwd });
  expect([flash.exitCode, flash.stderr.includes('of flash for constant tables')]).toEqual([1, true]);
});

test.each([
  ['a size that is none', ['--ram', '12X'], 'It must be a number of bytes, as 131072, 128K or 1M'],
  ['layers over a streamed input', ['--schedule', 'layers', '--input', 'streamed'], 'SNUG602'],
  ['an unknown schedule', ['--schedule', 'patches'], 'Allowed choices are layers, stream, auto.'],
  ['an unknown place of the input', ['--input', 'flash'], 'Allowed choices are resident, streamed, caller.'],
])('refuses %s', async (_, args, says) => {
  const { exitCode, stderr } = await snug(['plan', ...TINY, ...args], { cwd: await testFolder() });
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
});
