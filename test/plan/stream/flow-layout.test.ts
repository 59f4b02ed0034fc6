/** The workspace of a flowing group: what one step reads, gathers and makes never overlaps, and takes no more than it must. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FlowUnit } from '../../../src/plan/schedule.ts';
import { selectKernels } from '../../../src/plan/select-kernels.ts';
import { type Chain, chainOf } from '../../../src/plan/stream/chain.ts';
import { type FlowFacts, flowFacts } from '../../../src/plan/stream/flow-facts.ts';
import { flowLayout, groupWorkspace, type InputStore, stepWorkspace } from '../../../src/plan/stream/flow-layout.ts';
import { quantizePlainly } from '../../support/plain-networks.ts';
import { holds } from '../../support/property.ts';
import { randomNetwork } from '../../support/random-network.ts';
import { type StubStage, sameWindow, stubChain } from './windows.ts';

interface Flow {
  readonly chain: Chain;
  readonly facts: FlowFacts;
  readonly from: number;
  readonly to: number;
}

/** All stretches of a chain through which a unit flows; a reduction can only be the last step. */
function flowsOf(chain: Chain, unit: FlowUnit): readonly Flow[] {
  const facts = flowFacts(chain, unit);
  return chain.links.flatMap((_, from) =>
    chain.links.flatMap((__, last): readonly Flow[] => {
      const steps = facts.steps.slice(from, last + 1);
      const flows =
        steps.length > 0 && steps.every(({ flows: f, reduces }, i) => f && (!reduces || i === steps.length - 1));
      return flows ? [{ chain, facts, from, to: last + 1 }] : [];
    }),
  );
}

const stores: readonly InputStore[] = ['resident', 'streamed'];

function expectDisjoint(a: { offset: number; bytes: number }, b: { offset: number; bytes: number }): void {
  expect(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset).toBe(true);
}

test('in random networks, what a step reads, gathers and makes lies apart in the workspace, or in one place where it may', () => {
  let checked = 0;
  holds(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.constantFrom(0, 1, 4, 16), (seed, count) => {
      const unit: FlowUnit = count === 0 ? { kind: 'rows' } : { kind: 'pixels', count };
      const graph = quantizePlainly(randomNetwork(seed));
      for (const { chain, facts, from, to } of flowsOf(chainOf(graph, selectKernels(graph, 'auto')), unit)) {
        for (const store of stores) {
          const layout = flowLayout(chain, facts, from, to, store);
          const chunk = (place: number) => {
            const found = layout.stores.get(chain.tensors[place]!);
            return found?.kind === 'chunk' ? [found] : [];
          };
          let need = 0;
          for (let i = from; i < to; i += 1) {
            const [input, output, columns] = [chunk(i), i === to - 1 ? [] : chunk(i + 1), layout.columns.get(i)];
            const parts = [...input, ...(columns === undefined ? [] : [columns]), ...output];
            for (const { offset, bytes } of parts) {
              expect([offset >= 0, offset % 4, offset + bytes <= layout.workspaceBytes]).toEqual([true, 0, true]);
            }
            const stays = chain.links[i]!.inPlace && input.length > 0 && input[0]!.offset === output[0]?.offset;
            if (!stays) for (const [j, part] of parts.slice(1).entries()) expectDisjoint(parts[j]!, part);
            const sum = parts.reduce((total, { bytes }) => total + Math.ceil(bytes / 4) * 4, 0);
            need = Math.max(need, stays ? Math.ceil(input[0]!.bytes / 4) * 4 : sum);
            checked += parts.length;
          }
          // Nothing in it but what some step needs at once, in words.
          expect(layout.workspaceBytes).toBe(need);
          expect(layout.sumBytes).toBe(facts.steps[to - 1]!.sumBytes);
          const kept = [...layout.stores.values()].filter(({ kind }) => kind === 'buffer').length;
          expect(layout.stores.size).toBe(to - from - 1 + (store === 'streamed' ? 1 : 0));
          expect(kept).toBe(
            facts.places.slice(store === 'streamed' ? from : from + 1, to).filter(p => p.bufferUnits !== null).length,
          );
        }
      }
    }),
    60,
  );
  expect(checked).toBeGreaterThan(1000);
});

/** Pointwise to 6, clamped, 3×3, pointwise to 5: over 6×8×3. */
const stages: readonly StubStage[] = [
  { stage: 'pixels', channels: 6 },
  { stage: 'pixels', channels: 6, inPlace: true },
  { stage: sameWindow([6, 8], 3), channels: 6 },
  { stage: 'pixels', channels: 5 },
];
const chain = stubChain({ height: 6, width: 8, channels: 3 }, stages);
const facts = flowFacts(chain, { kind: 'pixels', count: 4 });

test('chunks lie at opposite ends of the workspace, one that is clamped stays, and windows read line buffers', () => {
  const layout = flowLayout(chain, facts, 0, 4, 'streamed');
  expect(layout.workspaceBytes).toBe(12 + 24);
  expect([...layout.stores.values()]).toEqual([
    { kind: 'chunk', offset: 0, bytes: 12 },
    { kind: 'chunk', offset: 12, bytes: 24 },
    // Two rows, four pixels of a block and its neighbour less one, and four that arrive.
    { kind: 'buffer', bytes: (2 * 8 + 4 + 4) * 6, pixels: 24 },
    { kind: 'chunk', offset: 0, bytes: 24 },
  ]);
});

test('a resident input and the output of the group take none of it', () => {
  expect(flowLayout(chain, facts, 0, 4, 'resident').workspaceBytes).toBe(24);
  expect(flowLayout(chain, facts, 0, 1, 'resident')).toMatchObject({ workspaceBytes: 0, stores: new Map() });
  expect(groupWorkspace(chain, facts, 0, 1, 'streamed')).toBe(12);
  const step = (i: number, isLast: boolean): number =>
    stepWorkspace(chain, facts, i, { from: 0, store: 'resident', isLast });
  expect([step(0, false), step(1, false), step(2, false), step(3, true)]).toEqual([24, 24, 24, 24]);
});

test('a line buffer of rows counts its pixels', () => {
  const rows = flowFacts(chain, { kind: 'rows' });
  expect(flowLayout(chain, rows, 0, 4, 'resident').stores.get(chain.tensors[2]!)).toEqual({
    ...{ kind: 'buffer', pixels: 3 * 8, bytes: 3 * 8 * 6 },
  });
});
