/** Memory of boards that exist in tests only. */
import type { BoardMemory, MemoryRegion } from '../../src/plan/placement/memory.ts';

/** Regions with so many bytes for the network. */
function regions(sizes: Readonly<Record<string, number>>): readonly MemoryRegion[] {
  return Object.entries(sizes).map(([name, bytes], i) => ({
    ...{ name, bytes: Math.floor(bytes) },
    address: 0x20000000 + i * 0x1000000,
    sizeBytes: Math.floor(bytes) + 1024,
  }));
}

/** A Cortex-M4 with RAM as given, and with flash for anything unless it is given too. */
export function board(
  ram: Readonly<Record<string, number>>,
  flash: Readonly<Record<string, number>> = { flash: 1 << 24 },
): BoardMemory {
  return { target: 'test-board', core: 'dsp', ram: regions(ram), flash: regions(flash) };
}
