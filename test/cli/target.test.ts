/** `--target`: a network compiled for a board of the user's own, whose RAM is too small in one piece. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileInto, jsonOf, newFolder, snug } from '../support/snug.ts';

const NETWORK = [
  '--model',
  'mobilenet-v2',
  '--width',
  '0.35',
  '--resolution',
  '96',
  '--classes',
  '10',
  '--name',
  'net',
];
/** 12 KiB of the first are not the network's. */
const RAM = { dtcm: '24K', sram: '28K' };

const board = (ram: Readonly<Record<string, string>>): object => ({
  ...{
    name: 'A small board',
    core: 'cortex-m4',
    clockHz: 100e6,
    compiler: 'arm-none-eabi-gcc',
    flags: ['-mcpu=cortex-m4'],
  },
  features: { dsp: true, fpu: 'single', mve: 'none' },
  regions: [
    { name: 'flash', kind: 'flash', address: '0x08000000', size: '512K' },
    { name: 'qspi', kind: 'flash', address: '0x90000000', size: '8M', holds: ['constants'] },
    ...Object.entries(ram).map(([name, size], i) => ({ name, kind: 'ram', address: `0x2${i}000000`, size })),
  ],
  sources: [{ title: 'none', url: 'https://example.com/', states: 'nothing: it exists in this test only' }],
});

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
  for (const [id, ram] of Object.entries({ divided: RAM, tiny: { sram: '16K' } })) {
    await mkdir(join(cwd, 'targets', id), { recursive: true });
    await writeFile(join(cwd, 'targets', id, 'target.json'), JSON.stringify(board(ram)));
  }
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

interface Regions {
  readonly regions: readonly { readonly name: string; readonly usedBytes: number; readonly sizeBytes: number }[] | null;
}

test('plan prints what every region takes', async () => {
  const args = ['plan', ...NETWORK, '--target', 'divided', '--no-stack'];
  const report = jsonOf(await snug([...args, '--json'], { cwd })) as unknown as { ram: Regions; flash: Regions };
  expect(report.ram.regions!.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
    ['dtcm', 24 * 1024],
    ['sram', 28 * 1024],
  ]);
  expect(report.ram.regions!.every(({ usedBytes }) => usedBytes > 0)).toBe(true);
  expect(report.ram.regions![0]!.usedBytes).toBeLessThanOrEqual(12 * 1024);
  expect(report.flash.regions!.reduce((sum, { usedBytes }) => sum + usedBytes, 0)).toBeGreaterThan(0);
  const { stdout } = await snug(args, { cwd });
  expect(stdout).toMatch(/arena in dtcm +\d+ +[\d.]+ KiB +of 24576 bytes/);
  expect(stdout).toMatch(/weights in qspi +\d+ +[\d.]+ KiB +of 8388608 bytes/);
});

test('without a target no region is named', async () => {
  const report = jsonOf(await snug(['plan', ...NETWORK, '--no-stack', '--json'], { cwd }));
  expect(report).toMatchObject({ ram: { regions: null }, flash: { regions: null } });
});

test('compile writes a program that verify takes, with its target', async () => {
  const out = await compileInto(cwd, 'out', [...NETWORK, '--target', 'divided']);
  const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')) as Readonly<Record<string, unknown>>;
  expect(manifest['target']).toBe('divided');
  expect(manifest['placement']).toMatchObject({ arena: [{ region: 'dtcm' }, { region: 'sram' }] });
  expect(await readFile(join(out, 'boards/divided/net.ld'), 'utf8')).toContain('> dtcm\n');
  const { exitCode, stderr } = await snug(['verify', 'out', '--quiet'], { cwd });
  expect([exitCode, stderr]).toEqual([0, '']);
});

test('what does not fit is refused with region and bytes', async () => {
  const { exitCode, stderr } = await snug(['plan', ...NETWORK, '--target', 'tiny', '--no-stack'], { cwd });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /error SNUG604: the arena of \d+ bytes does not fit into the RAM of tiny: sram \(4096 bytes free\)/,
  );
  expect(stderr).toContain('snug fit --ram 4096');
});

test('tables that do not fit are answered with a search of the same network, which finds one', async () => {
  const small = board({ sram: '256K' }) as { regions: readonly object[] };
  const regions = [{ name: 'flash', kind: 'flash', address: '0x08000000', size: '512K' }, ...small.regions.slice(2)];
  await mkdir(join(cwd, 'targets/small-flash'), { recursive: true });
  await writeFile(join(cwd, 'targets/small-flash/target.json'), JSON.stringify({ ...small, regions }));
  const network = ['--model', 'mobilenet-v2', '--resolution', '96', '--classes', '7', '--input', 'streamed'];
  const args = ['plan', ...network, '--target', 'small-flash', '--no-stack', '--json'];
  const refused = await snug(args, { cwd });
  expect(refused.exitCode).toBe(1);
  const [{ code, hint }] = jsonOf(refused)['error'] as [{ code: string; hint: string }];
  expect(code).toBe('SNUG605');
  const command = /snug (fit [^;]*?) lists the widths/.exec(hint)?.[1];
  expect(command).toBe('fit --ram 249856 --flash 425984 --classes 7 --input streamed');
  const found = await snug([...command!.split(' '), '--json', '--quiet'], { cwd });
  expect(found.exitCode).toBe(0);
  expect(jsonOf(found)).toMatchObject({ classes: 7, input: 'streamed', best: { width: expect.any(Number) } });
  // Without what was given it searched for 1000 classes.
  const without = await snug([...command!.split(' ').slice(0, 5), '--quiet'], { cwd });
  expect(without).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('none of 405 sizes fits') });
});
