/** `snug fit`: sizes for a budget. What it prints is what a compilation takes. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FitResult } from '../../src/fit/front.ts';
import { type PlannedSize, planSizes } from '../../src/fit/plan-sizes.ts';
import type { CompileReport } from '../../src/report/report.ts';
import { compileInto, jsonOf, newFolder, snug } from '../support/snug.ts';

type Answer = FitResult<PlannedSize> & { readonly points: readonly PlannedSize[] };

let cwd: string;
const runFit = async (...args: readonly string[]) => snug(['fit', ...args, '--quiet'], { cwd });
const answerOf = async (...args: readonly string[]) => {
  const result = await runFit(...args, '--json');
  return { exitCode: result.exitCode, answer: jsonOf(result) as unknown as Answer };
};

beforeAll(async () => {
  cwd = await newFolder();
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

test('searches 405 sizes, and all of the front fits', async () => {
  const { exitCode, answer } = await answerOf('--ram', '128K', '--flash', '1M', '--classes', '10');
  expect(exitCode).toBe(0);
  expect(answer.points).toHaveLength(405);
  expect(answer.front.length).toBeGreaterThan(3);
  for (const point of answer.front) {
    expect(point.ramBytes).toBeLessThanOrEqual(131072);
    expect(point.flashBytes).toBeLessThanOrEqual(1048576);
  }
  expect(answer.best).toEqual(answer.front[0]);
  const fitting = answer.points.filter(p => p.ramBytes <= 131072 && p.flashBytes <= 1048576);
  const most = Math.max(...fitting.map(({ top1 }) => top1?.percent ?? 0));
  expect(answer.best?.top1?.percent).toBe(most);
  expect(answer.nearest).toBeNull();
});

test('a budget that nothing fits gets a helpful no', async () => {
  const { stdout, exitCode } = await runFit('--ram', '4K', '--flash', '64K');
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^none of 405 sizes fits 4096 bytes of RAM and 65536 bytes of flash\n/);
  expect(stdout).toMatch(/the nearest is width 0\.1 at 32×32: it misses \d+ bytes of RAM and \d+ bytes of flash\n/);
  expect(stdout).toContain('--input streamed needs less RAM');
  expect(stdout).toContain('fewer classes need less flash: there are 1000');
});

test('a table of the front, the best, and the command that compiles it', async () => {
  const { stdout } = await runFit('--ram', '64K', '--flash', '1M', '--classes', '10', '--input', 'streamed');
  expect(stdout).toMatch(/^\d+ of 405 sizes fit 65536 bytes of RAM and 1048576 bytes of flash; those that no other/);
  const best = /best: width ([\d.]+) at (\d+)×\2, (~?[\d.]+ %)\n {2}(snug compile .*)/.exec(stdout)!;
  expect(best[4]).toBe(
    `snug compile --model mobilenet-v2 --width ${best[1]} --resolution ${best[2]} --classes 10 --input streamed --schedule stream --weights FILE --images DIR --out DIR`,
  );
});

test.each(['resident', 'streamed'] as const)(
  'no size of a small grid takes other bytes when it is compiled, %s',
  async input => {
    const sizes = [0.1, 0.2, 0.35].flatMap(width => [32, 48].map(resolution => ({ width, resolution })));
    const options = { kernels: 'auto', schedule: 'stream', input, ramBytes: null } as const;
    for (const point of planSizes(sizes, { classes: 3 }, options, () => undefined)) {
      const size = ['--width', String(point.width), '--resolution', String(point.resolution), '--classes', '3'];
      const args = ['--model', 'mobilenet-v2', ...size, '--schedule', 'stream', '--input', input, '--golden', '0'];
      const out = await compileInto(cwd, `${input}_${point.width}_${point.resolution}`, args);
      const { ram, flash, macs } = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as CompileReport;
      expect({ ram: ram.totalBytes, arena: ram.arenaBytes, flash: flash.weightsBytes, macs: macs.network }).toEqual({
        ram: point.ramBytes,
        arena: point.arenaBytes,
        flash: point.flashBytes,
        macs: point.macs,
      });
    }
  },
);

test.each([
  ['a width', ['--width', '0.5'], 'snug fit searches every width and resolution, and --width was given'],
  ['a model file', ['--model', 'net.onnx'], 'snug fit searches sizes of mobilenet-v2, and'],
])('refuses %s', async (_, args, says) => {
  const { exitCode, stderr } = await runFit('--ram', '64K', ...args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
});
