/** Steps between two cuts with the way in which they run, as the search over schedules sees them. */
import { alignUp, FLOW_ALIGNMENT } from '../alignment.ts';
import type { FlowUnit } from '../schedule.ts';
import { type Candidate, inputStore } from '../stream/candidates.ts';
import type { FlowFacts } from '../stream/flow-facts.ts';
import { stepWorkspace } from '../stream/flow-layout.ts';
import type { FusedOption } from './fused.ts';
import { extraMacsOf, type FusedGroup, type Parts } from './groups.ts';

/** A candidate of level 2, or a group with blocks in groups of channels. */
export interface Edge extends Candidate {
  /** See `FusedGroup`; 0 where it is level 2 as it is. */
  readonly price: number;
  /** Null where the steps run as whole layers. */
  readonly unit: FlowUnit | null;
  /** In the order in which they run. */
  readonly options: readonly FusedOption[];
}

/** A candidate of level 2 as it is. */
export function levelTwo(candidate: Candidate): Edge {
  return { ...candidate, price: 0, unit: candidate.facts?.unit ?? null, options: [] };
}

/**
 * A group with blocks in groups of channels.
 * @param cost of the same steps at level 2
 */
export function inGroups(group: FusedGroup, facts: FlowFacts, cost: number): Edge {
  return { ...group, facts, unit: facts.unit, scratchBytes: 0, cost: cost + extraMacsOf(group.price) };
}

/** What an edge keeps besides input and output, in parts each of which may lie anywhere; sizes in bytes. */
export function buffersOf({ chain, facts: smallest }: Parts, edge: Edge): readonly number[] {
  const { from, to, unit, options, regionBytes } = edge;
  if (unit === null) return [regionBytes];
  const facts = edge.facts ?? smallest;
  const store = inputStore(from, 'streamed');
  const sizes: number[] = [];
  let workspace = 0;
  for (let i = from; i < to; ) {
    const waits = i > from || store === 'streamed';
    const option = options.find(({ block }) => block.from === i);
    if (option === undefined) {
      sizes.push(waits ? facts.places[i]!.bufferBytes : 0, facts.steps[i]!.sumBytes);
      workspace = Math.max(workspace, stepWorkspace(chain, facts, i, { from, store, isLast: i === to - 1 }));
    } else {
      sizes.push(waits ? option.inputBytes : 0, ...option.stores);
      workspace = Math.max(workspace, option.workspaceBytes);
    }
    i = option?.block.end ?? i + 1;
  }
  return [...sizes, alignUp(workspace, FLOW_ALIGNMENT)];
}

/** What the steps behind some places keep at level 2 while their group runs, in bytes. */
export function keptBytes(edge: Edge, places: readonly number[]): number {
  const { from, to } = edge;
  const facts = edge.facts!;
  const inside = places.filter(place => from <= place && place < to);
  // The first place of a group is resident, except where a camera pushes it.
  const waiting = inside.filter(place => place > from || place === 0);
  const buffers = waiting.reduce((sum, place) => sum + facts.places[place]!.bufferBytes, 0);
  return inside.reduce((sum, place) => sum + facts.steps[place]!.sumBytes, buffers);
}

/** The smallest unit of level 2, which takes least memory, and the larger ones, which are cheaper where they fit. */
export const UNIT: FlowUnit = { kind: 'pixels', count: 4 };
export const LARGER_UNITS: readonly FlowUnit[] = [8, 16, 32, 64].map(count => ({ kind: 'pixels', count }));
