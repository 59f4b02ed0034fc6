/**
 * For random networks of every operator, the compiled C puts out the interpreter's bytes in every layer, whatever the
 * schedule: layer by layer, and flowing in pixels or rows, with the input in the caller's buffer, in the arena, or streamed.
 */
import { describe, expect, it } from 'vitest';
import type { Program } from '../../src/codegen/program.ts';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import type { InputMode } from '../../src/plan/schedule.ts';
import type { KernelChoice } from '../../src/plan/select-kernels.ts';
import { expectTrace, runBatch } from '../support/host-batch.ts';
import { quantizedProgram, replanned } from '../support/quantized.ts';
import { randomNetwork } from '../support/random-network.ts';

const BATCHES = Number(process.env['SNUG_BATCHES'] ?? 20);
const NETWORKS_PER_BATCH = 15;

/** Kernels decide the unit of flow: `portable` pixels, `cmsis-nn` rows, `auto` either. */
const SCHEDULES: readonly (readonly [suffix: string, kernels: KernelChoice, input: InputMode, share: number | null])[] =
  [
    ['resident_pixels', 'portable', 'resident', null],
    ['resident_rows', 'cmsis-nn', 'resident', null],
    ['streamed_pixels', 'portable', 'streamed', null],
    ['streamed_rows', 'cmsis-nn', 'streamed', null],
    ['caller_pixels', 'auto', 'caller', null],
    // With room to spare cheaper groups are chosen, in larger units.
    ['roomy', 'auto', 'resident', 1.6],
  ];

/** The program under every schedule that it can run under; a streamed input needs a first layer that flows. */
function underEverySchedule(program: Program): readonly Program[] {
  const others = SCHEDULES.flatMap(([suffix, kernels, input, share]) => {
    const name = `${program.name}_${suffix}`;
    try {
      const least = replanned(program, { name, kernels, stream: { input, budgetBytes: null } });
      if (share === null) return [{ ...least, kernels: 'portable' as const }];
      const budgetBytes = Math.round(least.plan.arenaBytes * share);
      return [replanned(program, { name, kernels, stream: { input, budgetBytes } })];
    } catch (error) {
      if (error instanceof SnugError && error.diagnostics[0]!.code === 'SNUG601' && input === 'streamed') return [];
      throw error;
    }
  });
  return [program, ...others];
}

describe('random networks', () => {
  it.each(Array.from({ length: BATCHES }, (_, batch) => batch))(
    `batch %i: ${NETWORKS_PER_BATCH} networks give the interpreter's bytes in C under every schedule`,
    async batch => {
      const seeds = Array.from({ length: NETWORKS_PER_BATCH }, (_, i) => 1 + batch * NETWORKS_PER_BATCH + i);
      const items = seeds.flatMap(seed => {
        const { program, inputs } = quantizedProgram(randomNetwork(seed), { name: `net_${seed}`, seed });
        return underEverySchedule(program).map(each => ({ program: each, inputs: inputs.slice(0, 3) }));
      });
      const traces = await runBatch(items);
      items.forEach(({ program, inputs }, i) => {
        expect(traces[i]!.length, `${program.name}: runs`).toBe(inputs.length);
        inputs.forEach((input, run) => {
          expectTrace(program, input, traces[i]![run]!);
        });
      });
    },
  );
});
