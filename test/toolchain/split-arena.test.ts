/**
 * Arenas divided over regions: the C of random networks puts out the interpreter's bytes in every layer, layer by layer and
 * flowing, under the sanitizers and with dead bytes poisoned. Each region is an object of its own, so that an access beyond
 * its end is seen.
 */
import { describe, expect, it } from 'vitest';
import type { Program } from '../../src/codegen/program.ts';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import type { BoardMemory } from '../../src/plan/placement/memory.ts';
import { outputBytes, placeArena, wholeBytes } from '../../src/plan/placement/place.ts';
import { placeWeights } from '../../src/plan/placement/weights.ts';
import type { InputMode } from '../../src/plan/schedule.ts';
import type { KernelChoice } from '../../src/plan/select-kernels.ts';
import { board } from '../support/boards.ts';
import { expectTrace, runBatch } from '../support/host-batch.ts';
import { quantizedProgram, replanned } from '../support/quantized.ts';
import { randomNetwork } from '../support/random-network.ts';

const BATCHES = 4;
const NETWORKS_PER_BATCH = 12;
const SCHEDULES: readonly (readonly [suffix: string, kernels: KernelChoice, input: InputMode | null])[] = [
  ['layers', 'auto', null],
  ['resident_pixels', 'portable', 'resident'],
  ['resident_rows', 'cmsis-nn', 'resident'],
  ['streamed_pixels', 'portable', 'streamed'],
  ['streamed_rows', 'cmsis-nn', 'streamed'],
  ['caller', 'auto', 'caller'],
];
/** Parts of the arena's size that the regions have, the first one fastest; more where a division needs more. */
const DIVISIONS = [
  [0.5, 0.6],
  [0.2, 0.9],
  [0.9, 0.3],
  [0.35, 0.35, 0.45],
] as const;

/** The program in the smallest regions of a division in which it finds room; null where it does not lie in several. */
function divided(program: Program, division: readonly number[]): Program | null {
  const { graph, plan } = program;
  const whole = wholeBytes(plan, board({}));
  for (let growth = 1; growth < 2; growth += 0.02) {
    const names = ['tcm', 'sram', 'auto'];
    const sizes = division.map(
      (share, i) => Math.min(whole - 16, Math.round(share * growth * whole)) + (i === 0 ? outputBytes(graph) : 0),
    );
    const memory: BoardMemory = board(Object.fromEntries(sizes.map((size, i) => [names[i]!, size])));
    const placed = placeArena(graph, plan, memory);
    if (placed === null) continue;
    if (placed.placement.arena.length < 2) return null;
    const placement = { target: memory.target, ...placed.placement, ...placeWeights(graph, plan.schedule, memory) };
    return { ...program, plan: { ...placed.plan, placement } };
  }
  return null;
}

function variants(program: Program, division: readonly number[]): readonly Program[] {
  return SCHEDULES.flatMap(([suffix, kernels, input]): readonly Program[] => {
    const name = `${program.name}_${suffix}`;
    try {
      const planned = replanned(program, {
        name,
        kernels,
        ...(input === null ? {} : { stream: { input, budgetBytes: null } }),
      });
      const split = divided({ ...planned, kernels: kernels === 'auto' ? 'auto' : 'portable' }, division);
      return split === null ? [] : [split];
    } catch (error) {
      // A streamed input needs a first layer that flows.
      if (error instanceof SnugError && error.diagnostics[0]!.code === 'SNUG601') return [];
      throw error;
    }
  });
}

const made = new Map<string, number>();

describe('divided arenas', () => {
  it.each(Array.from({ length: BATCHES }, (_, batch) => batch))(
    `batch %i: ${NETWORKS_PER_BATCH} networks give the interpreter's bytes in C`,
    async batch => {
      const seeds = Array.from({ length: NETWORKS_PER_BATCH }, (_, i) => 1001 + batch * NETWORKS_PER_BATCH + i);
      const items = seeds.flatMap(seed => {
        const { program, inputs } = quantizedProgram(randomNetwork(seed), { name: `split_${seed}`, seed });
        return variants(program, DIVISIONS[batch]!).map(each => ({ program: each, inputs: inputs.slice(0, 2) }));
      });
      for (const { program } of items) {
        const kind = program.name.replace(/^split_\d+_/, '');
        made.set(kind, (made.get(kind) ?? 0) + 1);
      }
      const traces = await runBatch(items);
      items.forEach(({ program, inputs }, i) => {
        expect(traces[i]!.length, `${program.name}: runs`).toBe(inputs.length);
        inputs.forEach((input, run) => {
          expectTrace(program, input, traces[i]![run]!);
        });
      });
    },
  );

  it('every kind of schedule was divided', () => {
    for (const [suffix] of SCHEDULES) expect(made.get(suffix) ?? 0, suffix).toBeGreaterThan(10);
  });
});
