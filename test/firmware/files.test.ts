/** The files of a board's program: which start-up, which clock, and a linker script that says what was laid out. */
import { expect, test } from 'vitest';
import { boardFiles, linkerScript } from '../../src/firmware/files.ts';
import { layOut } from '../../src/firmware/layout.ts';
import type { Clock } from '../../src/firmware/machines.ts';
import { board, region } from '../support/targets.ts';
import { templates as readTemplates } from '../support/templates.ts';

const regions = [
  region('flash', 'flash', 0x0800_0000, 512 * 1024),
  region('sram', 'ram', 0x2000_0000, 128 * 1024),
] as const;
const templates = await readTemplates();

test('a core with floating point has it switched on, one without does not', () => {
  const startup = (changes: object): string =>
    boardFiles(board(regions, changes), templates, '', null, null).get('startup.c')!;
  expect(startup({})).toContain('0xe000ed88');
  expect(startup({ features: { dsp: true, fpu: 'none', mve: 'integer' } })).toContain('0xe000ed88');
  expect(startup({ features: { dsp: false, fpu: 'none', mve: 'none' } })).not.toContain('0xe000ed88');
});

test('cycles come from the core, SysTick where it counts none, and in QEMU from the timer of the machine', () => {
  const clock = (core: 'cortex-m4' | 'cortex-m0plus', timer: Clock | null): string =>
    boardFiles(board(regions, { core }), templates, '', null, timer).get('ticks.c')!;
  expect(clock('cortex-m4', null)).toContain('DWT_CYCCNT');
  expect(clock('cortex-m0plus', null)).toContain('SYST_CVR');
  expect(clock('cortex-m4', { kind: 'cmsdk', address: 0x4000_0000 })).toContain('(0x40000000u + 0x4u)');
  const vectors = boardFiles(board(regions, { core: 'cortex-m0plus' }), templates, '', null, null).get('startup.c')!;
  expect(vectors).toContain('[15] = (uintptr_t)systick_handler');
});

test('a start-up file of the target takes the place of start-up, console and clock', () => {
  const files = boardFiles(board(regions), templates, '', '/* own */', null);
  expect([...files.keys()].sort()).toEqual(['board.h', 'stack.c', 'startup.c']);
  expect(files.get('startup.c')).toBe('/* own */');
});

test('the linker script names every region and puts arenas in front of what takes all of .bss', () => {
  const target = board([...regions, region('ccm', 'ram', 0x1000_0000, 64 * 1024)]);
  const layout = layOut(target, new Map([['.bss.snug_ram.ccm', 4096]]), true);
  const script = linkerScript(target, layout, templates, 'banner');
  expect(script).toContain('ccm (rw) : ORIGIN = 0x10000000, LENGTH = 0x00010000');
  expect(script).toContain('flash (rx) : ORIGIN = 0x08000000');
  expect(script).toContain('.bss.snug_ram.ccm (NOLOAD) : ALIGN(32) { *(.bss.snug_ram.ccm) } > ccm');
  expect(script.indexOf('*(.bss.snug_ram.ccm)')).toBeLessThan(script.indexOf('*(.bss .bss.*)'));
});
