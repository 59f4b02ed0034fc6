/**
 * The law of random-networks.test.ts for networks that trained ones seldom are: maps and kernels of one row or one column,
 * another padding on each side, strides to 3, 1 and 2 channels, constant and zero channels, values from 1e-6 to 1e4.
 * `SNUG_EDGE_BATCHES` says how many batches of 15 are run.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Program } from '../../src/codegen/program.ts';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { type BatchItem, expectTrace, runBatch } from '../support/host-batch.ts';
import { quantizedProgram } from '../support/quantized.ts';
import { edgeNetwork } from '../support/random-network.ts';
import { underEverySchedule } from '../support/schedules.ts';

const BATCHES = Number(process.env['SNUG_EDGE_BATCHES'] ?? 3);
const NETWORKS_PER_BATCH = 15;
/** Factors of 2^30 and more, and sums that could leave int32. */
const REFUSALS = ['SNUG401', 'SNUG402'];

const done = { networks: 0, refused: 0, programs: 0, bytes: 0 };

/** The network quantized, or null where it is refused because its numbers do not fit into int32. */
function quantized(seed: number): ReturnType<typeof quantizedProgram> | null {
  // Half of the inputs are small or large.
  const exponent = seed % 2 === 0 ? 0 : 10 * seededRandom(seed).uniform() - 6;
  try {
    return quantizedProgram(edgeNetwork(seed), { name: `edge_${seed}`, seed, magnitude: 10 ** exponent });
  } catch (error) {
    if (error instanceof SnugError && REFUSALS.includes(error.diagnostics[0]!.code)) return null;
    throw error;
  }
}

function batchOf(batch: number): readonly BatchItem[] {
  const items: BatchItem[] = [];
  // Refused ones are made up for by others, from seeds that are this batch's own.
  for (let seed = 1 + batch * 1000, networks = 0; networks < NETWORKS_PER_BATCH; seed += 1) {
    const made = quantized(seed);
    if (made === null) {
      done.refused += 1;
      continue;
    }
    networks += 1;
    const programs: readonly Program[] = underEverySchedule(made.program);
    items.push(...programs.map(program => ({ program, inputs: made.inputs.slice(0, 3) })));
  }
  done.networks += NETWORKS_PER_BATCH;
  done.programs += items.length;
  return items;
}

describe('networks at the edge', () => {
  it.each(Array.from({ length: BATCHES }, (_, batch) => batch))(
    `batch %i: ${NETWORKS_PER_BATCH} networks give the interpreter's bytes in C under every schedule`,
    async batch => {
      const items = batchOf(batch);
      const traces = await runBatch(items);
      items.forEach(({ program, inputs }, i) => {
        expect(traces[i]!.length, `${program.name}: runs`).toBe(inputs.length);
        inputs.forEach((input, run) => {
          done.bytes += expectTrace(program, input, traces[i]![run]!);
        });
      });
    },
  );

  afterAll(() => {
    console.log(
      `${done.networks} networks in ${done.programs} programs, ${done.bytes} bytes compared, ${done.refused} networks refused`,
    );
    // Otherwise most of what is drawn would never run.
    expect(done.refused).toBeLessThan(done.networks);
  });
});
