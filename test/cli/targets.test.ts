/** `snug targets`: snug's boards, boards of one's own, and which of them counts. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { refusals } from '../support/refused.ts';
import { jsonOf, ROOT, snug, testFolder } from '../support/snug.ts';

const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };

const BOARD = {
  name: 'A board of my own',
  core: 'cortex-m55',
  features: { dsp: true, fpu: 'double', mve: 'float' },
  clockHz: 133_333_333,
  regions: [
    {
      name: 'flash',
      kind: 'flash',
      address: '0x08000000',
      size: '1M',
      reserved: { size: '16K', for: 'a boot loader' },
    },
    { name: 'qspi', kind: 'flash', address: '0x90000000', size: '8M', traits: ['external'], holds: ['constants'] },
    { name: 'dtcm', kind: 'ram', address: '0x20000000', size: '128K', traits: ['tightly-coupled'] },
    { name: 'sram', kind: 'ram', address: '0x24000000', size: '1000', traits: ['cached'], holds: ['data', 'code'] },
    { name: 'sdram', kind: 'ram', address: '0xc0000000', size: '32M', traits: ['external', 'cached'] },
  ],
  compiler: 'arm-none-eabi-gcc',
  flags: ['-mcpu=cortex-m55', '-mthumb'],
  sources: [{ title: 'A data sheet', url: 'https://example.com/', states: 'everything' }],
};

/** Puts a board into `targets/ID` of a folder, which is made. */
async function addBoard(folder: string, id: string, changes: object = {}): Promise<void> {
  await mkdir(join(folder, 'targets', id), { recursive: true });
  await writeFile(join(folder, 'targets', id, 'target.json'), JSON.stringify({ ...BOARD, ...changes }));
}

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly file: string;
}

async function listed(cwd: string, args: readonly string[] = []): Promise<ReadonlyMap<string, Listed>> {
  const { targets } = jsonOf(await snug(['targets', ...args, '--json'], { cwd })) as { targets: readonly Listed[] };
  return new Map(targets.map(target => [target.id, target]));
}

describe('all targets', () => {
  test('a line for each, with its memory summed up', async () => {
    const cwd = await testFolder();
    await addBoard(cwd, 'own');
    await addBoard(cwd, 'zz-esp', { core: 'xtensa-lx7', features: { dsp: false, fpu: 'none', mve: 'none' } });
    const { exitCode, stdout, stderr } = await snug(['targets'], { cwd });
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n').map(line => line.trim().replace(/ {2,}/g, ' | '));
    expect(lines[0]).toBe('id | board | core | extensions | MHz | flash | external | RAM | external | QEMU');
    expect(lines).toContain(
      'mps2-an386 | Arm MPS2 with AN386 (Cortex-M4) | cortex-m4 | DSP, FPU single | 25 | 4M | 8M | 4M | 8M | mps2-an386',
    );
    // 128 KiB and 1000 bytes; of the flash 16 KiB are reserved.
    expect(lines).toContain(
      'own | A board of my own | cortex-m55 | DSP, FPU double, MVE float | 133.333 | 1008K | 8M | 132072 | 32M | mps3-an547',
    );
    expect(lines).toContain('zz-esp | A board of my own | xtensa-lx7 | - | 133.333 | 1008K | 8M | 132072 | 32M | -');
  });

  test('one object, sorted by id', async () => {
    const cwd = await testFolder();
    await addBoard(cwd, 'own', { core: 'xtensa-lx7' });
    const result = await snug(['targets', '--json'], { cwd });
    const object = jsonOf(result) as { targets: readonly Listed[] };
    expect(Object.keys(object)).toEqual(['snug', 'command', 'targets']);
    expect(object).toMatchObject({ snug: version, command: 'targets' });
    const ids = object.targets.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toEqual(expect.arrayContaining(['mps2-an385', 'mps2-an500', 'mps3-an547', 'own']));
    expect(object.targets.find(({ id }) => id === 'own')).toEqual({
      ...{ id: 'own', name: BOARD.name, core: 'xtensa-lx7', features: BOARD.features, clockHz: 133_333_333 },
      ...{ flashBytes: 1008 * 1024, externalFlashBytes: 8 * 2 ** 20 },
      ...{ ramBytes: 128 * 1024 + 1000, externalRamBytes: 32 * 2 ** 20 },
      ...{ qemuMachine: null, file: 'targets/own/target.json' },
    });
  });
});

describe('one target', () => {
  test('regions, compiler and sources', async () => {
    const cwd = await testFolder();
    await addBoard(cwd, 'own');
    const { exitCode, stdout, stderr } = await snug(['targets', 'own'], { cwd });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').map(line => line.trim().replace(/ {2,}/g, ' | '))).toEqual([
      'own: A board of my own; cortex-m55, 133.333 MHz; extensions: DSP, FPU double, MVE float',
      'region | kind | address | size | traits | holds',
      'flash | flash | 0x08004000 | 1008K | - | code, constants',
      'qspi | flash | 0x90000000 | 8M | external | constants',
      'dtcm | ram | 0x20000000 | 128K | tightly-coupled | data',
      'sram | ram | 0x24000000 | 1000 | cached | data, code',
      'sdram | ram | 0xc0000000 | 32M | external, cached | data',
      'compiler: arm-none-eabi-gcc -mcpu=cortex-m55 -mthumb',
      'linker script: generated; start-up: generated',
      'QEMU: mps3-an547, which stands for the core alone',
      'file: targets/own/target.json',
      'sources:',
      'A data sheet (everything): https://example.com/',
      '',
    ]);
  });

  test('the same as JSON, null where a file is generated', async () => {
    const cwd = await testFolder();
    const object = jsonOf(await snug(['targets', 'mps2-an386', '--json'], { cwd }));
    expect(Object.keys(object)).toEqual(['snug', 'command', 'target']);
    expect(object).toMatchObject({
      command: 'targets',
      target: {
        ...{ id: 'mps2-an386', ramBytes: 4 * 2 ** 20, qemuMachine: 'mps2-an386', qemu: 'mps2-an386' },
        ...{ linkerScript: null, startup: null, compiler: 'arm-none-eabi-gcc' },
      },
    });
    const { regions } = object['target'] as { regions: readonly object[] };
    expect(regions[2]).toEqual({
      ...{ name: 'sram', kind: 'ram', address: '0x20000000', sizeBytes: 4 * 2 ** 20, traits: [], holds: ['data'] },
    });
    expect((await snug(['targets', 'mps2-an386'], { cwd })).stdout).toContain('\nQEMU: mps2-an386\n');
  });
});

describe("boards of one's own", () => {
  test("win over snug's of the same id, those beside the configuration first", async () => {
    const cwd = await testFolder();
    await addBoard(cwd, 'mps2-an385', { name: 'of the current folder' });
    await addBoard(cwd, 'here', { name: 'of the current folder' });
    await addBoard(join(cwd, 'project'), 'mps2-an385', { name: 'beside the configuration' });
    await addBoard(join(cwd, 'project'), 'there', { name: 'beside the configuration' });
    await writeFile(join(cwd, 'project/snug.config.ts'), '');

    const without = await listed(cwd);
    expect(without.get('mps2-an385')).toMatchObject({
      ...{ name: 'of the current folder', file: 'targets/mps2-an385/target.json' },
    });
    expect([without.has('here'), without.has('there')]).toEqual([true, false]);

    const beside = await listed(cwd, ['--config', 'project/snug.config.ts']);
    expect(beside.get('mps2-an385')).toMatchObject({
      ...{ name: 'beside the configuration', file: 'project/targets/mps2-an385/target.json' },
    });
    expect([beside.has('here'), beside.has('there')]).toEqual([true, true]);
    expect(beside.get('mps2-an386')?.name).toBe('Arm MPS2 with AN386 (Cortex-M4)');
    const one = await snug(['targets', 'there', '--config', 'project/snug.config.ts'], { cwd });
    expect(one.stdout).toContain('there: beside the configuration; ');
  });

  test('name their files, which have to be there', async () => {
    const cwd = await testFolder();
    await addBoard(cwd, 'own', { linkerScript: 'own.ld', startup: 'own.c' });
    await writeFile(join(cwd, 'targets/own/own.c'), '');
    const says = ['linkerScript: there is no own.ld beside it', 'targets/own/target.json'];
    await refusals(() => cwd)(['targets', 'own'], { code: 'SNUG130', says });
    await writeFile(join(cwd, 'targets/own/own.ld'), '');
    const { stdout } = await snug(['targets', 'own'], { cwd });
    expect(stdout).toContain('linker script: own.ld; start-up: own.c\n');
  });
});

describe('what is refused', () => {
  test('a faulty board, by its file', async () => {
    const cwd = await testFolder();
    await addBoard(cwd, 'faulty', { clockHz: 0 });
    const refused = refusals(() => cwd);
    const expected = { code: 'SNUG130', says: ['clockHz', 'targets/faulty/target.json'] };
    await refused(['targets'], expected);
    const [error] = await refused(['targets', 'faulty'], expected);
    expect(error?.origin.file).toBe('targets/faulty/target.json');
    // The others are listed all the same, for people; and another one can be looked at.
    const { exitCode, stdout, stderr } = await snug(['targets'], { cwd });
    expect(exitCode).toBe(2);
    expect(stdout).toContain('mps2-an385');
    expect(stdout).not.toContain('faulty');
    expect(stderr).toContain('targets/faulty/target.json');
    expect((await snug(['targets', 'mps2-an385'], { cwd })).exitCode).toBe(0);
  });

  test('all faulty boards at once', async () => {
    const cwd = await testFolder();
    await addBoard(cwd, 'one', { clockHz: 0 });
    await addBoard(cwd, 'two', { startup: 'none.c' });
    const errors = await refusals(() => cwd)(['targets'], { code: 'SNUG130', says: ['clockHz', 'none.c'] });
    expect(errors.map(({ origin }) => origin.file)).toEqual(['targets/one/target.json', 'targets/two/target.json']);
  });

  test('an id that no board has, with those that there are', async () => {
    const cwd = await testFolder();
    await addBoard(cwd, 'own');
    const says = ['there is no target nucleo', 'mps2-an385', 'mps3-an547', 'own', 'targets/nucleo/target.json'];
    await refusals(() => cwd)(['targets', 'nucleo'], { code: 'SNUG131', says });
  });

  test('a configuration that is not there', async () => {
    const cwd = await testFolder();
    const says = ['there is no configuration at none.ts'];
    await refusals(() => cwd)(['targets', '--config', 'none.ts'], { code: 'SNUG102', says });
  });
});
