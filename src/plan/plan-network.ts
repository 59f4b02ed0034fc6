/** From a quantized graph and what its user asked for to a plan: the one entrance to this room for those who plan. */
import { layersCannotStream } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type Graph, int8Bytes, tensorOf } from '../graph/graph.ts';
import { onAnyCore } from '../ir/kernel-call.ts';
import type { Bytes } from '../ir/units.ts';
import { type MemoryPlan, planMemory } from './memory-plan.ts';
import { planForTarget } from './placement/for-target.ts';
import type { BoardMemory } from './placement/memory.ts';
import { type InputMode, scheduleLayers } from './schedule.ts';
import { type KernelChoice, type Step, selectKernels } from './select-kernels.ts';
import { chainOf } from './stream/chain.ts';
import { type Prices, pricesFor, scheduleCost } from './stream/cost.ts';
import { planStream } from './stream/plan-stream.ts';
import { flowCounters } from './stream/segments.ts';

/**
 * `layers`: every layer whole, one after another. `stream`: the schedule of least memory. `auto`: the schedule that is cheapest
 * on the core within the budget of RAM, and the one of least memory where there is no budget.
 */
export type ScheduleChoice = 'layers' | 'stream' | 'auto';

/** All choices, for flags and for the checks of files. */
export const SCHEDULE_CHOICES: readonly ScheduleChoice[] = ['layers', 'stream', 'auto'];

/** What a plan is made for. */
export interface PlanOptions {
  readonly kernels: KernelChoice;
  readonly schedule: ScheduleChoice;
  /** Null: in the caller's buffer for `layers`, otherwise resident in the arena. */
  readonly input: InputMode | null;
  /** RAM for all of the program but its stack; null where there is no limit. */
  readonly ramBytes: Bytes | null;
  /** The regions of a board that arena and weights are placed in; null and absent where no board is meant. */
  readonly memory?: BoardMemory | null;
}

/** What a program needs in RAM besides its stack, in bytes. */
export interface RamBytes {
  /** Activations, with the input where it lies among them. */
  readonly arena: number;
  /** On the core that needs most. */
  readonly scratch: number;
  /** Counters of flows, what is kept while rows are pushed, addresses of a divided arena; a pointer counts 4. */
  readonly state: number;
  /** The caller's buffers; an input that is streamed, or lies in the arena, has none. */
  readonly input: number;
  readonly output: number;
  readonly total: number;
}

const COUNTER_BYTES = 4;
/** Between pushes: the address of the output, and whether a picture has begun. */
const STREAM_WORDS = 2;

/** Part of the cost that a schedule has to save to be taken in place of whole layers. */
const WORTH_IT = 0.01;

/** RAM of a planned program. */
export function ramOf(graph: Graph<'quantized'>, plan: MemoryPlan): RamBytes {
  const { schedule } = plan;
  const scratch = onAnyCore(plan.scratch);
  const streamed = schedule.input === 'streamed';
  const parts = plan.placement?.arena.length ?? 1;
  const state = COUNTER_BYTES * (flowCounters(schedule) + (streamed ? STREAM_WORDS : 0) + (parts > 1 ? parts : 0));
  const callers = plan.locations[graph.input]!.kind === 'input';
  const input = callers ? int8Bytes(tensorOf(graph, graph.input)) : 0;
  const output = int8Bytes(tensorOf(graph, graph.output));
  const total = plan.arenaBytes + scratch + state + input + output;
  return { arena: plan.arenaBytes, scratch, state, input, output, total };
}

/** Bytes of a budget that are left for arena and scratch: state is unknown before the schedule is, and taken at its most. */
function leftForArena(graph: Graph<'quantized'>, ramBytes: number, input: InputMode): number {
  const state = COUNTER_BYTES * (graph.nodes.length + 1 + STREAM_WORDS);
  const callers = input === 'caller' ? int8Bytes(tensorOf(graph, graph.input)) : 0;
  return ramBytes - state - callers - int8Bytes(tensorOf(graph, graph.output));
}

function planAnywhere(graph: Graph<'quantized'>, options: PlanOptions): MemoryPlan {
  const { kernels, schedule, ramBytes } = options;
  // A schedule that was asked for is the same program for every board.
  const core = schedule === 'auto' ? (options.memory?.core ?? null) : null;
  const steps = selectKernels(graph, kernels);
  if (schedule === 'layers') {
    if (options.input === 'streamed') throw new SnugError(layersCannotStream({}));
    return planMemory(graph, scheduleLayers(steps));
  }
  const input = options.input ?? 'resident';
  if (schedule === 'stream' || ramBytes === null)
    return planStream(graph, steps, { input, kernels, core, budgetBytes: null });
  const streamed = (): MemoryPlan =>
    planStream(graph, steps, { input, kernels, core, budgetBytes: leftForArena(graph, ramBytes, input) });
  if (input === 'streamed') return streamed();
  const layers = planMemory(graph, scheduleLayers(steps));
  if (ramOf(graph, layers).total > ramBytes) return streamed();
  return core === null ? layers : cheaper(graph, steps, [layers, streamed()], pricesFor(kernels, core));
}

/** The second plan where it costs less than the first, which is the simpler one, by more than prices are good for. */
function cheaper(
  graph: Graph<'quantized'>,
  steps: readonly Step[],
  [simple, other]: readonly [MemoryPlan, MemoryPlan],
  prices: Prices,
): MemoryPlan {
  const chain = chainOf(graph, steps);
  const [a, b] = [simple, other].map(({ schedule }) => scheduleCost(chain, schedule, prices)) as [number, number];
  return b < (1 - WORTH_IT) * a ? other : simple;
}

/**
 * Selects kernels, schedules and places everything, in the regions of a board where one is meant.
 * @throws SnugError `layersCannotStream` where layers are to run whole over an input that is never whole; as `planStream` and
 * `planForTarget` do
 */
export function planNetwork(graph: Graph<'quantized'>, options: PlanOptions): MemoryPlan {
  const { memory = null, schedule, ramBytes } = options;
  if (memory === null) return planAnywhere(graph, options);
  const free = schedule === 'auto' && ramBytes === null;
  return planForTarget(graph, memory, { free, plan: change => planAnywhere(graph, { ...options, ...change }) });
}
