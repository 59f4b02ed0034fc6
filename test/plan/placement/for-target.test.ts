/** Plans for a board: which schedule is taken, where its arena and its tables go, and what is said where nothing fits. */
import { describe, expect, test } from 'vitest';
import { mobilenetV2 } from '../../../src/models/mobilenet-v2.ts';
import { blankParameters } from '../../../src/models/parameter-source.ts';
import { quantizeForPlanning } from '../../../src/passes/quantize-for-planning.ts';
import type { MemoryPlan } from '../../../src/plan/memory-plan.ts';
import type { BoardMemory } from '../../../src/plan/placement/memory.ts';
import { wholeBytes } from '../../../src/plan/placement/place.ts';
import { type PlanOptions, planNetwork, ramOf } from '../../../src/plan/plan-network.ts';
import { selectKernels } from '../../../src/plan/select-kernels.ts';
import { chainOf } from '../../../src/plan/stream/chain.ts';
import { pricesFor, scheduleCost } from '../../../src/plan/stream/cost.ts';
import { flowCounters } from '../../../src/plan/stream/segments.ts';
import { weightsOf } from '../../../src/plan/weights.ts';
import { board } from '../../support/boards.ts';
import { refusalOf } from '../../support/refusal.ts';

const graph = quantizeForPlanning(mobilenetV2({ width: 0.35, resolution: 96, classes: 10 }, blankParameters()), {
  softmax: false,
});
const OUTPUT = 12;
const options: PlanOptions = { kernels: 'portable', schedule: 'auto', input: null, ramBytes: null };
const plan = (memory: BoardMemory | null, change: Partial<PlanOptions> = {}) =>
  planNetwork(graph, { ...options, ...change, memory });
const placed = (memory: BoardMemory, change: Partial<PlanOptions> = {}) => {
  const made = plan(memory, change);
  return { ...made, placement: made.placement! };
};

const least = plan(null);
const chain = chainOf(graph, selectKernels(graph, 'portable'));
const costOf = ({ schedule }: MemoryPlan): number => scheduleCost(chain, schedule, pricesFor('portable', 'dsp'));
const leastBytes = wholeBytes(least, board({}));
const layers = plan(null, { schedule: 'layers' });

describe('one region', () => {
  test('without a board nothing is placed', () => {
    expect(plan(null).placement).toBeNull();
  });

  test('the first that holds the least arena takes it, with the cheapest schedule that fits there', () => {
    const tight = placed(board({ tcm: leastBytes + OUTPUT, sram: 1 << 20 }));
    expect(tight.placement.arena).toEqual([{ region: 'tcm', start: 0, bytes: tight.arenaBytes, scratch: true }]);
    expect(tight.schedule.kind).toBe('stream');
    const roomy = placed(board({ tcm: leastBytes + OUTPUT - 1, sram: 1 << 20 }));
    expect(roomy.placement.arena.map(({ region }) => region)).toEqual(['sram']);
    // With the DSP extension snug's own kernels, which compute pixels, are faster than those for whole layers.
    expect(costOf(roomy)).toBeLessThan(Math.min(costOf(tight), costOf(layers)));
    expect(roomy.arenaBytes).toBeGreaterThan(tight.arenaBytes);
    expect(roomy.placement.ram.map(({ usedBytes }) => usedBytes)).toEqual([0, wholeBytes(roomy, board({}))]);
  });

  test('a schedule that was asked for is kept', () => {
    const memory = board({ tcm: leastBytes + OUTPUT, sram: 1 << 20 });
    const asked = placed(memory, { schedule: 'layers' });
    expect(asked.arenaBytes).toBe(layers.arenaBytes);
    expect(asked.placement.arena.map(({ region }) => region)).toEqual(['sram']);
    expect(placed(memory, { schedule: 'stream' }).arenaBytes).toBe(least.arenaBytes);
  });
});

test('an arena that no region holds is divided, line buffers in the first one', () => {
  const divided = placed(board({ tcm: leastBytes * 0.4, sram: leastBytes * 0.97 }));
  const { arena, ram } = divided.placement;
  expect(arena.map(({ region }) => region)).toEqual(['tcm', 'sram']);
  expect(arena[1]!.start).toBe(arena[0]!.bytes);
  expect(divided.arenaBytes).toBe(arena[0]!.bytes + arena[1]!.bytes);
  expect(ram[0]!.usedBytes).toBeLessThanOrEqual(leastBytes * 0.4);
  const parts = divided.locations.flatMap(location =>
    location.kind === 'line-buffer' ? [location.offset < arena[0]!.bytes ? 'tcm' : 'sram'] : [],
  );
  expect(parts).toContain('tcm');
  // The input, which is large and read once, is the last to get fast memory.
  expect(divided.locations[graph.input]).toMatchObject({ kind: 'arena', offset: arena[0]!.bytes });
  // The addresses of two parts are state.
  const counters = flowCounters(divided.schedule) - flowCounters(least.schedule);
  expect(ramOf(graph, divided).state - ramOf(graph, least).state - 4 * counters).toBe(8);
});

describe('what does not fit', () => {
  test('the refusal names region, bytes and a change that fits', () => {
    const streamed = wholeBytes(plan(null, { input: 'streamed' }), board({}));
    const memory = board({ sram: streamed + OUTPUT });
    const { code, message, hint } = refusalOf(() => plan(memory));
    expect(code).toBe('SNUG604');
    expect(message).toContain(`the arena of ${leastBytes} bytes does not fit into the RAM of test-board`);
    expect(message).toContain(`sram is ${leastBytes - streamed} bytes too small`);
    expect(hint).toBe(`--schedule stream --input streamed fits, with an arena of ${streamed} bytes`);
    expect(placed(memory, { schedule: 'stream', input: 'streamed' }).placement.arena.length).toBe(1);
    const asked = refusalOf(() => plan(board({ sram: leastBytes + OUTPUT }), { schedule: 'layers' }));
    expect(asked.hint).toMatch(/^--schedule stream fits, with an arena of \d+ bytes$/);
  });

  test('where no schedule fits, it gives the least bytes and the command that finds sizes', () => {
    const small = { ...board({ tcm: 1024, sram: 2048 }, { flash: 1 << 20 }), fitFlags: ' --classes 3' };
    const { hint } = refusalOf(() => plan(small));
    const streamed = wholeBytes(plan(null, { input: 'streamed' }), board({}));
    expect(hint).toContain(`no schedule needs less than ${streamed} bytes, not even with a streamed input`);
    expect(hint).toContain('snug fit --ram 2048 --flash 1048576 --classes 3 lists');
    expect(refusalOf(() => plan({ ...small, fitFlags: null })).hint).not.toContain('snug fit');
  });

  test("the caller's frame needs room as well", () => {
    const caller = { schedule: 'stream', input: 'caller' } as const;
    const needed = wholeBytes(plan(null, caller), board({}));
    const frame = 96 * 96 * 3;
    expect(placed(board({ tcm: needed + OUTPUT, sram: frame }), caller).placement.arena[0]!.region).toBe('tcm');
    const { message } = refusalOf(() => plan(board({ tcm: needed + OUTPUT, sram: frame - 1 }), caller));
    expect(message).toContain(`and the caller's input of ${frame} do not fit`);
  });

  test('the enlarged region takes what the refusal says is missing', () => {
    const sizes = { tcm: Math.round(leastBytes * 0.3), sram: Math.round(leastBytes * 0.5) };
    const { message } = refusalOf(() => plan(board(sizes)));
    const [, region, over] = /(\w+) is (\d+) bytes too small/.exec(message)!;
    expect(region).toBe('sram');
    expect(placed(board({ ...sizes, sram: sizes.sram + Number(over) })).placement.arena.length).toBeGreaterThan(0);
  });
});

describe('constant tables', () => {
  const total = weightsOf(least);
  const ram = { sram: 1 << 20 };

  test('all of them go to the first region that holds them', () => {
    const { weights, flash } = placed(board(ram, { inner: total - 1, outer: total + 1024 })).placement;
    expect(new Set(weights.values())).toEqual(new Set(['outer']));
    expect(flash.map(({ usedBytes }) => usedBytes > 0)).toEqual([false, true]);
  });

  test('where none does, those that are read most fill the first', () => {
    const inner = Math.round(total / 3);
    const { weights, flash } = placed(board(ram, { inner, outer: total - 1000 })).placement;
    expect(flash[0]!.usedBytes).toBeGreaterThan(inner * 0.9);
    expect(flash[0]!.usedBytes).toBeLessThanOrEqual(inner);
    const byName = new Map(graph.nodes.map(({ name, output }) => [name, weights.get(output)]));
    // Every weight of the first layer is read 48 × 48 times, of the classifier once.
    expect(byName.get('stem')).toBe('inner');
    expect(byName.get('classifier') ?? byName.get('logits')).toBe('outer');
  });

  test('the refusal names region and bytes', () => {
    const { code, message } = refusalOf(() => plan(board(ram, { inner: 1000, outer: total / 2 })));
    expect(code).toBe('SNUG605');
    expect(message).toMatch(/do not fit into the flash of test-board: inner \(1000 bytes free\) and outer/);
    expect(Number(/are (\d+) bytes too many/.exec(message)![1])).toBeGreaterThanOrEqual(total / 2 - 1001);
  });
});
