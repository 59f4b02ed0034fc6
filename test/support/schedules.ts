/** One network under every schedule that the planner has, for tests that compare what their C computes. */
import type { Program } from '../../src/codegen/program.ts';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import type { InputMode } from '../../src/plan/schedule.ts';
import type { KernelChoice } from '../../src/plan/select-kernels.ts';
import { replanned } from './quantized.ts';

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
export function underEverySchedule(program: Program): readonly Program[] {
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
