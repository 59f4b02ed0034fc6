/** From what was asked for to a plan: schedules, inputs, budgets, and the sum of all RAM. */
import { describe, expect, test } from 'vitest';
import type { Core } from '../../src/ir/kernel-call.ts';
import { bytes } from '../../src/ir/units.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import type { MemoryPlan } from '../../src/plan/memory-plan.ts';
import { planMemory } from '../../src/plan/memory-plan.ts';
import { type PlanOptions, planNetwork, ramOf, SCHEDULE_CHOICES } from '../../src/plan/plan-network.ts';
import { formatUnit, INPUT_MODES, type InputMode, scheduleLayers } from '../../src/plan/schedule.ts';
import { KERNEL_CHOICES, type KernelChoice, selectKernels } from '../../src/plan/select-kernels.ts';
import { chainOf } from '../../src/plan/stream/chain.ts';
import { pricesFor, scheduleCost } from '../../src/plan/stream/cost.ts';
import { planStream } from '../../src/plan/stream/plan-stream.ts';
import { flowCounters } from '../../src/plan/stream/segments.ts';
import { board } from '../support/boards.ts';
import { visualWakeWords } from '../support/mobilenet-v1.ts';
import { quantizePlainly, zeroParameters } from '../support/plain-networks.ts';
import { refusalOf } from '../support/refusal.ts';
import { smallGraph } from '../support/small-graphs.ts';

const graph = quantizePlainly(mobilenetV2({ width: 0.35, resolution: 96, classes: 10 }, zeroParameters()));
const INPUT_BYTES = 96 * 96 * 3;

const plan = (options: Partial<PlanOptions>) =>
  planNetwork(graph, { kernels: 'portable', schedule: 'auto', input: null, ramBytes: null, ...options });
const layers = planMemory(graph, scheduleLayers(selectKernels(graph, 'portable')));
const least = (input: InputMode) =>
  planStream(graph, selectKernels(graph, 'portable'), { input, kernels: 'portable', budgetBytes: null });

/** A plan without the weights of its steps, which take long to compare. */
const told = ({ schedule, ...rest }: MemoryPlan) => ({
  ...rest,
  input: schedule.input,
  groups: schedule.groups.map(({ steps, ...group }) => ({ ...group, steps: steps.map(({ node }) => node.name) })),
});

describe('schedules', () => {
  test('layers is the plan of whole layers over the caller’s input, which is never streamed', () => {
    expect(told(plan({ schedule: 'layers' }))).toEqual(told(layers));
    expect(refusalOf(() => plan({ schedule: 'layers', input: 'streamed' })).code).toBe('SNUG602');
  });

  test('stream takes the least memory, whatever the budget; so does auto without one', () => {
    for (const input of INPUT_MODES) {
      expect(told(plan({ schedule: 'stream', input }))).toEqual(told(least(input)));
      expect(told(plan({ schedule: 'stream', input, ramBytes: bytes(1_000_000) }))).toEqual(told(least(input)));
      expect(told(plan({ schedule: 'auto', input }))).toEqual(told(least(input)));
    }
    expect(plan({ schedule: 'stream' }).schedule.input).toBe('resident');
    expect(SCHEDULE_CHOICES).toEqual(['layers', 'stream', 'auto']);
  });

  test('auto takes whole layers where they keep to the budget, to the byte', () => {
    const needed = ramOf(graph, layers).total;
    expect(told(plan({ ramBytes: bytes(10_000_000) }))).toEqual(told(layers));
    expect(told(plan({ ramBytes: bytes(needed) }))).toEqual(told(layers));
    const under = plan({ ramBytes: bytes(needed - 1) });
    expect(under.schedule.kind).toBe('stream');
    expect(ramOf(graph, under).total).toBeLessThan(needed);
  });

  test('auto keeps to every budget above the least memory; a streamed input is never given to whole layers', () => {
    for (const input of INPUT_MODES) {
      const smallest = ramOf(graph, least(input)).total;
      // State is taken at its most before the schedule is known.
      const slack = 4 * (graph.nodes.length + 2);
      for (const share of [1, 1.2, 1.5, 2, 3, 5, 50]) {
        const budget = Math.ceil(smallest * share) + slack;
        const found = plan({ input, ramBytes: bytes(budget) });
        expect(ramOf(graph, found).total).toBeLessThanOrEqual(budget);
        if (input === 'streamed') expect(found.schedule).toMatchObject({ kind: 'stream', input });
      }
      // Nothing keeps to this one: the least there is.
      expect(told(plan({ input, ramBytes: bytes(1000) }))).toEqual(told(least(input)));
    }
  });
});

describe('auto on a board with room to spare', () => {
  const words = quantizePlainly(visualWakeWords());
  const room = { sram: 1 << 20 };

  /** The chosen schedule, whole layers and the least memory, with what each costs by the core's prices. */
  function compared(core: Core, kernels: KernelChoice, network = words) {
    const options = { kernels, schedule: 'auto', input: null, ramBytes: null } as const;
    const memory = board(room, undefined, core);
    const chain = chainOf(network, selectKernels(network, kernels));
    const made = (change: Partial<PlanOptions>): { kind: string; cost: number; units: ReadonlySet<string> } => {
      const { schedule } = planNetwork(network, { ...options, ...change });
      const units = schedule.groups.map(group => (group.kind === 'layers' ? 'layers' : formatUnit(group.unit)));
      return {
        kind: schedule.kind,
        cost: scheduleCost(chain, schedule, pricesFor(kernels, core)),
        units: new Set(units),
      };
    };
    return { chosen: made({ memory }), whole: made({ schedule: 'layers' }), least: made({ schedule: 'stream' }) };
  }

  test('takes what is cheap on the core: on Helium with CMSIS-NN least memory is dearer than whole layers', () => {
    const { chosen, whole, least: small } = compared('mve', 'auto');
    expect(small.cost).toBeGreaterThan(1.1 * whole.cost);
    expect(chosen.cost).toBeLessThanOrEqual(whole.cost);
  });

  test('with the DSP extension whole layers are far dearer than pixels, for they have slower kernels', () => {
    const { chosen, whole, least: small } = compared('dsp', 'auto');
    expect(whole.cost).toBeGreaterThan(1.3 * small.cost);
    expect(chosen.cost).toBeLessThanOrEqual(small.cost);
    expect(chosen.kind).toBe('stream');
    expect([...chosen.units]).toEqual(expect.arrayContaining(['pixels × 64']));
  });

  test('where rows are all that flows, whole layers are as cheap, and simpler', () => {
    for (const core of ['c', 'dsp', 'mve'] as const)
      expect(compared(core, 'cmsis-nn').chosen.kind, core).toBe('layers');
  });

  test.each([
    ['visual wake words', words],
    ['MobileNetV2 0.35-96', graph],
  ] as const)('%s: never dearer than whole layers or least memory', (_, network) => {
    for (const core of ['c', 'dsp', 'mve'] as const) {
      for (const kernels of KERNEL_CHOICES) {
        const { chosen, whole, least: small } = compared(core, kernels, network);
        // Costs that differ by less than half a percent are equal to the search, and by one percent not worth a flow.
        expect(chosen.cost, `${core}, ${kernels}`).toBeLessThanOrEqual(1.015 * Math.min(whole.cost, small.cost));
      }
    }
  });

  test('without a board the core is not known: least memory, and whole layers within a budget', () => {
    const options = { kernels: 'auto', schedule: 'auto', input: null } as const;
    const free = planNetwork(words, { ...options, ramBytes: null });
    expect(told(free)).toEqual(told(planNetwork(words, { ...options, schedule: 'stream', ramBytes: null })));
    expect(planNetwork(words, { ...options, ramBytes: bytes(1 << 20) }).schedule.kind).toBe('layers');
  });
});

describe('all RAM of a program', () => {
  test('whole layers: the arena, and both of the caller’s buffers', () => {
    const expected = { arena: layers.arenaBytes, scratch: 0, state: 0, input: INPUT_BYTES, output: 10 };
    expect(ramOf(graph, layers)).toEqual({ ...expected, total: layers.arenaBytes + INPUT_BYTES + 10 });
  });

  test('an input in the arena, or streamed, is not counted again; flows count, and remember where the output goes', () => {
    const ram = INPUT_MODES.map(input => ramOf(graph, least(input)));
    expect(ram.map(each => each.input)).toEqual(INPUT_MODES.map(input => (input === 'caller' ? INPUT_BYTES : 0)));
    INPUT_MODES.forEach((input, i) => {
      const { schedule, arenaBytes } = least(input);
      const { arena, scratch, state, input: held, output, total } = ram[i]!;
      expect([arena, scratch, output]).toEqual([arenaBytes, 0, 10]);
      expect(state).toBe(4 * (flowCounters(schedule) + (input === 'streamed' ? 2 : 0)));
      expect(state).toBeGreaterThan(0);
      expect(total).toBe(arena + state + held + output);
    });
  });

  test('scratch is that of the core that needs most', () => {
    const withScratch = planNetwork(graph, { kernels: 'cmsis-nn', schedule: 'layers', input: null, ramBytes: null });
    expect(ramOf(graph, withScratch).scratch).toBe(5120);
    expect(ramOf(graph, withScratch).total - ramOf(graph, layers).total).toBe(5120);
  });
});

test('a network whose output is its input has no plan, whatever the schedule', () => {
  const small = smallGraph();
  const renaming = quantizePlainly(small.builder.finish(small.reshape('flat', small.input, [1, 144])));
  for (const schedule of SCHEDULE_CHOICES) {
    const options = { kernels: 'portable', schedule, input: null, ramBytes: null } as const;
    expect(refusalOf(() => planNetwork(renaming, options)).code, schedule).toBe('SNUG304');
  }
});
