/** Boards that no vendor makes, for tests of what happens at the edges of their memory. */
import { bytes } from '../../src/ir/units.ts';
import type { Region, Target } from '../../src/targets/target.ts';

export function region(
  name: string,
  kind: Region['kind'],
  address: number,
  size: number,
  traits: Region['traits'] = [],
): Region {
  return { name, kind, address, size: bytes(size), traits, holds: kind === 'flash' ? ['code', 'constants'] : ['data'] };
}

/** A Cortex-M4 with these regions. */
export function board(regions: readonly Region[], changes: Partial<Target> = {}): Target {
  return {
    ...{ id: 'test-board', name: 'a board for tests', core: 'cortex-m4', clockHz: 1e8, regions },
    features: { dsp: true, fpu: 'single', mve: 'none' },
    compiler: 'arm-none-eabi-gcc',
    flags: ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=hard', '-mfpu=fpv4-sp-d16'],
    ...{ linkerScript: null, startup: null, qemu: null, sources: [] },
    ...changes,
  };
}
