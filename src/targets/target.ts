/** A board as the planner, the linker and the tools see it. Parsed from a `target.json`; nothing here touches a disk. */
import { targetInvalid } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type Bytes, bytes, parseSize } from '../ir/units.ts';
import { type CONTENTS, type CORES, type TargetFile, type TRAITS, targetSchema } from './schema.ts';

export type CoreName = (typeof CORES)[number];
export type Trait = (typeof TRAITS)[number];
export type Content = (typeof CONTENTS)[number];

/** A stretch of addresses of one kind of memory. */
export interface Region {
  /** A lower-case C identifier. */
  readonly name: string;
  readonly kind: 'flash' | 'ram';
  /** First byte that the program may use, behind what is reserved. */
  readonly address: number;
  /** Bytes that the program may use. */
  readonly size: Bytes;
  readonly traits: readonly Trait[];
  readonly holds: readonly Content[];
}

/** A board. */
export interface Target {
  /** Name of its folder, and what `--target` takes. */
  readonly id: string;
  readonly name: string;
  readonly core: CoreName;
  readonly features: {
    readonly dsp: boolean;
    readonly fpu: 'none' | 'single' | 'double';
    readonly mve: 'none' | 'integer' | 'float';
  };
  readonly clockHz: number;
  /** In the order in which they are filled, fastest first within a kind. */
  readonly regions: readonly Region[];
  readonly compiler: string;
  readonly flags: readonly string[];
  /** Files of the target's folder, null where they are generated. */
  readonly linkerScript: string | null;
  readonly startup: string | null;
  /** QEMU's machine for this very board; null where QEMU has none. */
  readonly qemu: string | null;
  readonly sources: readonly { readonly title: string; readonly url: string; readonly states: string }[];
}

const sizeOf = (text: string): number => parseSize(text)!;

function regionOf(raw: TargetFile['regions'][number]): Region {
  const reserved = raw.reserved === undefined ? 0 : sizeOf(raw.reserved.size);
  return {
    name: raw.name,
    kind: raw.kind,
    address: Number(raw.address) + reserved,
    size: bytes(sizeOf(raw.size) - reserved),
    traits: raw.traits,
    holds: raw.holds ?? (raw.kind === 'flash' ? ['code', 'constants'] : ['data']),
  };
}

/** What is wrong with regions that the schema admits one by one; null where nothing is. */
function contradiction(regions: readonly Region[]): string | null {
  for (const [i, region] of regions.entries()) {
    if (region.size <= 0) return `region ${region.name} has no byte left behind what is reserved`;
    if (region.address + region.size > 2 ** 32) return `region ${region.name} ends beyond 4 GiB`;
    if (region.kind === 'flash' && region.holds.includes('data'))
      return `region ${region.name} is flash and cannot hold data`;
    for (const other of regions.slice(0, i)) {
      if (other.name === region.name) return `two regions are called ${region.name}`;
      const apart = other.address + other.size <= region.address || region.address + region.size <= other.address;
      if (!apart) return `regions ${other.name} and ${region.name} overlap`;
    }
  }
  for (const content of ['code', 'constants', 'data'] as const) {
    if (!regions.some(({ holds }) => holds.includes(content))) return `no region holds ${content}`;
  }
  return null;
}

/**
 * Reads the text of a `target.json`.
 * @param path as errors shall show it
 * @throws SnugError `targetInvalid`, one for each fault
 */
export function parseTarget(id: string, text: string, path: string): Target {
  const refuse = (...problems: readonly string[]): never => {
    throw new SnugError(...problems.map(problem => targetInvalid({ problem }, { file: path })));
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(`it is not JSON: ${(error as Error).message}`);
  }
  const { success, data, error } = targetSchema.safeParse(value);
  if (!success) {
    return refuse(...error.issues.map(({ path: place, message }) => `${place.join('.') || 'the file'}: ${message}`));
  }
  const regions = data.regions.map(regionOf);
  const problem = contradiction(regions);
  if (problem !== null) refuse(problem);
  return {
    ...{ id, name: data.name, core: data.core, features: data.features, clockHz: data.clockHz, regions },
    ...{ compiler: data.compiler, flags: data.flags, sources: data.sources },
    linkerScript: data.linkerScript ?? null,
    startup: data.startup ?? null,
    qemu: data.qemu ?? null,
  };
}
