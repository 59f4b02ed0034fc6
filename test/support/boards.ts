/** Memory of boards that exist in tests only. */
import type { Core } from '../../src/ir/kernel-call.ts';
import type { BoardMemory, MemoryRegion } from '../../src/plan/placement/memory.ts';

/** Regions with so many bytes for the network. */
function regions(sizes: Readonly<Record<string, number>>): readonly MemoryRegion[] {
  return Object.entries(sizes).map(([name, bytes], i) => ({
    ...{ name, bytes: Math.floor(bytes) },
    address: 0x20000000 + i * 0x1000000,
    sizeBytes: Math.floor(bytes) + 1024,
  }));
}

/** A board with RAM as given; a Cortex-M4 with flash for anything unless both are given too. */
export function board(
  ram: Readonly<Record<string, number>>,
  flash: Readonly<Record<string, number>> = { flash: 1 << 24 },
  core: Core = 'dsp',
): BoardMemory {
  return { target: 'test-board', core, ram: regions(ram), flash: regions(flash) };
}
