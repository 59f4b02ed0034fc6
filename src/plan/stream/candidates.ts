/**
 * Every group that a schedule may be made of, with its memory and its estimated cost: one unit between neighbouring cuts run
 * layer by layer, or any number of them flowing in any unit of flow. The memory of a group is exact; where the bytes lie is
 * decided when the groups have been chosen.
 */
import type { Graph } from '../../graph/graph.ts';
import { onAnyCore } from '../../ir/kernel-call.ts';
import type { TensorId } from '../../ir/units.ts';
import { ARENA_ALIGNMENT, alignUp, FLOW_ALIGNMENT } from '../alignment.ts';
import { type Packing, packIntervals } from '../pack.ts';
import { type FlowUnit, formatUnit, type InputMode } from '../schedule.ts';
import { assignStorage, type Buffer } from '../storage.ts';
import type { Chain } from './chain.ts';
import { type Prices, stepCost } from './cost.ts';
import { type FlowFacts, flowFacts } from './flow-facts.ts';
import { type InputStore, stepWorkspace } from './flow-layout.ts';
import { OverlapTracker } from './overlap.ts';

/** A group between the cuts `from` and `to`. */
export interface Candidate {
  readonly from: number;
  readonly to: number;
  /** Null where the steps run layer by layer. */
  readonly facts: FlowFacts | null;
  /**
   * Bytes by which the address of the input must exceed that of the output where they overlap; null where they may not,
   * and `shared` where the output lies exactly where the input lay.
   */
  readonly distance: number | 'shared' | null;
  /** Bytes besides input and output. */
  readonly regionBytes: number;
  /** Arena while the group runs. */
  readonly arenaBytes: number;
  readonly scratchBytes: number;
  /** In what `stepCost` counts. */
  readonly cost: number;
}

/** Which tensors lie in the arena when they are resident, by place. */
export function residentBytes({ links, tensors, tensorBytes }: Chain, mode: InputMode): readonly number[] {
  const renames = links.map(({ step }) => step.call === null);
  return tensors.map((_, place) => {
    // What only renames the caller's input or output lies in the caller's buffers.
    const isInput = renames.slice(0, place).every(Boolean);
    const isOutput = renames.slice(place).every(Boolean);
    if (isOutput || (isInput && mode !== 'resident')) return 0;
    return alignUp(tensorBytes[place]!, ARENA_ALIGNMENT);
  });
}

/** Where the input of a group that starts at a place comes from. */
export function inputStore(place: number, mode: InputMode): InputStore {
  return place === 0 && mode === 'streamed' ? 'streamed' : 'resident';
}

/** The union of input and output, as small as the distance between them allows. */
export function unionBytes(input: number, output: number, distance: Candidate['distance']): number {
  if (distance === 'shared') return Math.max(input, output);
  if (distance === null || input === 0 || output === 0) return input + output;
  const apart = alignUp(Math.max(distance, 0), ARENA_ALIGNMENT);
  return Math.min(input + output, Math.max(output, apart + input));
}

/** Whole layers between two neighbouring cuts. */
export interface LayerUnit {
  /** True where the output lies in the input's bytes. */
  readonly shared: boolean;
  /** Buffers besides those of input and output. */
  readonly inner: readonly Buffer[];
  /** Tensors in between that lie where the input or the output lies. */
  readonly inInput: readonly TensorId[];
  readonly inOutput: readonly TensorId[];
  readonly packing: Packing;
}

/** Plans the steps between two neighbouring cuts as ordinary layers. */
export function layerUnit(
  graph: Graph<'quantized'>,
  chain: Chain,
  from: number,
  to: number,
  resident: readonly number[],
): LayerUnit {
  const steps = chain.links.slice(from, to).map(({ step }) => step);
  // What only renames its input has no storage of its own, wherever that lies.
  if (steps.every(({ call }) => call === null)) {
    const packing = packIntervals([], ARENA_ALIGNMENT);
    return { shared: resident[from]! > 0, inner: [], inInput: [], inOutput: [], packing };
  }
  const unit = { ...graph, input: chain.tensors[from]!, output: chain.tensors[to]! };
  const ends = {
    input: resident[from] === 0 ? 'caller' : 'ours',
    output: resident[to] === 0 ? 'caller' : 'ours',
  } as const;
  const { buffers, places } = assignStorage(unit, steps, ends);
  const bufferOf = (place: number): number => {
    const stored = places[chain.tensors[place]!]!;
    return stored.kind === 'buffer' ? stored.buffer : -1;
  };
  const [input, output] = [bufferOf(from), bufferOf(to)];
  const inner = buffers.filter((_, i) => i !== input && i !== output);
  return {
    shared: input >= 0 && input === output,
    inner,
    inInput: buffers[input]?.tensors ?? [],
    inOutput: buffers[output]?.tensors ?? [],
    packing: packIntervals(inner, ARENA_ALIGNMENT),
  };
}

function layersCandidate(
  graph: Graph<'quantized'>,
  chain: Chain,
  [from, to]: readonly [number, number],
  { resident, prices }: { readonly resident: readonly number[]; readonly prices: Prices },
): Candidate {
  const { shared, packing } = layerUnit(graph, chain, from, to, resident);
  const distance = shared ? 'shared' : null;
  const links = chain.links.slice(from, to);
  const scratch = links.map(({ step }) => (step.call === null ? 0 : onAnyCore(step.call.scratch)));
  return {
    from,
    to,
    facts: null,
    distance,
    regionBytes: packing.totalBytes,
    arenaBytes: alignUp(packing.totalBytes, ARENA_ALIGNMENT) + unionBytes(resident[from]!, resident[to]!, distance),
    scratchBytes: Math.max(0, ...scratch),
    cost: links.reduce((sum, link) => sum + stepCost(link, null, prices), 0),
  };
}

/** All groups that flow from the cut `from` in one unit; none of more than `limit` bytes. */
function flowCandidates(
  chain: Chain,
  facts: FlowFacts,
  from: number,
  { mode, resident, limit, prices }: { mode: InputMode; resident: readonly number[]; limit: number; prices: Prices },
): readonly Candidate[] {
  const found: Candidate[] = [];
  const store = inputStore(from, mode);
  const tracker = resident[from]! > 0 ? new OverlapTracker(facts, from) : null;
  let buffers = store === 'streamed' ? facts.places[from]!.bufferBytes : 0;
  let workspace = store === 'streamed' && facts.places[from]!.bufferUnits === null ? facts.places[from]!.chunkBytes : 0;
  let [scratchBytes, cost] = [0, 0];
  for (let i = from; i < chain.links.length; i += 1) {
    const { lateFrom } = chain.links[i]!;
    const step = facts.steps[i]!;
    if (!step.flows || (lateFrom !== null && lateFrom < from)) break;
    tracker?.append(i, lateFrom === from);
    scratchBytes = Math.max(scratchBytes, step.scratchBytes);
    cost += stepCost(chain.links[i]!, facts.unit, prices);
    const to = i + 1;
    if (chain.cut[to]) {
      const last = Math.max(workspace, stepWorkspace(chain, facts, i, { from, store, isLast: true }));
      const regionBytes = alignUp(buffers + step.sumBytes + alignUp(last, FLOW_ALIGNMENT), ARENA_ALIGNMENT);
      // What is reduced is written when all of the input has been read.
      const distance =
        tracker === null || resident[to] === 0 ? null : step.reduces ? -resident[to]! : tracker.distance(i);
      const arenaBytes = regionBytes + unionBytes(resident[from]!, resident[to]!, distance);
      if (arenaBytes <= limit) found.push({ from, to, facts, distance, regionBytes, arenaBytes, scratchBytes, cost });
    }
    if (step.reduces) break;
    workspace = Math.max(workspace, stepWorkspace(chain, facts, i, { from, store, isLast: false }));
    buffers += facts.places[to]!.bufferBytes;
    if (buffers + resident[from]! > limit) break;
  }
  return found;
}

/** What was found for one unit of flow. */
interface Found {
  readonly facts: FlowFacts;
  /** Groups of at most `limit` bytes. */
  readonly limit: number;
  readonly flows: readonly Candidate[];
}

/** The groups of a chain. What has been described once is kept, because a plan asks several times, under falling limits. */
export class Candidates {
  readonly #graph: Graph<'quantized'>;
  readonly #chain: Chain;
  readonly #mode: InputMode;
  readonly #prices: Prices;
  readonly #resident: readonly number[];
  readonly #cuts: readonly number[];
  readonly #byUnit = new Map<string, Found>();
  #layers: readonly Candidate[] | null = null;

  constructor(graph: Graph<'quantized'>, chain: Chain, mode: InputMode, prices: Prices = null) {
    this.#graph = graph;
    this.#chain = chain;
    this.#mode = mode;
    this.#prices = prices;
    this.#resident = residentBytes(chain, mode);
    this.#cuts = chain.cut.flatMap((cut, place) => (cut ? [place] : []));
  }

  #layersOf(): readonly Candidate[] {
    const starts = this.#cuts.slice(0, -1);
    this.#layers ??= starts.flatMap((from, i) => {
      if (inputStore(from, this.#mode) === 'streamed') return [];
      const options = { resident: this.#resident, prices: this.#prices };
      return [layersCandidate(this.#graph, this.#chain, [from, this.#cuts[i + 1]!], options)];
    });
    return this.#layers;
  }

  #flows(facts: FlowFacts, starts: readonly number[], limit: number): readonly Candidate[] {
    const options = { mode: this.#mode, resident: this.#resident, limit, prices: this.#prices };
    return starts.flatMap(from =>
      this.#resident[from]! <= limit ? flowCandidates(this.#chain, facts, from, options) : [],
    );
  }

  #factsOf(unit: FlowUnit): FlowFacts {
    return this.#byUnit.get(formatUnit(unit))?.facts ?? flowFacts(this.#chain, unit);
  }

  /** Whole layers, and flows that begin with the network: enough to bound what is worth a look. */
  first(units: readonly FlowUnit[]): readonly Candidate[] {
    const flows = units.flatMap(unit => {
      const facts = this.#factsOf(unit);
      this.#byUnit.set(formatUnit(unit), { facts, limit: -1, flows: [] });
      return this.#flows(facts, [0], Infinity);
    });
    return [...this.#layersOf(), ...flows];
  }

  /**
   * Every group of at most `limit` bytes.
   * @param units of flow that kernels exist for
   */
  within(units: readonly FlowUnit[], limit: number): readonly Candidate[] {
    const flows = units.flatMap(unit => {
      const known = this.#byUnit.get(formatUnit(unit));
      if (known !== undefined && limit <= known.limit)
        return known.flows.filter(({ arenaBytes }) => arenaBytes <= limit);
      const facts = this.#factsOf(unit);
      const found = this.#flows(facts, this.#cuts.slice(0, -1), limit);
      this.#byUnit.set(formatUnit(unit), { facts, limit, flows: found });
      return found;
    });
    return [...this.#layersOf().filter(({ arenaBytes }) => arenaBytes <= limit), ...flows];
  }
}
