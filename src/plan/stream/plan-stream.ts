/**
 * From a chain of layers to a streaming schedule with its memory: describes the candidates, chooses among them, places what
 * was chosen.
 */
import { nothingToStream } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Core } from '../../ir/kernel-call.ts';
import { type Bytes, bytes, type TensorId } from '../../ir/units.ts';
import { ARENA_ALIGNMENT, alignUp } from '../alignment.ts';
import type { GroupPlan, Location, MemoryPlan } from '../memory-plan.ts';
import { type FlowUnit, type Group, type InputMode, kernelIn, type Schedule } from '../schedule.ts';
import type { KernelChoice, Step } from '../select-kernels.ts';
import { nothingToCompute } from '../storage.ts';
import { type Candidate, Candidates, inputStore, layerUnit, residentBytes } from './candidates.ts';
import { type Chain, chainOf } from './chain.ts';
import { divideBudget, type Limits, leastArena, leastLimits, withinLimits } from './choose.ts';
import { pricesFor } from './cost.ts';
import { type FlowLayout, flowLayout } from './flow-layout.ts';
import { type Placement, PRECISION, placeGroups } from './place.ts';

/** What to plan for. */
export interface StreamOptions {
  readonly input: InputMode;
  readonly kernels: KernelChoice;
  /**
   * Bytes of arena and scratch within which the cheapest schedule is taken; null, and a budget that none meets, take the
   * schedule of least memory.
   */
  readonly budgetBytes: number | null;
  /** Instruction set of the core, which decides what is cheap; null and absent where it is not known. */
  readonly core?: Core | null;
  /** The only units to choose among, for measurements of each; absent for all that kernels exist for. */
  readonly units?: readonly FlowUnit[];
}

const PIXELS: readonly FlowUnit[] = [4, 8, 16, 32, 64].map(count => ({ kind: 'pixels', count }));
const ROWS: FlowUnit = { kind: 'rows' };

/** The units that take least memory, and all of them. CMSIS-NN's kernels work on whole rows only. */
function unitsOf({ kernels, units }: StreamOptions): {
  readonly smallest: readonly FlowUnit[];
  readonly all: readonly FlowUnit[];
} {
  if (units !== undefined) return { smallest: units, all: units };
  if (kernels === 'cmsis-nn') return { smallest: [ROWS], all: [ROWS] };
  // Some layers flow in rows only, so that rows count as well where both may be taken.
  return kernels === 'portable'
    ? { smallest: [PIXELS[0]!], all: PIXELS }
    : { smallest: [PIXELS[0]!, ROWS], all: [...PIXELS, ROWS] };
}

/** What was chosen, where it lies, and the least arena that any schedule could have. */
interface Chosen {
  readonly placement: Placement;
  readonly leastBytes: number;
}

type Place = (from: readonly Candidate[], limits: Limits, least: number, most: number) => Placement | null;

const costOf = ({ path }: Placement): number => path.reduce((sum, { cost }) => sum + cost, 0);

/** The cheapest of all divisions of a budget; null where nothing can be placed in any. */
function placeWithinBudget(found: readonly Candidate[], places: number, budget: number, place: Place): Chosen | null {
  let best: Chosen | null = null;
  for (const { limits, cost } of divideBudget(found, places, budget)) {
    // The rest costs more even if nothing stood in its way.
    if (best !== null && costOf(best.placement) <= cost) break;
    const placement = place(found, limits, limits.arenaBytes, limits.arenaBytes);
    if (placement === null || (best !== null && costOf(placement) >= costOf(best.placement))) continue;
    best = {
      placement: narrowed(found, limits, placement, place),
      leastBytes: leastArena(found, places, limits.scratchBytes),
    };
  }
  return best;
}

/** Parts by which an arena may exceed its largest group, so that tensors between groups find places. */
const SLACKS = [1, 1.03, 1.1, 1.25, 1.5] as const;

/**
 * Placement spreads over all of the arena that it is given, which with a wide budget is more than the same schedule needs:
 * the smallest arena in which one of the same cost, to the precision of the search, finds places.
 */
function narrowed(found: readonly Candidate[], limits: Limits, wide: Placement, place: Place): Placement {
  const largest = Math.max(...wide.path.map(({ arenaBytes }) => arenaBytes));
  for (const slack of SLACKS) {
    const arena = alignUp(slack * largest, ARENA_ALIGNMENT);
    if (arena >= wide.arenaBytes) break;
    const narrow = place(found, limits, arena, arena);
    if (narrow !== null && costOf(narrow) <= (1 + PRECISION) * costOf(wide)) return narrow;
  }
  return wide;
}

function choose(graph: Graph<'quantized'>, chain: Chain, options: StreamOptions): Chosen {
  const { smallest, all } = unitsOf(options);
  const mode = options.input;
  const places = chain.tensors.length;
  const resident = residentBytes(chain, mode);
  const candidates = new Candidates(graph, chain, mode, pricesFor(options.kernels, options.core ?? null));
  const within = (units: readonly FlowUnit[], limit: number): readonly Candidate[] => candidates.within(units, limit);
  const known = new Map<Candidate, readonly number[]>();
  const buffersOf = (candidate: Candidate): readonly number[] => {
    const sizes = known.get(candidate) ?? bufferSizes(graph, chain, candidate, mode);
    known.set(candidate, sizes);
    return sizes;
  };
  const place: Place = (from, limits, least, most) =>
    placeGroups({ candidates: withinLimits(from, { ...limits, arenaBytes: most }), resident, buffersOf }, least, most);

  if (options.budgetBytes !== null) {
    const cheapest = placeWithinBudget(within(all, options.budgetBytes), places, options.budgetBytes, place);
    if (cheapest !== null) return cheapest;
  }
  const bound = leastLimits(candidates.first(smallest), places);
  const limit = bound === null ? Infinity : bound.arenaBytes + bound.scratchBytes;
  const limits = leastLimits(within(smallest, limit), places);
  if (limits === null) throw new SnugError(nothingToStream({ layer: chain.links[0]!.step.node.name }));
  // In most cases there is a way within the least arena. With room for two of the largest groups there always is one. Where
  // the smallest units find none, larger ones do not either, so that they are tried only where there is one.
  const least = limits.arenaBytes;
  for (const most of [least, 1.25 * least, 2 * least, 4 * least]) {
    const first = place(within(smallest, most), limits, least, most);
    if (first === null) continue;
    const { withinBytes } = first;
    const cheapest = place(within(all, withinBytes), limits, withinBytes, withinBytes);
    return { placement: cheapest ?? first, leastBytes: least };
  }
  throw new RangeError(`no placement of ${chain.links.length} steps in ${4 * least} bytes`);
}

/** What a chosen group keeps, each with a size and told where it lies. */
interface Part {
  readonly bytes: number;
  place(offset: number): void;
}

/** Sizes of the parts of a group, in the order in which `Plan.add` gives them. */
function bufferSizes(
  graph: Graph<'quantized'>,
  chain: Chain,
  candidate: Candidate,
  mode: InputMode,
): readonly number[] {
  return new Plan(graph, chain, mode).add(candidate).map(part => part.bytes);
}

/** Collects where everything lies while groups are laid out. */
class Plan {
  readonly locations: Location[];
  readonly groups: Group[] = [];
  readonly groupPlans: GroupPlan[] = [];
  readonly #graph: Graph<'quantized'>;
  readonly #chain: Chain;
  readonly #mode: InputMode;
  readonly #resident: readonly number[];
  /** Tensors inside of layer units that lie where the tensor of a place lies. */
  readonly #alike: { readonly place: number; readonly tensors: readonly TensorId[] }[] = [];

  constructor(graph: Graph<'quantized'>, chain: Chain, mode: InputMode) {
    this.#graph = graph;
    this.#chain = chain;
    this.#mode = mode;
    this.#resident = residentBytes(chain, mode);
    this.locations = graph.tensors.map(() => ({ kind: 'output' }));
  }

  #layers({ from, to }: Candidate): readonly Part[] {
    const { inner, inInput, inOutput, packing } = layerUnit(this.#graph, this.#chain, from, to, this.#resident);
    const place = (base: number): void => {
      inner.forEach(({ tensors }, i) => {
        for (const id of tensors) this.locations[id] = { kind: 'arena', offset: bytes(base + packing.offsets[i]!) };
      });
    };
    this.#alike.push({ place: from, tensors: inInput }, { place: to, tensors: inOutput });
    return [{ bytes: packing.totalBytes, place }];
  }

  #flow(layout: FlowLayout): { readonly parts: readonly Part[]; readonly plan: GroupPlan } {
    const columns = new Map<number, { offset: number; bytes: number }>();
    const plan = {
      workspace: { offset: 0, bytes: layout.workspaceBytes },
      sums: { offset: 0, bytes: layout.sumBytes },
      columns,
    };
    const parts: Part[] = [];
    for (const [id, store] of layout.stores) {
      if (store.kind !== 'buffer') continue;
      const { bytes: size, pixels } = store;
      const place = (offset: number): void => {
        this.locations[id] = { kind: 'line-buffer', offset: bytes(offset), bytes: bytes(size), pixels };
      };
      parts.push({ bytes: size, place });
    }
    const placeWorkspace = (offset: number): void => {
      plan.workspace.offset = offset;
      for (const [id, store] of layout.stores) {
        if (store.kind === 'chunk')
          this.locations[id] = { kind: 'chunk', offset: bytes(offset + store.offset), bytes: bytes(store.bytes) };
      }
      for (const [step, column] of layout.columns)
        columns.set(step, { offset: offset + column.offset, bytes: column.bytes });
    };
    parts.push({ bytes: layout.workspaceBytes, place: placeWorkspace });
    parts.push({
      bytes: layout.sumBytes,
      place: offset => {
        plan.sums.offset = offset;
      },
    });
    return { parts, plan };
  }

  /** What a chosen group keeps; neighbouring layers become one group. */
  add(candidate: Candidate): readonly Part[] {
    const { from, to, facts } = candidate;
    const steps = this.#chain.links.slice(from, to).map(({ step }) => step);
    if (facts !== null) {
      const { parts, plan } = this.#flow(flowLayout(this.#chain, facts, from, to, inputStore(from, this.#mode)));
      this.groups.push({ kind: 'flow', steps, unit: facts.unit, channelGroups: [] });
      this.groupPlans.push(plan);
      return parts;
    }
    const before = this.groups.at(-1);
    if (before?.kind === 'layers')
      this.groups[this.groups.length - 1] = { kind: 'layers', steps: [...before.steps, ...steps] };
    else {
      this.groups.push({ kind: 'layers', steps });
      this.groupPlans.push({ workspace: null, sums: null, columns: new Map() });
    }
    return this.#layers(candidate);
  }

  /** Resident tensors have the offset that placement gave their place; the caller's have none. */
  placeResidents(places: readonly number[], offsets: readonly number[]): void {
    const { links, tensors } = this.#chain;
    places.forEach((place, i) => {
      if (this.#resident[place]! > 0) this.locations[tensors[place]!] = { kind: 'arena', offset: bytes(offsets[i]!) };
      else if (links.slice(place).every(({ step }) => step.call === null))
        this.locations[tensors[place]!] = { kind: 'output' };
      else if (this.#mode !== 'streamed') this.locations[tensors[place]!] = { kind: 'input' };
    });
    for (const { place, tensors: inside } of this.#alike) {
      for (const id of inside) this.locations[id] = this.locations[tensors[place]!]!;
    }
  }
}

/** The largest scratch of the kernels that a schedule calls, which may differ from those of whole layers. */
function largestScratch(groups: readonly Group[], core: Core): Bytes {
  const kernels = groups.flatMap(group => group.steps.map(step => kernelIn(group, step)));
  return bytes(Math.max(0, ...kernels.map(kernel => kernel?.scratch[core] ?? 0)));
}

/**
 * The schedule of least memory, or the cheapest one within a budget, with all offsets.
 * @throws SnugError `malformedGraph` where nothing is computed; `nothingToStream` where the input is to be streamed and the first layer cannot work on rows
 */
export function planStream(graph: Graph<'quantized'>, steps: readonly Step[], options: StreamOptions): MemoryPlan {
  if (steps.every(({ call }) => call === null)) throw nothingToCompute();
  const chain = chainOf(graph, steps);
  const { placement, leastBytes } = choose(graph, chain, options);
  const { path } = placement;
  const plan = new Plan(graph, chain, options.input);
  const parts = path.map(candidate => plan.add(candidate));
  const places = [0, ...path.map(({ to }) => to)];
  plan.placeResidents(places, placement.tensors);
  parts.forEach((list, g) => {
    list.forEach((part, i) => {
      part.place(placement.buffers[g]![i]!);
    });
  });
  const { groups, groupPlans, locations } = plan;
  const widest = path.reduce((a, b) => (b.arenaBytes > a.arenaBytes ? b : a));
  const schedule: Schedule = { kind: 'stream', input: options.input, groups, recomputeFactor: 1 };
  const nameOf = (i: number): string => chain.links[i]!.step.node.name;
  return {
    schedule,
    locations,
    groups: groupPlans,
    arenaBytes: bytes(placement.arenaBytes),
    optimal: placement.arenaBytes <= leastBytes,
    peak: { layer: nameOf(widest.from), bytes: bytes(widest.arenaBytes) },
    scratch: {
      c: largestScratch(groups, 'c'),
      dsp: largestScratch(groups, 'dsp'),
      mve: largestScratch(groups, 'mve'),
    },
    alignment: ARENA_ALIGNMENT,
    placement: null,
  };
}
