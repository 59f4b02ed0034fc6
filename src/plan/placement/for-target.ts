/**
 * The plan for a board. Where the schedule is snug's to choose: the cheapest whose arena lies whole in the first region that
 * holds that of any, for one fast region is better than a cheaper schedule in a slower one; else the schedule of least RAM,
 * cut into parts. A schedule that was asked for, or a budget, is kept, and only placed.
 */
import { arenaDoesNotFit } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import type { Graph } from '../../graph/graph.ts';
import { type Bytes, bytes } from '../../ir/units.ts';
import { ARENA_ALIGNMENT } from '../alignment.ts';
import type { MemoryPlan } from '../memory-plan.ts';
import type { InputMode } from '../schedule.ts';
import { type BoardMemory, largest, regionsText } from './memory.ts';
import {
  frameBytes,
  lackingBytes,
  outputBytes,
  type PlacedArena,
  placeArena,
  placeWhole,
  wholeBytes,
} from './place.ts';
import { placeWeights } from './weights.ts';

/** What a plan may be changed to. */
export interface PlanChange {
  readonly schedule?: 'stream';
  readonly input?: InputMode;
  readonly kernels?: 'portable';
  readonly ramBytes?: Bytes | null;
}

/** How the plan was asked for. */
export interface AskedFor {
  /** True where neither a schedule nor a budget was. */
  readonly free: boolean;
  /** Plans without a board. */
  readonly plan: (change: PlanChange) => MemoryPlan;
}

/** Alignment that a budget does not know of: of the two arrays, and of the whole. */
const PADDING = 3 * ARENA_ALIGNMENT;

function inOneRegion(
  graph: Graph<'quantized'>,
  least: MemoryPlan,
  memory: BoardMemory,
  asked: AskedFor,
): PlacedArena | null {
  for (const [region, { bytes: room }] of memory.ram.entries()) {
    const small = placeWhole(graph, least, memory, region);
    if (small === null) continue;
    const budget = (region === 0 ? room : room + outputBytes(graph)) - PADDING;
    const roomy = asked.plan({ ramBytes: bytes(budget) });
    return placeWhole(graph, roomy, memory, region) ?? small;
  }
  return null;
}

/** Changes that make the arena smaller, with the flags that ask for them. */
const CHANGES: readonly (readonly [flags: string, change: PlanChange])[] = [
  ['--schedule stream', { schedule: 'stream', ramBytes: null }],
  ['--schedule stream --input streamed', { schedule: 'stream', input: 'streamed', ramBytes: null }],
  [
    '--kernels portable --schedule stream --input streamed',
    { kernels: 'portable', schedule: 'stream', input: 'streamed', ramBytes: null },
  ],
];

/** The refusal, with the first change that fits. */
function refusal(graph: Graph<'quantized'>, plan: MemoryPlan, memory: BoardMemory, asked: AskedFor): SnugError {
  const needed = wholeBytes(plan, memory);
  let least = needed;
  let change: { flags: string; needed: number } | null = null;
  for (const [flags, changes] of CHANGES) {
    try {
      const other = asked.plan(changes);
      least = Math.min(least, wholeBytes(other, memory));
      if (change === null && placeArena(graph, other, memory) !== null)
        change = { flags, needed: wholeBytes(other, memory) };
    } catch (error) {
      // This network cannot be run that way.
      if (!(error instanceof SnugError)) throw error;
    }
  }
  const { target, ram, flash, fitFlags = null } = memory;
  return new SnugError(
    arenaDoesNotFit({
      ...{
        target,
        needed,
        frame: frameBytes(graph, plan),
        regions: regionsText(ram),
        ...lackingBytes(graph, plan, memory),
      },
      ...{ change, least, ramBytes: largest(ram), flashBytes: largest(flash), fitFlags },
    }),
  );
}

/**
 * Plans for a board's memory.
 * @throws SnugError `arenaDoesNotFit`, `weightsDoNotFit`; else as planning without a board
 */
export function planForTarget(graph: Graph<'quantized'>, memory: BoardMemory, asked: AskedFor): MemoryPlan {
  const base = asked.plan({});
  const weights = placeWeights(graph, base.schedule, memory);
  const placed = (asked.free ? inOneRegion(graph, base, memory, asked) : null) ?? placeArena(graph, base, memory);
  if (placed === null) throw refusal(graph, base, memory, asked);
  return { ...placed.plan, placement: { target: memory.target, ...placed.placement, ...weights } };
}
