/** What planning needs to know of the board that `--target` names. */
import type { Core } from '../ir/kernel-call.ts';
import type { BoardMemory, MemoryRegion } from '../plan/placement/memory.ts';
import type { PlanOptions } from '../plan/plan-network.ts';
import type { Region, Target } from '../targets/target.ts';
import { fitFlags } from './fit-flags.ts';
import type { Flags } from './flags.ts';
import type { Settings } from './settings.ts';
import { findTarget, targetPlaces } from './target-folders.ts';

/**
 * RAM of the first region that is not the network's: a stack of 8 KiB, ten times what the network takes of it, and 4 KiB for
 * variables of the C library and of the application. An application that needs more has its arena placed with a target of its
 * own that reserves it.
 */
const OTHER_RAM_BYTES = 12 * 1024;

/**
 * Flash of the first region that holds code as well: 96 KiB, of which the network's code and the portable kernels are a third,
 * and the rest for the C library, drivers and the application.
 */
const CODE_BYTES = 96 * 1024;

function coreOf({ features }: Target): Core {
  if (features.mve !== 'none') return 'mve';
  return features.dsp ? 'dsp' : 'c';
}

/** @param taken bytes of the region at a place in the list that are not the network's */
function regionsOf(
  regions: readonly Region[],
  taken: (region: Region, index: number) => number,
): readonly MemoryRegion[] {
  return regions.map((region, i) => ({
    name: region.name,
    bytes: Math.max(0, region.size - taken(region, i)),
    address: region.address,
    sizeBytes: region.size,
  }));
}

/** The regions of a board as planning fills them. */
function memoryOf(target: Target): BoardMemory {
  const ram = target.regions.filter(({ holds }) => holds.includes('data'));
  const flash = target.regions.filter(({ holds }) => holds.includes('constants'));
  const code = target.regions.find(({ holds }) => holds.includes('code'));
  return {
    target: target.id,
    core: coreOf(target),
    ram: regionsOf(ram, (_, i) => (i === 0 ? OTHER_RAM_BYTES : 0)),
    flash: regionsOf(flash, region => (region === code ? CODE_BYTES : 0)),
  };
}

/**
 * How to plan, with the memory of the target where one is named.
 * @throws SnugError as `findTarget` does
 */
export async function planOptions(settings: Settings, flags: Flags): Promise<PlanOptions> {
  const { plan, target } = settings;
  if (target === null) return plan;
  const found = await findTarget(target, targetPlaces(flags.config));
  return { ...plan, memory: { ...memoryOf(found.target), fitFlags: fitFlags(settings, flags) } };
}
