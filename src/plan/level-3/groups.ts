/**
 * Groups that flow pixel by pixel, with any of their blocks computed in groups of channels, and for each of them the ways
 * that are worth having: less memory for more MACs. The memory of a group is a sum over its places and the most of any
 * step's workspace, so that a way to a place is worth extending unless another one needs no more of sum, workspace and MACs.
 */
import { ARENA_ALIGNMENT, alignUp, FLOW_ALIGNMENT } from '../alignment.ts';
import { type Candidate, inputStore, unionBytes } from '../stream/candidates.ts';
import type { Chain } from '../stream/chain.ts';
import type { FlowFacts } from '../stream/flow-facts.ts';
import { type InputStore, stepWorkspace } from '../stream/flow-layout.ts';
import { OverlapTracker } from '../stream/overlap.ts';
import { type FusedOption, fusedTracker, storeBytes } from './fused.ts';
import { paretoFront } from './pareto.ts';

/** Blocks in groups of channels, the last one first. */
interface Used {
  readonly option: FusedOption;
  readonly before: Used | null;
}

/** One way from the start of a group to a place. Bytes of what is kept, and of the largest workspace. */
interface Way {
  readonly sum: number;
  readonly workspace: number;
  readonly price: number;
  readonly used: Used | null;
}

/** One way to run the steps between two cuts. */
export interface FusedGroup {
  readonly from: number;
  readonly to: number;
  readonly arenaBytes: number;
  /** See `Candidate`. */
  readonly distance: Candidate['distance'];
  readonly regionBytes: number;
  readonly price: number;
  /** In the order in which they run; empty where it is level 2 as it is. */
  readonly options: readonly FusedOption[];
}

/** What groups are made of. */
export interface Parts {
  readonly chain: Chain;
  readonly facts: FlowFacts;
  /** Of the blocks that begin at a place. */
  readonly options: ReadonlyMap<number, readonly FusedOption[]>;
  /** By place, see `residentBytes`. */
  readonly resident: readonly number[];
}

/** What a schedule may take. */
export interface Budget {
  readonly arenaBytes: number;
  /** MACs beyond those of the network. */
  readonly extraMacs: number;
}

/**
 * Of ways that take as much memory and as many MACs, the one with fewer blocks in groups is better, as its kernels are
 * simpler: a block counts as part of a MAC.
 */
const BLOCK_PRICE = 2 ** -10;

/** MACs beyond those of the network in a price. */
export function extraMacsOf(price: number): number {
  return Math.floor(price);
}

function listOf(used: Used | null): readonly FusedOption[] {
  const options: FusedOption[] = [];
  for (let at = used; at !== null; at = at.before) options.push(at.option);
  return options.reverse();
}

/** Steps `from` … up to the last one that may belong to a group that starts there. */
function reachable({ chain, facts }: Parts, from: number): number {
  let i = from;
  while (i < chain.links.length) {
    const { lateFrom } = chain.links[i]!;
    if (!facts.steps[i]!.flows || (lateFrom !== null && lateFrom < from)) return i;
    i += 1;
    if (facts.steps[i - 1]!.reduces) return i;
  }
  return i;
}

/** The groups that start at one cut in one way: with a step as it is, or with a block in groups of channels. */
class Search {
  readonly #parts: Parts;
  readonly #from: number;
  readonly #store: InputStore;
  readonly #first: FusedOption | null;
  readonly #budget: Budget;

  constructor(parts: Parts, from: number, first: FusedOption | null, budget: Budget) {
    this.#parts = parts;
    this.#from = from;
    this.#store = parts.resident[from] === 0 ? inputStore(from, 'streamed') : 'resident';
    this.#first = first;
    this.#budget = budget;
  }

  /** Distances between input and output by the place of the output; null where one of them is not resident. */
  #distances(end: number): readonly (number | null)[] {
    const { chain, facts, resident } = this.#parts;
    const distances: (number | null)[] = chain.tensors.map(() => null);
    if (resident[this.#from] === 0) return distances;
    const tracker = this.#first === null ? new OverlapTracker(facts, this.#from) : fusedTracker(facts, this.#first);
    if (tracker === null) return distances;
    for (let i = this.#from; i < end; i += 1) {
      tracker.append(i, chain.links[i]!.lateFrom === this.#from);
      if (!chain.cut[i + 1] || resident[i + 1] === 0) continue;
      // What is reduced is written when all of the input has been read.
      distances[i + 1] = facts.steps[i]!.reduces ? -resident[i + 1]! : tracker.distance(i);
    }
    return distances;
  }

  /** Groups that end at a place; `last` is what their last step needs, 0 where a block has counted it. */
  #ends(
    ways: readonly Way[],
    to: number,
    last: { readonly workspace: number; readonly sums: number },
    distance: number | null,
  ): readonly FusedGroup[] {
    const { resident } = this.#parts;
    const from = this.#from;
    return ways.map(way => {
      const most = alignUp(Math.max(way.workspace, last.workspace), FLOW_ALIGNMENT);
      const regionBytes = alignUp(way.sum + last.sums + most, ARENA_ALIGNMENT);
      const arenaBytes = regionBytes + unionBytes(resident[from]!, resident[to]!, distance);
      return { from, to, arenaBytes, distance, regionBytes, price: way.price, options: listOf(way.used) };
    });
  }

  #within(ways: readonly Way[]): Way[] {
    const { arenaBytes, extraMacs } = this.#budget;
    const resident = this.#parts.resident[this.#from]!;
    // The output may lie where the input was, so that the input alone is a bound.
    const possible = ways.filter(
      ({ sum, workspace, price }) => sum + workspace + resident <= arenaBytes && extraMacsOf(price) <= extraMacs,
    );
    return paretoFront(possible, ({ sum, workspace, price }) => [price, sum, workspace]);
  }

  run(): readonly FusedGroup[] {
    const { chain, facts, options } = this.#parts;
    const [from, store] = [this.#from, this.#store];
    const end = reachable(this.#parts, from);
    const distances = this.#distances(end);
    const found: FusedGroup[] = [];
    const behindStep: Way[][] = chain.tensors.map(() => []);
    const behindBlock: Way[][] = chain.tensors.map(() => []);
    const kept = (place: number, bytes: number): number => (place > from || store === 'streamed' ? bytes : 0);
    const chunk = facts.places[from]!.bufferUnits === null ? facts.places[from]!.chunkBytes : 0;
    const start: Way = { sum: 0, workspace: kept(from, chunk), price: 0, used: null };

    for (let place = from; place <= end; place += 1) {
      const [steps, blocks] = [this.#within(behindStep[place]!), this.#within(behindBlock[place]!)];
      const step = { from, store };
      if (place > from && chain.cut[place]) {
        const workspace = stepWorkspace(chain, facts, place - 1, { ...step, isLast: true });
        const sums = facts.steps[place - 1]!.sumBytes;
        found.push(...this.#ends(steps, place, { workspace, sums }, distances[place]!));
        found.push(...this.#ends(blocks, place, { workspace: 0, sums: 0 }, distances[place]!));
      }
      if (place === end) break;
      const inner = place > from ? stepWorkspace(chain, facts, place - 1, { ...step, isLast: false }) : 0;
      const grown = steps.map(way => ({ ...way, workspace: Math.max(way.workspace, inner) }));
      const ways = place === from ? [start] : this.#within([...grown, ...blocks]);
      if (place > from || this.#first === null) {
        const bytes = kept(place, facts.places[place]!.bufferBytes);
        behindStep[place + 1]!.push(...ways.map(way => ({ ...way, sum: way.sum + bytes })));
      }
      const choices = place > from ? (options.get(place) ?? []) : this.#first === null ? [] : [this.#first];
      for (const option of choices) {
        const behind = option.block.end;
        if (behind > end || (option.overWhole && (place > from || store === 'streamed'))) continue;
        const bytes = kept(place, option.inputBytes) + storeBytes(option);
        const extended = ways.map(
          (way): Way => ({
            sum: way.sum + bytes,
            workspace: Math.max(way.workspace, option.workspaceBytes),
            price: way.price + option.extraMacs + BLOCK_PRICE,
            used: { option, before: way.used },
          }),
        );
        behindBlock[behind]!.push(...extended);
      }
    }
    return found.filter(({ arenaBytes }) => arenaBytes <= this.#budget.arenaBytes);
  }
}

/** Every way worth having to run groups that flow, by their start and end. */
export function fusedGroups(parts: Parts, budget: Budget): readonly FusedGroup[] {
  const { chain, options, resident } = parts;
  return chain.cut.flatMap((cut, from) => {
    if (!cut || from === chain.links.length || resident[from]! > budget.arenaBytes) return [];
    const firsts = [null, ...(options.get(from) ?? [])];
    const found = firsts.flatMap(first => new Search(parts, from, first, budget).run());
    const byEnd = new Map<number, FusedGroup[]>();
    for (const group of found) byEnd.set(group.to, [...(byEnd.get(group.to) ?? []), group]);
    return [...byEnd.values()].flatMap(list => paretoFront(list, ({ price, arenaBytes }) => [price, arenaBytes, 0]));
  });
}
