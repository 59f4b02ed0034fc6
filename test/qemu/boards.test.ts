/**
 * Firmware for every board that comes with snug: the example network is placed in the board's regions, builds with the
 * board's flags, and every section of the program lies in a region that may hold it.
 */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listTargets } from '../../src/cli/target-folders.ts';
import { elfSections, elfSegments } from '../../src/formats/elf.ts';
import type { Target } from '../../src/targets/target.ts';
import { compileInto, execute, jsonOf, newFolder, ROOT, snug } from '../support/snug.ts';
import { ARM, needTools } from '../support/tools.ts';

/** MobileNetV2 with ten classes, small enough for every board of the list. */
const EXAMPLE = ['--model', 'mobilenet-v2', '--width', '0.1', '--resolution', '96', '--classes', '10', '--name', 'net'];
const QUICK = ['--samples', '1', '--golden', '1', '--input', 'streamed'];

const targets = (await listTargets([join(ROOT, 'targets')])).map(({ target }) => target);

/**
 * Debian has no compiler for the ESP32-S3. Its compiler for an earlier core of the family makes a subset of the same
 * instructions, which shows what everything takes. That core has division in its ROM, and its libgcc does not.
 */
const STANDS_IN = 'xtensa-lx106-elf-gcc';
const ROM = `
unsigned __udivmod(unsigned a, unsigned b, unsigned *rest)
{
    unsigned quotient = 0, left = 0;
    for (int bit = 31; bit >= 0; bit--)
    {
        left = (left << 1) | ((a >> bit) & 1u);
        quotient <<= 1;
        if (left >= b) { left -= b; quotient |= 1u; }
    }
    *rest = left;
    return quotient;
}
unsigned __udivsi3(unsigned a, unsigned b) { unsigned rest; return __udivmod(a, b, &rest); }
unsigned __umodsi3(unsigned a, unsigned b) { unsigned rest; __udivmod(a, b, &rest); return rest; }
static unsigned size(int a) { return a < 0 ? 0u - (unsigned)a : (unsigned)a; }
int __divsi3(int a, int b) { unsigned q = __udivsi3(size(a), size(b)); return (a < 0) != (b < 0) ? -(int)q : (int)q; }
int __modsi3(int a, int b) { unsigned r = __umodsi3(size(a), size(b)); return a < 0 ? -(int)r : (int)r; }
unsigned long long __muldi3(unsigned long long a, unsigned long long b)
{
    unsigned long long sum = 0;
    for (; b != 0; b >>= 1, a <<= 1) sum += b & 1u ? a : 0;
    return sum;
}
unsigned long long __udivdi3(unsigned long long a, unsigned long long b)
{
    unsigned long long quotient = 0, left = 0;
    for (int bit = 63; bit >= 0; bit--)
    {
        left = (left << 1) | ((a >> bit) & 1u);
        quotient <<= 1;
        if (left >= b) { left -= b; quotient |= 1u; }
    }
    return quotient;
}
unsigned long long __umoddi3(unsigned long long a, unsigned long long b) { return a - b * __udivdi3(a, b); }
`;

let folder = '';
beforeAll(async () => {
  folder = await newFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A compiler that links what the ROM of its own core would have. */
async function standIn(): Promise<string> {
  const wrapper = join(folder, 'xtensa-gcc');
  const [rom, object] = [join(folder, 'rom.c'), join(folder, 'rom.o')];
  await writeFile(rom, ROM);
  await writeFile(
    wrapper,
    `#!/bin/sh\ncase " $* " in *" -c "*) exec ${STANDS_IN} "$@";; esac\nexec ${STANDS_IN} "$@" ${object}\n`,
  );
  await chmod(wrapper, 0o755);
  expect((await execute(STANDS_IN, ['-O1', '-c', rom, '-o', object], { cwd: folder })).stderr).toBe('');
  return wrapper;
}

test('there are boards', () => {
  expect(targets.length).toBeGreaterThanOrEqual(20);
});

describe.each(targets)('$id', target => {
  test('every section lies in a region that may hold it', async context => {
    const xtensa = target.core === 'xtensa-lx7';
    await needTools(context, ...(xtensa ? [STANDS_IN] : ARM));
    const compiler = xtensa ? ['--compiler', await standIn()] : [];
    const out = await compileInto(folder, target.id, [...EXAMPLE, ...QUICK, '--target', target.id]);
    const result = await snug(['build', out, ...compiler, '--json', '--quiet'], { cwd: folder });
    expect(result.stderr).toBe('');
    const { elf, regions, outsideBytes } = jsonOf(result) as {
      elf: string;
      outsideBytes: number;
      regions: readonly { region: string; usedBytes: number; sizeBytes: number }[];
    };
    expect(outsideBytes).toBe(0);
    for (const { usedBytes, sizeBytes } of regions) expect(usedBytes).toBeLessThanOrEqual(sizeBytes);
    const data = await readFile(elf);
    const holding = (address: number, bytes: number): Target['regions'][number] | undefined =>
      target.regions.find(region => region.address <= address && address + bytes <= region.address + region.size);
    for (const { name, address, bytes, executable, writable } of elfSections(data, elf)) {
      const content = executable ? 'code' : writable ? 'data' : 'constants';
      expect(holding(address, bytes)?.holds, name).toContain(content);
    }
    for (const { loadAddress, bytes } of elfSegments(data, elf)) {
      expect(holding(loadAddress, bytes)?.kind, loadAddress.toString(16)).toBe('flash');
    }
    // The arena lies where the compilation placed it.
    const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'));
    const used = report.ram.regions.filter((region: { usedBytes: number }) => region.usedBytes > 0);
    expect(used.length).toBeGreaterThan(0);
  });
});

test('a network that one region is too small for is refused with the figure, when compiled and when built', async context => {
  await needTools(context, ...ARM);
  const large = ['--model', 'mobilenet-v2', '--width', '0.5', '--resolution', '96', '--name', 'large', ...QUICK];
  const refused = await snug(
    ['compile', ...large, '--quantize', 'fast', '--target', 'nucleo-f446re', '--out', 'large', '--json'],
    {
      cwd: folder,
    },
  );
  expect(refused.exitCode).toBe(1);
  expect(jsonOf(refused)['error']).toMatchObject([{ code: 'SNUG605', message: expect.stringMatching(/\d+ bytes/) }]);

  const out = await compileInto(folder, 'large', large);
  const built = await snug(['build', out, '--target', 'nucleo-f446re', '--json', '--quiet'], { cwd: folder });
  expect(built.exitCode).toBe(1);
  expect(jsonOf(built)['error']).toMatchObject([
    { code: 'SNUG610', message: expect.stringMatching(/\d+ bytes too large for region flash of nucleo-f446re/) },
  ]);
});

test('a board of one’s own with less RAM than the arena is refused with that region', async context => {
  await needTools(context, ...ARM);
  const path = join(folder, 'targets/small');
  await mkdir(path, { recursive: true });
  const text = await readFile(join(ROOT, 'targets/nucleo-f446re/target.json'), 'utf8');
  const small = JSON.parse(text) as { regions: { kind: string; size: string }[] };
  for (const region of small.regions) if (region.kind === 'ram') region.size = '16K';
  await writeFile(join(path, 'target.json'), JSON.stringify(small));
  const out = await compileInto(folder, 'unplaced', [
    ...EXAMPLE,
    '--samples',
    '1',
    '--golden',
    '1',
    '--schedule',
    'layers',
  ]);
  const built = await snug(['build', out, '--target', 'small', '--json', '--quiet'], { cwd: folder });
  expect(built.exitCode).toBe(1);
  expect(jsonOf(built)['error']).toMatchObject([
    { code: 'SNUG610', message: expect.stringMatching(/\d+ bytes too large for region \w+ of small, which has 16384/) },
  ]);
});
