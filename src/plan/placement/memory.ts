/**
 * A board's memory as planning sees it, and what planning decides about it. Plain data: who knows boards fills it in.
 */
import type { Core } from '../../ir/kernel-call.ts';
import type { TensorId } from '../../ir/units.ts';

/** A region of one kind of memory. */
export interface MemoryRegion {
  /** A lower-case C identifier. */
  readonly name: string;
  /** What is left for the network. */
  readonly bytes: number;
  /** The region as a whole, for linker scripts and reports. */
  readonly address: number;
  readonly sizeBytes: number;
}

/** What a network may lie in. Regions come fastest first. */
export interface BoardMemory {
  /** Name of the target, as `--target` takes it. */
  readonly target: string;
  /** Instruction set of the core, which decides how much scratch the kernels take. */
  readonly core: Core;
  readonly ram: readonly MemoryRegion[];
  readonly flash: readonly MemoryRegion[];
  /** Flags with which `snug fit` searches sizes of the same network, for refusals; null where its size is its own. */
  readonly fitFlags?: string | null;
}

/** A stretch of the plan's arena that lies in one region: offsets from `start` on, `bytes` of them. */
export interface ArenaPart {
  readonly region: string;
  readonly start: number;
  readonly bytes: number;
  /** True in the one part that has the scratch. */
  readonly scratch: boolean;
}

/** What the network takes of a region. */
export interface RegionUse {
  readonly name: string;
  readonly usedBytes: number;
  readonly sizeBytes: number;
  readonly address: number;
}

/** Where a planned program lies on a board. */
export interface Placement {
  readonly target: string;
  /** The arena in one region, or cut into parts that follow one another in the plan's offsets. */
  readonly arena: readonly ArenaPart[];
  /** Region of the constant tables of each layer, by the tensor that the layer makes. */
  readonly weights: ReadonlyMap<TensorId, string>;
  /** Every region that may hold arena or weights, in the order of preference. */
  readonly ram: readonly RegionUse[];
  readonly flash: readonly RegionUse[];
}

/** Bytes of the roomiest region. */
export function largest(regions: readonly MemoryRegion[]): number {
  return Math.max(0, ...regions.map(({ bytes }) => bytes));
}

/** `dtcm (57344 bytes free) and sram (65536)`, for messages. */
export function regionsText(regions: readonly MemoryRegion[]): string {
  return regions.map(({ name, bytes }, i) => `${name} (${bytes}${i === 0 ? ' bytes free' : ''})`).join(' and ');
}
