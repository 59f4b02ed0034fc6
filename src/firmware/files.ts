/** The files that make an emitted network a program of a board, as text. */
import { commentText } from '../codegen/format.ts';
import { plainFile, render, type TemplateFiles } from '../codegen/templates.ts';
import type { Target } from '../targets/target.ts';
import type { Layout } from './layout.ts';
import type { Clock } from './machines.ts';

/** By the name that each file has in the folder of the firmware. */
export type FirmwareFiles = ReadonlyMap<string, string>;

/** What reads the clock: the timer of a machine, or the cycle counter of the core; Armv6-M has no such counter. */
function clockSource({ core }: Target, clock: Clock | null, templates: TemplateFiles): string {
  switch (clock?.kind) {
    case 'cmsdk':
      return render(templates, 'firmware/ticks_cmsdk.c.hbs', { timer: `${hex(clock.address)}u` });
    case 'sse':
      return plainFile(templates, 'firmware/ticks_sse.c');
    case undefined:
      return plainFile(templates, `firmware/${core === 'cortex-m0plus' ? 'ticks_systick.c' : 'ticks_dwt.c'}`);
  }
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/**
 * Start-up, console and clock.
 * @param startup text of the target's own start-up file, which then does all of this itself; null where it has none
 * @param clock timer of the machine that the program is for; null for the cycle counter of the core
 */
export function boardFiles(
  target: Target,
  templates: TemplateFiles,
  banner: string,
  startup: string | null,
  clock: Clock | null,
): FirmwareFiles {
  const plain = (name: string): string => plainFile(templates, `firmware/${name}`);
  const common: readonly [string, string][] = [
    ['board.h', plain('board.h')],
    ['stack.c', plain('stack.c')],
  ];
  if (startup !== null) return new Map([...common, ['startup.c', startup]]);
  const view = {
    ...{ banner, board: commentText(target.name), core: target.core },
    coprocessors: target.features.fpu !== 'none' || target.features.mve !== 'none',
    systick: clock === null && target.core === 'cortex-m0plus',
    // The only boot ROM of the list that looks for one.
    imageDefinition: target.id === 'raspberry-pi-pico-2',
  };
  return new Map([
    ...common,
    ['board.c', plain('board.c')],
    ['ticks.c', clockSource(target, clock, templates)],
    ['startup.c', render(templates, 'firmware/startup.c.hbs', view)],
  ]);
}

/** The linker script of a layout. */
export function linkerScript(target: Target, layout: Layout, templates: TemplateFiles, banner: string): string {
  const { code, constants, data, stackBytes } = layout;
  return render(templates, 'firmware/linker.ld.hbs', {
    ...{ banner, board: commentText(target.name), stackBytes },
    regions: target.regions.map(({ name, holds, address, size }) => ({
      name,
      access: `r${holds.includes('data') ? 'w' : ''}${holds.includes('code') ? 'x' : ''}`,
      address: hex(address),
      size: hex(size),
    })),
    ...{ code: code.name, constants: constants.name, data: data.name },
    constantsWithCode: constants === code,
    weights: layout.weights.map(({ section, region }) => ({ section, region: region.name })),
    arenas: layout.arenas.map(({ section, region }) => ({ section, region: region.name })),
  });
}
