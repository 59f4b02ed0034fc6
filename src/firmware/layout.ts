/**
 * Which region of a board each part of a program goes to. Code, constants and variables go to the first region that may hold
 * them; arenas and weights, which are large, go where they were placed when the network was compiled for this board, and
 * otherwise to the first region with room for them.
 */
import type { Content, Region, Target } from '../targets/target.ts';

/** Sections that hold weights and arenas begin with these, followed by the name of a region. */
export const WEIGHTS_PREFIX = '.snug_rom.';
export const ARENA_PREFIX = '.bss.snug_ram.';

/** In place of a region's name in a program that was not compiled for this board: wherever there is room. */
export const ANYWHERE = 'any';

/** Set aside for the stack: twice the contract's bound for the network, the rest is for what calls it. */
export const STACK_BYTES = 8192;

/**
 * What the compiler's and CMSIS-NN's libraries may add to code and variables. It only guides the choice; whether everything
 * fits is the linker's answer.
 */
const LIBRARY_CODE_BYTES = 65_536;
const LIBRARY_DATA_BYTES = 1024;

/** Bytes of all sections of one name. */
export type SectionSizes = ReadonlyMap<string, number>;

/** A section and the region that takes it. */
export interface PlacedSection {
  readonly section: string;
  readonly region: Region;
}

/** What the linker script states. */
export interface Layout {
  readonly code: Region;
  readonly constants: Region;
  readonly data: Region;
  readonly weights: readonly PlacedSection[];
  readonly arenas: readonly PlacedSection[];
  readonly stackBytes: number;
}

const sumOf = (sizes: SectionSizes, ...prefixes: readonly string[]): number =>
  [...sizes]
    .filter(([name]) => prefixes.some(prefix => name === prefix || name.startsWith(`${prefix}.`)))
    .reduce((sum, [, bytes]) => sum + bytes, 0);

function place(
  target: Target,
  content: Content,
  sections: readonly (readonly [string, number])[],
  prefix: string | null,
  taken: ReadonlyMap<Region, number>,
): readonly PlacedSection[] {
  const regions = target.regions.filter(({ holds }) => holds.includes(content));
  const room = new Map(regions.map(region => [region, region.size - (taken.get(region) ?? 0)]));
  const named = ([section]: readonly [string, number]): Region | undefined =>
    regions.find(({ name }) => prefix !== null && section === prefix + name);
  const put = (section: string, bytes: number, region: Region): PlacedSection => {
    room.set(region, room.get(region)! - bytes);
    return { section, region };
  };
  // Those with a place of their own first, then the rest, largest first, where there is room left.
  const own = sections.flatMap(entry => {
    const region = named(entry);
    return region === undefined ? [] : [put(entry[0], entry[1], region)];
  });
  const others = sections.filter(entry => named(entry) === undefined).sort((a, b) => b[1] - a[1]);
  const rest = others.map(([section, bytes]) => {
    // Nothing has room: the linker says by how much the roomiest is too small.
    const roomiest = regions.reduce((best, region) => (room.get(region)! > room.get(best)! ? region : best));
    return put(section, bytes, regions.find(region => room.get(region)! >= bytes) ?? roomiest);
  });
  return [...own, ...rest];
}

/**
 * @param sizes of the objects that will be linked
 * @param placed whether names of sections are those of this target's regions; else they lie where there is room
 */
export function layOut(target: Target, sizes: SectionSizes, placed: boolean): Layout {
  const first = (content: Content): Region => target.regions.find(({ holds }) => holds.includes(content))!;
  const [code, constants, data] = [first('code'), first('constants'), first('data')];
  const weights = [...sizes].filter(([name]) => name.startsWith(WEIGHTS_PREFIX));
  const arenas = [...sizes].filter(([name]) => name.startsWith(ARENA_PREFIX));
  const arenaBytes = arenas.reduce((sum, [, bytes]) => sum + bytes, 0);

  const taken = new Map<Region, number>();
  const take = (region: Region, bytes: number): void => void taken.set(region, (taken.get(region) ?? 0) + bytes);
  take(code, sumOf(sizes, '.text', '.vectors') + LIBRARY_CODE_BYTES);
  take(constants, sumOf(sizes, '.rodata', '.data'));
  take(data, sumOf(sizes, '.data', '.bss') - arenaBytes + LIBRARY_DATA_BYTES + STACK_BYTES);
  return {
    ...{ code, constants, data, stackBytes: STACK_BYTES },
    weights: place(target, 'constants', weights, placed ? WEIGHTS_PREFIX : null, taken),
    arenas: place(target, 'data', arenas, placed ? ARENA_PREFIX : null, taken),
  };
}
