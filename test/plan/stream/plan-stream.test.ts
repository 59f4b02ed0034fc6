/** Streaming plans: run in an arena that remembers its bytes, compared with exhaustive search, and held to the design's figures. */
import { describe, expect, test } from 'vitest';
import { type Graph, int8Bytes } from '../../../src/graph/graph.ts';
import { mobilenetV2 } from '../../../src/models/mobilenet-v2.ts';
import { seededRandom } from '../../../src/numerics/random.ts';
import type { MemoryPlan, Stretch } from '../../../src/plan/memory-plan.ts';
import { type FlowUnit, type InputMode, stepsOf } from '../../../src/plan/schedule.ts';
import { type KernelChoice, selectKernels } from '../../../src/plan/select-kernels.ts';
import { type Candidate, Candidates } from '../../../src/plan/stream/candidates.ts';
import { chainOf } from '../../../src/plan/stream/chain.ts';
import { planStream } from '../../../src/plan/stream/plan-stream.ts';
import { quantizePlainly, zeroParameters } from '../../support/plain-networks.ts';
import { randomNetwork } from '../../support/random-network.ts';
import { refusalOf } from '../../support/refusal.ts';
import { smallGraph } from '../../support/small-graphs.ts';
import { runPlan } from './run-plan.ts';

const KERNELS: readonly KernelChoice[] = ['cmsis-nn', 'portable', 'auto'];
const MODES: readonly InputMode[] = ['streamed', 'resident', 'caller'];
const ROWS: FlowUnit = { kind: 'rows' };
const PIXELS = [4, 8, 16, 32, 64].map((count): FlowUnit => ({ kind: 'pixels', count }));
const UNITS = { 'cmsis-nn': [ROWS], portable: PIXELS, auto: [...PIXELS, ROWS] } as const;

const scratchOf = ({ scratch }: MemoryPlan): number => Math.max(scratch.c, scratch.dsp, scratch.mve);
const totalOf = (plan: MemoryPlan): number => plan.arenaBytes + scratchOf(plan);

interface Task {
  readonly graph: Graph<'quantized'>;
  readonly kernels: KernelChoice;
  readonly input: InputMode;
}

function planOf({ graph, kernels, input }: Task, budgetBytes: number | null = null): MemoryPlan {
  return planStream(graph, selectKernels(graph, kernels), { input, kernels, budgetBytes });
}

function candidatesOf({ graph, kernels, input }: Task): readonly Candidate[] {
  const chain = chainOf(graph, selectKernels(graph, kernels));
  return new Candidates(graph, chain, input).within(UNITS[kernels], Infinity);
}

/** Random networks under every choice; none where the first layer cannot flow and the input is streamed. */
function tasks(seeds: readonly number[]): readonly Task[] {
  return seeds.flatMap(seed => {
    const graph = quantizePlainly(randomNetwork(seed));
    const all = KERNELS.flatMap(kernels => MODES.map((input): Task => ({ graph, kernels, input })));
    return all.filter(task => task.input !== 'streamed' || candidatesOf(task).some(({ from }) => from === 0));
  });
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);

/** What a plan keeps while each group runs: no two of these may share bytes, and none may lie outside. */
function expectSound({ graph }: Task, plan: MemoryPlan): void {
  plan.schedule.groups.forEach((group, g) => {
    const made = new Set(group.steps.flatMap(({ node }) => [...node.inputs, node.output]));
    const stretches: Stretch[] = [];
    for (const id of made) {
      const location = plan.locations[id]!;
      if (location.kind === 'line-buffer') stretches.push(location);
      if (location.kind !== 'arena') continue;
      expect(location.offset % plan.alignment).toBe(0);
      const end = location.offset + int8Bytes(graph.tensors[id]!);
      expect(end).toBeLessThanOrEqual(plan.arenaBytes);
    }
    const { workspace, sums } = plan.groups[g]!;
    expect((workspace === null) === (group.kind === 'layers')).toBe(true);
    const [first, last] = [group.steps[0]!.node.inputs, group.steps.at(-1)!.node.output];
    const whole = [...first, last].flatMap((id): readonly Stretch[] => {
      const location = plan.locations[id]!;
      return location.kind === 'arena' && group.kind === 'flow'
        ? [{ offset: location.offset, bytes: int8Bytes(graph.tensors[id]!) }]
        : [];
    });
    const own = [...stretches, ...[workspace, sums].filter(part => part !== null)].filter(({ bytes }) => bytes > 0);
    own.forEach((a, i) => {
      expect([a.offset >= 0, a.offset % 4, a.offset + a.bytes <= plan.arenaBytes]).toEqual([true, 0, true]);
      for (const b of [...own.slice(0, i), ...whole])
        expect(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset).toBe(true);
    });
  });
}

test('random networks run in their plans, whatever the budget, and read nothing that has been written over', () => {
  const random = seededRandom(5);
  for (const task of tasks(upTo(25))) {
    const least = planOf(task);
    const roomy = planOf(task, Math.round(totalOf(least) * (1 + random.uniform())));
    for (const plan of [least, roomy]) {
      expectSound(task, plan);
      runPlan(task.graph, plan, room => 1 + random.integer(room));
      expect(stepsOf(plan.schedule).map(({ node }) => node)).toEqual(task.graph.nodes);
      expect(plan.schedule).toMatchObject({ kind: 'stream', input: task.input, recomputeFactor: 1 });
    }
  }
});

test('a tensor that is added to itself, and one that is renamed, flow and lie where they should', () => {
  const { builder, input, conv, add, reshape } = smallGraph();
  const twice = add('twice', conv('a', input), 1 as typeof input);
  const graph = quantizePlainly(
    builder.finish(reshape('out', conv('b', reshape('same', twice, [1, 6, 6, 4])), [1, 144])),
  );
  for (const kernels of KERNELS) for (const mode of MODES) runPlan(graph, planOf({ graph, kernels, input: mode }));
});

test('the simulation notices a line buffer that is one pixel short', () => {
  const graph = quantizePlainly(mobilenetV2({ width: 0.35, resolution: 32 }, zeroParameters()));
  const plan = planOf({ graph, kernels: 'portable', input: 'streamed' });
  const short = plan.locations.map(location =>
    location.kind === 'line-buffer' ? { ...location, pixels: location.pixels - 1 } : location,
  );
  runPlan(graph, plan, () => 1);
  expect(() => runPlan(graph, { ...plan, locations: short })).toThrow(/when it is (read|gathered)/);
});

describe('least memory', () => {
  /** Arena and scratch of every schedule there is. */
  function paths(list: readonly Candidate[], places: number, from = 0): readonly (readonly [number, number])[] {
    if (from === places - 1) return [[0, 0]];
    return list
      .filter(group => group.from === from)
      .flatMap(({ to, arenaBytes, scratchBytes }) =>
        paths(list, places, to).map(([a, s]) => [Math.max(a, arenaBytes), Math.max(s, scratchBytes)] as const),
      );
  }

  test('is what exhaustive search over all cuts and units finds, in networks of up to six layers', () => {
    const short = tasks(upTo(70)).filter(({ graph }) => graph.nodes.length <= 6);
    let optimal = 0;
    const compared = short.filter(({ kernels }) => kernels !== 'auto');
    for (const task of compared) {
      const plan = planOf(task);
      const all = paths(candidatesOf(task), task.graph.nodes.length + 1);
      const least = Math.min(...all.map(([arena, scratch]) => arena + scratch));
      const bytes = Math.ceil(plan.arenaBytes / 16) * 16 + scratchOf(plan);
      // A tensor has one place in two groups, which may take a little more than either alone.
      if (plan.optimal) expect(bytes).toBe(least);
      else expect(bytes).toBeGreaterThan(least);
      expect(bytes).toBeLessThanOrEqual(1.25 * least);
      if (plan.optimal) optimal += 1;
    }
    expect(compared.length).toBeGreaterThan(80);
    expect(optimal / compared.length).toBeGreaterThan(0.8);
  });

  /** KiB of arena, from the design: one streamed and one resident figure for each level. */
  const TARGETS: readonly (readonly [
    width: number,
    resolution: number,
    ...kibibytes: readonly [number, number, number, number],
  ])[] = [
    [1, 224, 124, 93, 197, 180],
    [1, 160, 73.6, 61.3, 111, 99],
    [1, 96, 35.2, 27.9, 48.4, 41.4],
    [0.5, 160, 43.9, 35.4, 81.2, 79.4],
    [0.35, 224, 50.5, 41.2, 156, 153],
    [0.35, 144, 26.9, 21.3, 66.4, 64.7],
    [0.35, 96, 15.7, 12.0, 30.8, 29.7],
  ];

  test.each(TARGETS)('MobileNetV2 %d-%i reaches the figures of the design', (width, resolution, ...targets) => {
    const graph = quantizePlainly(mobilenetV2({ width, resolution }, zeroParameters()));
    const plans = (['streamed', 'resident'] as const).flatMap(input =>
      (['cmsis-nn', 'portable'] as const).map(kernels => planOf({ graph, kernels, input })),
    );
    plans.forEach((plan, i) => {
      expect(plan.arenaBytes / 1024).toBeLessThanOrEqual(targets[i]! * 1.02);
      expect(plan.optimal).toBe(true);
      expect(plan.peak.bytes).toBeLessThanOrEqual(Math.ceil(plan.arenaBytes / 16) * 16);
    });
    if (resolution === 96) for (const plan of plans) runPlan(graph, plan);
  });
});

describe('a budget', () => {
  /** What a schedule costs: the sum over the groups that it was made of. */
  function costOf(task: Task, { schedule }: MemoryPlan): number {
    const list = candidatesOf(task);
    let [at, sum] = [0, 0];
    for (const group of schedule.groups) {
      const end = at + group.steps.length;
      while (at < end) {
        const found = list.find(({ from, to, facts }) =>
          group.kind === 'layers'
            ? from === at && facts === null
            : from === at && to === end && JSON.stringify(facts?.unit) === JSON.stringify(group.unit),
        )!;
        sum += found.cost;
        at = found.to;
      }
    }
    return sum;
  }

  const shares = [1, 1.1, 1.3, 2];

  test('is kept wherever the least plan keeps it, and in most cases buys a cheaper schedule', () => {
    let [cheaper, all] = [0, 0];
    for (const task of tasks(upTo(15))) {
      const least = planOf(task);
      const dearest = costOf(task, least);
      for (const share of shares) {
        const budget = Math.floor(totalOf(least) * share);
        const plan = planOf(task, budget);
        expect(totalOf(plan)).toBeLessThanOrEqual(budget);
        if (costOf(task, plan) < dearest) cheaper += 1;
        all += 1;
      }
    }
    expect(cheaper / all).toBeGreaterThan(0.4);
  });

  test('never buys a dearer schedule than a smaller one does', () => {
    for (const task of tasks([2, 4, 5])) {
      const total = totalOf(planOf(task));
      const costs = [1, 1.05, ...shares.slice(1)].map(share => costOf(task, planOf(task, Math.round(total * share))));
      expect(costs).toEqual(costs.toSorted((x, y) => y - x));
    }
  });

  test('that nothing keeps gives the plan of least memory', () => {
    const graph = quantizePlainly(mobilenetV2({ width: 0.35, resolution: 96 }, zeroParameters()));
    for (const kernels of KERNELS) {
      const task: Task = { graph, kernels, input: 'streamed' };
      const [none, least] = [planOf(task, 1000), planOf(task)];
      expect([none.arenaBytes, none.locations]).toEqual([least.arenaBytes, least.locations]);
    }
  });

  test('of much memory makes MobileNetV2 cheaper', () => {
    const graph = quantizePlainly(mobilenetV2({ width: 0.35, resolution: 96 }, zeroParameters()));
    for (const kernels of KERNELS) {
      const task: Task = { graph, kernels, input: 'streamed' };
      const least = planOf(task);
      const costs = [1.5, 4, 16].map(share => costOf(task, planOf(task, Math.ceil(totalOf(least) * share))));
      expect(costs).toEqual(costs.toSorted((x, y) => y - x));
      expect(costs[2]).toBeLessThan(costOf(task, least));
    }
  });
});

describe('a streamed input', () => {
  test('is refused where the first layer needs all of it, and where a later one reads it again', () => {
    const whole = smallGraph();
    const dense = quantizePlainly(
      whole.builder.finish(whole.dense('dense', whole.reshape('flat', whole.input, [1, 144]), 3)),
    );
    const again = smallGraph();
    const late = again.conv(
      'b',
      again.reshape('map', again.reshape('flat', again.conv('a', again.input), [1, 144]), [1, 6, 6, 4]),
    );
    const twice = quantizePlainly(again.builder.finish(again.add('sum', late, again.input)));
    for (const graph of [dense, twice]) {
      for (const kernels of KERNELS) {
        const { code, message } = refusalOf(() => planOf({ graph, kernels, input: 'streamed' }));
        expect([code, message]).toEqual(['SNUG601', expect.stringContaining(graph.nodes[0]!.name)]);
        runPlan(graph, planOf({ graph, kernels, input: 'resident' }));
      }
    }
  });

  test('flows in rows where the first layer has no kernel for pixels', () => {
    const { builder, input } = smallGraph([1, 8, 8, 4]);
    const parameters = { weights: new Float32Array(2 * 4 * 9), bias: new Float32Array(8) };
    const window = { kernel: [3, 3], stride: [1, 1], padding: 'same' } as const;
    const attributes = { ...window, multiplier: 2, activation: null };
    const graph = quantizePlainly(
      builder.finish(builder.add('depthwiseConv2d', 'doubled', [input], attributes, parameters)),
    );
    const [rows, either] = (['cmsis-nn', 'auto'] as const).map(kernels =>
      planOf({ graph, kernels, input: 'streamed' }),
    );
    expect(either!.arenaBytes).toBe(rows!.arenaBytes);
  });

  test('takes no memory as a whole', () => {
    const graph = quantizePlainly(mobilenetV2({ width: 0.35, resolution: 32 }, zeroParameters()));
    const { locations, groups, schedule } = planOf({ graph, kernels: 'portable', input: 'streamed' });
    expect(locations[graph.input]).toMatchObject({ kind: 'line-buffer', pixels: 2 * 32 + 8 + 4 });
    expect(locations[graph.output]).toEqual({ kind: 'output' });
    expect(schedule.groups[0]!.kind).toBe('flow');
    expect(groups).toHaveLength(schedule.groups.length);
  });
});
