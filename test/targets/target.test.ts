/** A `target.json` as it is read: what it becomes, and every refusal with its place. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { parseTarget } from '../../src/targets/target.ts';
import { ROOT } from '../support/snug.ts';

const FLASH = { name: 'flash', kind: 'flash', address: '0x08000000', size: '1M' };
const SRAM = { name: 'sram', kind: 'ram', address: '0x20000000', size: '96K' };

const FILE = {
  name: 'A board',
  core: 'cortex-m4',
  features: { dsp: true, fpu: 'single', mve: 'none' },
  clockHz: 80_000_000,
  regions: [FLASH, SRAM] as readonly object[],
  compiler: 'arm-none-eabi-gcc',
  flags: ['-mcpu=cortex-m4', '-mthumb'],
  sources: [{ title: 'none', url: 'https://example.com/', states: 'nothing' }],
};

const withRegions = (...regions: readonly object[]): string => JSON.stringify({ ...FILE, regions });

/** Messages of a refusal, each of which must have the code and name the file. */
function refusal(text: string): readonly string[] {
  try {
    parseTarget('own', text, 'targets/own/target.json');
  } catch (error) {
    expect(error).toBeInstanceOf(SnugError);
    return (error as SnugError).diagnostics.map(({ code, message, origin }) => {
      expect({ code, file: origin.file }).toEqual({ code: 'SNUG130', file: 'targets/own/target.json' });
      return message;
    });
  }
  throw new Error('nothing was refused');
}

describe('what is read', () => {
  test('what a file leaves out has its default', () => {
    const target = parseTarget('own', JSON.stringify(FILE), 'target.json');
    expect(target).toMatchObject({ id: 'own', name: 'A board', linkerScript: null, startup: null, qemu: null });
    expect(target.regions).toEqual([
      { ...FLASH, address: 0x0800_0000, size: 2 ** 20, traits: [], holds: ['code', 'constants'] },
      { ...SRAM, address: 0x2000_0000, size: 96 * 1024, traits: [], holds: ['data'] },
    ]);
  });

  test('what is reserved moves the beginning of a region and takes its bytes', () => {
    const flash = { ...FLASH, reserved: { size: '16K', for: 'the boot loader' } };
    const [first] = parseTarget('own', withRegions(flash, SRAM), 'target.json').regions;
    expect(first).toMatchObject({ address: 0x0800_4000, size: 2 ** 20 - 16 * 1024 });
  });

  test('regions may touch, and may end where addresses end', () => {
    const next = { ...SRAM, name: 'next', address: '0x20018000' };
    const last = { ...SRAM, name: 'last', address: '0xfffe8000' };
    expect(parseTarget('own', withRegions(FLASH, SRAM, next, last), 'target.json').regions).toHaveLength(4);
  });

  test('the example of docs/add-a-board.md', () => {
    const document = readFileSync(join(ROOT, 'docs/add-a-board.md'), 'utf8');
    const blocks = [...document.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => text!);
    expect(blocks).toHaveLength(1);
    const target = parseTarget('nucleo-l476rg', blocks[0]!, 'docs/add-a-board.md');
    expect(target.regions.map(({ name, address, size }) => [name, address, size])).toEqual([
      ['flash', 0x0800_0000, 1024 * 1024],
      ['sram1', 0x2000_0000, 96 * 1024],
      ['sram2', 0x1000_0000, 32 * 1024],
    ]);
  });
});

describe('what is refused', () => {
  test('text that is not JSON', () => {
    expect(refusal('{ "name": ')).toEqual([expect.stringMatching(/^it is not JSON: ./)]);
    expect(refusal('[]')).toEqual([expect.stringMatching(/^the file: .*expected object/)]);
  });

  test('keys that nobody knows, at their place', () => {
    expect(refusal(JSON.stringify({ ...FILE, ram: '96K' }))).toEqual([expect.stringMatching(/^the file: .*"ram"/)]);
    const misspelt = { ...SRAM, trait: ['external'] };
    expect(refusal(withRegions(FLASH, misspelt))).toEqual([expect.stringMatching(/^regions\.1: .*"trait"/)]);
  });

  test('every fault of a file at once', () => {
    const faults = refusal(JSON.stringify({ ...FILE, core: 'cortex-m9', clockHz: 0, sources: [] }));
    expect(faults.map(fault => fault.split(':')[0])).toEqual(['core', 'clockHz', 'sources']);
  });

  test.each(['0', '0K', '96X', '-1K', '1.3', ''])('the size %j', size => {
    expect(refusal(withRegions(FLASH, { ...SRAM, size }))).toEqual([
      "regions.1.size: expected a size, as '128K' or '1M'",
    ]);
  });

  test.each(['20000000', '0x2000', '0x2000000g', '0x200000000'])('the address %j', address => {
    expect(refusal(withRegions(FLASH, { ...SRAM, address }))).toEqual([
      'regions.1.address: expected an address, as 0x20000000',
    ]);
  });

  test('names that are no C identifiers', () => {
    expect(refusal(withRegions(FLASH, { ...SRAM, name: 'SRAM-1' }))).toEqual([
      'regions.1.name: expected a lower-case C identifier',
    ]);
  });

  const contradictions: readonly (readonly [string, string, readonly object[]])[] = [
    ['regions that overlap', 'regions sram and more overlap', [FLASH, SRAM, { ...SRAM, name: 'more', size: '1K' }]],
    ['two regions of one name', 'two regions are called sram', [FLASH, SRAM, { ...SRAM, address: '0x30000000' }]],
    [
      'flash that holds data',
      'region flash is flash and cannot hold data',
      [{ ...FLASH, holds: ['code', 'constants', 'data'] }, SRAM],
    ],
    ['no region for constants', 'no region holds constants', [{ ...FLASH, holds: ['code'] }, SRAM]],
    ['no region for code', 'no region holds code', [{ ...FLASH, holds: ['constants'] }, SRAM]],
    ['no region for data', 'no region holds data', [FLASH, { ...SRAM, holds: ['code'] }]],
    [
      'a region that is reserved as a whole',
      'region sram has no byte left behind what is reserved',
      [FLASH, { ...SRAM, reserved: { size: '96K', for: 'a radio' } }],
    ],
    [
      'more reserved than there is',
      'region sram has no byte left behind what is reserved',
      [FLASH, { ...SRAM, reserved: { size: '1M', for: 'a radio' } }],
    ],
    ['a region without an end', 'region sram ends beyond 4 GiB', [FLASH, { ...SRAM, address: '0xffff0000' }]],
  ];
  test.each(contradictions)('%s', (_, message, regions) => {
    expect(refusal(withRegions(...regions))).toEqual([message]);
  });
});
