/** What steps cost: by prices that were measured where the core is known, and by an estimate elsewhere. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../src/graph/graph.ts';
import type { Core } from '../../../src/ir/kernel-call.ts';
import { mobilenetV2 } from '../../../src/models/mobilenet-v2.ts';
import { planMemory } from '../../../src/plan/memory-plan.ts';
import { type FlowUnit, type Schedule, scheduleLayers } from '../../../src/plan/schedule.ts';
import { selectKernels } from '../../../src/plan/select-kernels.ts';
import { type Chain, chainOf } from '../../../src/plan/stream/chain.ts';
import { amountsOf, pricedKernel, pricesFor, scheduleCost, stepCost } from '../../../src/plan/stream/cost.ts';
import { KERNEL_PRICES } from '../../../src/plan/stream/kernel-prices.ts';
import { planStream } from '../../../src/plan/stream/plan-stream.ts';
import { quantizePlainly, zeroParameters } from '../../support/plain-networks.ts';
import { smallGraph } from '../../support/small-graphs.ts';

const ROWS: FlowUnit = { kind: 'rows' };
const pixels = (count: number): FlowUnit => ({ kind: 'pixels', count });
const UNITS = [ROWS, ...[4, 8, 16, 32, 64].map(pixels)];

function chain(graph: Graph<'quantized'>): Chain {
  return chainOf(graph, selectKernels(graph, 'auto'));
}

const small = smallGraph([1, 6, 6, 4]);
const links = chain(
  quantizePlainly(
    small.builder.finish(small.conv('b', small.depthwise('a', small.input, { stride: 2 }), { outputs: 6, kernel: 1 })),
  ),
).links;

describe('prices', () => {
  test('are those of the kernels that are linked: CMSIS-NN with Helium unless the portable ones are asked for', () => {
    expect(pricesFor('auto', null)).toBeNull();
    expect(pricesFor('auto', 'mve')?.kernels).toBe(KERNEL_PRICES.mve['cmsis-nn']);
    expect(pricesFor('portable', 'mve')?.kernels).toBe(KERNEL_PRICES.mve.portable);
    for (const core of ['c', 'dsp'] as const) {
      expect(pricesFor('auto', core)?.kernels).toBe(KERNEL_PRICES[core].portable);
      expect(pricesFor('cmsis-nn', core)?.kernels).toBe(KERNEL_PRICES[core]['cmsis-nn']);
    }
  });

  test('are multiplied with what a call does, and with how many calls there are', () => {
    const [depthwise, pointwise] = [links[0]!, links[1]!];
    expect(amountsOf(depthwise, null, 'dsp')).toEqual({
      ...{ mac: 9 * 4 * 9, output: 36, pixel: 9, call: 1, channel: 4, rest: 0 },
    });
    expect(amountsOf(depthwise, ROWS, 'mve')).toMatchObject({ call: 3, channel: 12, rest: 36 });
    expect(amountsOf(pointwise, pixels(4), 'dsp')).toEqual({
      ...{ mac: 9 * 6 * 4, output: 54, pixel: 9, call: 2.25, channel: 13.5, rest: 18 },
    });
    const kernels = { pointwise_s8: { mac: 2, call: 100, channel: 10 } };
    expect(stepCost(pointwise, pixels(4), { core: 'dsp', kernels })).toBe(2 * 216 + 225 + 135);
    expect(stepCost(pointwise, null, { core: 'dsp', kernels })).toBe(2 * 216 + 100 + 60);
  });

  test('have names for the kernels of each form', () => {
    expect(pricedKernel(links[0]!, null)).toBe('arm_depthwise_conv_wrapper_s8');
    expect(pricedKernel(links[0]!, ROWS)).toBe('arm_depthwise_conv_wrapper_s8');
    expect(pricedKernel(links[0]!, pixels(8))).toBe('depthwise_ring_s8');
    const stem = chain(quantizePlainly(mobilenetV2({ width: 0.1, resolution: 32 }, zeroParameters()))).links[0]!;
    expect(pricedKernel(stem, pixels(8))).toBe('pointwise_s8 gathered');
  });

  test('of a kernel that was not measured are more than nothing', () => {
    for (const link of links)
      expect(stepCost(link, null, { core: 'c', kernels: {} })).toBeGreaterThan(link.outputBytes);
  });
});

test('without a core whole layers are the cheapest form of a network', () => {
  const all = chain(quantizePlainly(mobilenetV2({ width: 0.35, resolution: 96 }, zeroParameters())));
  const flowing = all.links.filter(({ flow }) => flow !== null);
  const costIn = (unit: FlowUnit | null): number => flowing.reduce((sum, link) => sum + stepCost(link, unit, null), 0);
  for (const unit of UNITS) expect(costIn(unit)).toBeGreaterThan(costIn(null));
});

/** Rows of bench/costs.json, which `node bench/costs.mjs --update` writes together with the prices. */
const figures = JSON.parse(await readFile('bench/costs.json', 'utf8')) as Readonly<
  Record<string, { readonly instructions: number; readonly estimate: number }>
>;
const sizes = [...new Set(Object.keys(figures).map(row => row.split(' ')[0]!))];

test.each(sizes)('%s: estimates are those of the committed prices, a fifth from what was counted at most', size => {
  const [width, resolution] = size.split('-').map(Number) as [number, number];
  const graph = quantizePlainly(mobilenetV2({ width, resolution, classes: 1000 }, zeroParameters()));
  const steps = selectKernels(graph, 'auto');
  const schedules = new Map<string, Schedule>();
  const scheduleOf = (form: string): Schedule => {
    const count = /^pixels × (\d+)$/.exec(form)?.[1];
    const units = [count === undefined ? ROWS : pixels(Number(count))];
    const options = { input: 'resident', kernels: 'auto', budgetBytes: null, units } as const;
    const plan = form === 'layers' ? planMemory(graph, scheduleLayers(steps)) : planStream(graph, steps, options);
    schedules.set(form, plan.schedule);
    return plan.schedule;
  };
  const rows = Object.entries(figures).filter(([row]) => row.startsWith(`${size} `));
  expect(rows).toHaveLength(5 * 3 * 2);
  for (const [row, { instructions, estimate }] of rows) {
    const [, form, core, set] = /^\S+ (.+) (c|dsp|mve) (portable|cmsis-nn)$/.exec(row)!;
    const prices = { core: core as Core, kernels: KERNEL_PRICES[core as Core][set as 'portable' | 'cmsis-nn'] };
    const cost = scheduleCost(chainOf(graph, steps), schedules.get(form!) ?? scheduleOf(form!), prices);
    expect(Math.round(cost), row).toBe(estimate);
    expect(Math.abs(estimate / instructions - 1), row).toBeLessThan(0.2);
  }
});
