/**
 * For random networks of every operator, the compiled C puts out the interpreter's bytes in every layer, whatever the
 * schedule: layer by layer, and flowing in pixels or rows, with the input in the caller's buffer, in the arena, or streamed.
 */
import { describe, expect, it } from 'vitest';
import { expectTrace, runBatch } from '../support/host-batch.ts';
import { quantizedProgram } from '../support/quantized.ts';
import { randomNetwork } from '../support/random-network.ts';
import { underEverySchedule } from '../support/schedules.ts';

const BATCHES = Number(process.env['SNUG_BATCHES'] ?? 20);
const NETWORKS_PER_BATCH = 15;

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
