/** The view of the linker snippet: which sections go to which region of the board. */
import type { Placement } from '../plan/placement/memory.ts';
import { arenaSections, weightsRegions, weightsSection } from './arena.ts';
import { thousands } from './format.ts';
import { fileView, type Program } from './program.ts';
import type { PlacementView } from './views.ts';

const constant = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/** @param placement of the program's plan */
export function boardView(program: Program, { target, arena, ram, flash }: Placement): PlacementView {
  const sections = arenaSections(program);
  return {
    ...fileView(program),
    target,
    regions: [
      ...flash.map(region => ({ ...region, access: 'rx' })),
      ...ram.map(region => ({ ...region, access: 'rw' })),
    ].map(({ name, address, sizeBytes, usedBytes, access }) => ({
      ...{ name, access },
      address: constant(address),
      size: constant(sizeBytes),
      used: thousands(usedBytes),
    })),
    weights: weightsRegions(program).map(region => ({ region, section: weightsSection(region) })),
    arenas: arena.map(({ region }, i) => ({ region, section: sections[i]!.section! })),
  };
}
