/**
 * The arena as C: one array, or one for each region that a board's memory divides it into. Offsets of the plan become
 * pointers here and nowhere else.
 */
import type { ArenaPartView, MemoryView, SectionMacroView, StretchView } from './arena-views.ts';
import { toIdentifier } from './naming.ts';
import type { Program } from './program.ts';

/** Where the arrays of section names begin; a linker script looks for them. */
const ARENA_SECTION = '.bss.snug_ram.';
const WEIGHTS_SECTION = '.snug_rom.';

/** An array of activations. */
interface Activations {
  /** The local variable that functions keep its address in. */
  readonly variable: string;
  /** Its address as an expression of `arena`. */
  readonly pointer: string;
  /** Of the plan's offsets. */
  readonly start: number;
  readonly end: number;
}

/** The parts of an arena that lies in several regions; null where it is in one piece. */
export function dividedParts({ plan }: Program): readonly ArenaPartView[] | null {
  const parts = plan.placement?.arena ?? [];
  if (parts.length < 2) return null;
  return parts.map(({ region, bytes, scratch }) => ({
    ...{ region, scratch },
    upper: region.toUpperCase(),
    member: toIdentifier(region),
    activationBytes: bytes,
  }));
}

function activationsOf(program: Program): readonly Activations[] {
  const { plan } = program;
  const parts = dividedParts(program);
  if (parts === null) {
    return [{ variable: 'memory', pointer: 'arena->activations', start: 0, end: plan.arenaBytes }];
  }
  return plan.placement!.arena.map(({ start, bytes }, i) => {
    const { member } = parts[i]!;
    return { variable: `memory_${member}`, pointer: `arena->${member}->activations`, start, end: start + bytes };
  });
}

function holderOf(program: Program, offset: number): Activations {
  const arrays = activationsOf(program);
  return arrays.find(({ start, end }) => start <= offset && offset < end) ?? arrays[0]!;
}

/** The address of an offset, by a local variable: see `memoriesIn`. */
export function localAddress(program: Program, offset: number): string {
  const { variable, start } = holderOf(program, offset);
  return `${variable} + ${offset - start}`;
}

/** The same without a variable. */
export function address(program: Program, offset: number): string {
  const { pointer, start } = holderOf(program, offset);
  return `${pointer} + ${offset - start}`;
}

/** A stretch of bytes, which may cross from one part into the next, as pieces of one array each. */
export function stretches(program: Program, offset: number, bytes: number): readonly StretchView[] {
  const end = offset + bytes;
  return activationsOf(program).flatMap(array => {
    const [from, to] = [Math.max(offset, array.start), Math.min(end, array.end)];
    return to > from ? [{ pointer: `${array.pointer} + ${from - array.start}`, bytes: to - from }] : [];
  });
}

/** The variables that a text refers to. */
export function memoriesIn(program: Program, text: string): readonly MemoryView[] {
  return activationsOf(program)
    .filter(({ variable }) => new RegExp(`\\b${variable}\\b`).test(text))
    .map(({ variable, pointer }) => ({ variable, pointer }));
}

/** The scratch of the kernels. */
export function scratchPointer(program: Program): string {
  const part = dividedParts(program)?.find(({ scratch }) => scratch);
  return part === undefined ? 'arena->scratch' : `arena->${part.member}->scratch`;
}

/** The macros in front of the arena's variables: one, or one for each part. */
export function arenaSections(program: Program): readonly SectionMacroView[] {
  const { name, plan } = program;
  const upper = name.toUpperCase();
  const parts = dividedParts(program);
  if (parts === null) {
    const region = plan.placement?.arena[0]?.region;
    return [{ macro: `${upper}_ARENA_SECTION`, section: region === undefined ? null : `${ARENA_SECTION}${region}` }];
  }
  return parts.map(part => ({
    macro: `${upper}_ARENA_${part.upper}_SECTION`,
    section: `${ARENA_SECTION}${part.region}`,
  }));
}

/** The macro in front of the tables of a region. */
export function weightsMacro({ name }: Program, region: string): string {
  return `${name.toUpperCase()}_WEIGHTS_${region.toUpperCase()}_SECTION`;
}

/** Regions that hold tables, in the order of the board; none without one. */
export function weightsRegions({ plan }: Program): readonly string[] {
  const used = new Set(plan.placement?.weights.values() ?? []);
  return (plan.placement?.flash ?? []).map(({ name }) => name).filter(name => used.has(name));
}

/** Section of the tables of a region. */
export function weightsSection(region: string): string {
  return `${WEIGHTS_SECTION}${region}`;
}
