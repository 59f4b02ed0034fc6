/** Which region takes what: places that were planned, places that are left, and what happens when there is none. */
import { expect, test } from 'vitest';
import { type Layout, layOut, STACK_BYTES } from '../../src/firmware/layout.ts';
import { board, region } from '../support/targets.ts';

const target = board([
  region('flash', 'flash', 0x0800_0000, 512 * 1024),
  region('qspi', 'flash', 0x9000_0000, 16 * 1024 * 1024, ['external']),
  region('dtcm', 'ram', 0x2000_0000, 64 * 1024, ['tightly-coupled']),
  region('sram', 'ram', 0x2001_0000, 256 * 1024),
]);

const sizes = (entries: Readonly<Record<string, number>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(entries));
const placed = (layout: Layout): Readonly<Record<string, string>> =>
  Object.fromEntries([...layout.weights, ...layout.arenas].map(({ section, region: { name } }) => [section, name]));

test('code, constants and data go to the first regions that hold them', () => {
  const { code, constants, data, stackBytes } = layOut(target, sizes({ '.text.main': 1000 }), true);
  expect([code.name, constants.name, data.name, stackBytes]).toEqual(['flash', 'flash', 'dtcm', STACK_BYTES]);
});

test('a section with the name of a region goes there', () => {
  const layout = layOut(target, sizes({ '.bss.snug_ram.sram': 100, '.snug_rom.qspi': 100 }), true);
  expect(placed(layout)).toEqual({ '.bss.snug_ram.sram': 'sram', '.snug_rom.qspi': 'qspi' });
});

test('what may lie anywhere goes to the first region with room, beside what is there already', () => {
  const small = layOut(target, sizes({ '.bss.snug_ram.any': 32 * 1024, '.snug_rom.any': 300 * 1024 }), true);
  expect(placed(small)).toEqual({ '.bss.snug_ram.any': 'dtcm', '.snug_rom.any': 'flash' });
  const large = layOut(target, sizes({ '.bss.snug_ram.any': 60 * 1024, '.snug_rom.any': 500 * 1024 }), true);
  expect(placed(large)).toEqual({ '.bss.snug_ram.any': 'sram', '.snug_rom.any': 'qspi' });
  const crowded = layOut(target, sizes({ '.bss.snug_ram.any': 32 * 1024, '.bss.rows': 40 * 1024 }), true);
  expect(placed(crowded)).toEqual({ '.bss.snug_ram.any': 'sram' });
});

test('what fits nowhere goes to the roomiest region, whose linker says by how much it is too small', () => {
  const layout = layOut(target, sizes({ '.bss.snug_ram.any': 1024 * 1024 }), true);
  expect(placed(layout)).toEqual({ '.bss.snug_ram.any': 'sram' });
});

test('a section that was placed for another board lies where there is room', () => {
  expect(placed(layOut(target, sizes({ '.bss.snug_ram.axi': 100 }), true))).toEqual({ '.bss.snug_ram.axi': 'dtcm' });
});

test('a program for another board lies where there is room, though regions of that board have the same names', () => {
  const layout = layOut(target, sizes({ '.bss.snug_ram.sram': 100, '.snug_rom.qspi': 100 }), false);
  expect(placed(layout)).toEqual({ '.bss.snug_ram.sram': 'dtcm', '.snug_rom.qspi': 'flash' });
});
