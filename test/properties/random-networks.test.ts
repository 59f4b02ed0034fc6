/** For random networks of every operator, the compiled C puts out the interpreter's bytes in every layer. */
import { describe, expect, it } from 'vitest';
import { executedLayers } from '../../src/codegen/program.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { type BatchItem, runBatch } from '../support/host-batch.ts';
import { quantizedProgram } from '../support/quantized.ts';
import { randomNetwork } from '../support/random-network.ts';

const BATCHES = 8;
const NETWORKS_PER_BATCH = 30;

/** All layers' bytes for all inputs, as the trace of the program gives them. */
function expectedTrace({ program, inputs }: BatchItem): { bytes: Int8Array; layerAt(offset: number): string } {
  const chunks: Int8Array[] = [];
  const names: string[] = [];
  for (const input of inputs) {
    const made = new Map<number, Int8Array>();
    runInt8(program.graph, input, (tensor, data) => made.set(tensor, data));
    for (const { step } of executedLayers(program.plan)) {
      chunks.push(made.get(step.node.output)!);
      names.push(step.node.name);
    }
  }
  const bytes = Int8Array.from(chunks.flatMap(chunk => [...chunk]));
  const layerAt = (offset: number): string => {
    let end = 0;
    const index = chunks.findIndex(chunk => {
      end += chunk.length;
      return offset < end;
    });
    return names[index] ?? 'the end';
  };
  return { bytes, layerAt };
}

describe('random networks', () => {
  it.each(Array.from({ length: BATCHES }, (_, batch) => batch))(
    `batch %i: ${NETWORKS_PER_BATCH} networks give the interpreter's bytes in C`,
    async batch => {
      const seeds = Array.from({ length: NETWORKS_PER_BATCH }, (_, i) => 1 + batch * NETWORKS_PER_BATCH + i);
      const items = seeds.map(seed => quantizedProgram(randomNetwork(seed), { name: `net_${seed}`, seed }));
      const traces = await runBatch(items);
      items.forEach((item, i) => {
        const expected = expectedTrace(item);
        const actual = traces[i]!;
        expect(actual.length, `${item.program.name}: bytes of all layers`).toBe(expected.bytes.length);
        const first = expected.bytes.findIndex((value, offset) => value !== actual[offset]);
        expect(
          first,
          `${item.program.name}: first difference in ${first < 0 ? 'no layer' : expected.layerAt(first)}`,
        ).toBe(-1);
      });
    },
    120_000,
  );
});
