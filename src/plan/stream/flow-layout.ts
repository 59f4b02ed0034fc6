/**
 * The inside of a flowing group: what lies in line buffers, and the workspace that chunks share. A chunk lives only until the
 * next step has read it, so that consecutive chunks lie at opposite ends of one workspace; a step that works in place
 * leaves its output where its input was.
 */
import type { TensorId } from '../../ir/units.ts';
import { alignUp, FLOW_ALIGNMENT } from '../alignment.ts';
import type { Chain } from './chain.ts';
import type { FlowFacts } from './flow-facts.ts';

/** `streamed`: the group's input is pushed, and flows like any other tensor. `resident`: it lies in memory as a whole. */
export type InputStore = 'resident' | 'streamed';

/** The place of a step in its group. */
interface InGroup {
  readonly from: number;
  readonly store: InputStore;
  /** True where the output is that of the group. */
  readonly isLast: boolean;
}

/** A tensor of a flowing group; offsets count from the start of the workspace, bytes are those of what is kept. */
export type FlowStore =
  | { readonly kind: 'buffer'; readonly bytes: number; readonly pixels: number }
  | { readonly kind: 'chunk'; readonly offset: number; readonly bytes: number };

/** What a flowing group keeps besides its input and output. */
export interface FlowLayout {
  /** Tensors between input and output, and the input itself where it is streamed, by id. */
  readonly stores: ReadonlyMap<TensorId, FlowStore>;
  /** Where the gathered windows of a step lie in the workspace, by step; only those that gather. */
  readonly columns: ReadonlyMap<number, { readonly offset: number; readonly bytes: number }>;
  readonly workspaceBytes: number;
  readonly sumBytes: number;
}

/** Bytes of the chunk at a place; 0 where it is none. */
function chunkAt(facts: FlowFacts, place: number, { from, store }: InGroup): number {
  const { bufferUnits, chunkBytes } = facts.places[place]!;
  return bufferUnits !== null || (place === from && store === 'resident') ? 0 : chunkBytes;
}

function outputChunk(facts: FlowFacts, i: number, group: InGroup): number {
  return group.isLast || facts.steps[i]!.reduces ? 0 : chunkAt(facts, i + 1, group);
}

/** Whether step `i` leaves its output where its input chunk was. */
function inPlace(chain: Chain, facts: FlowFacts, i: number, group: InGroup): boolean {
  return chain.links[i]!.inPlace && chunkAt(facts, i, group) > 0 && outputChunk(facts, i, group) > 0;
}

/** Bytes of the workspace while step `i` runs. */
export function stepWorkspace(chain: Chain, facts: FlowFacts, i: number, group: InGroup): number {
  const input = chunkAt(facts, i, group);
  const output = outputChunk(facts, i, group);
  if (inPlace(chain, facts, i, group)) return Math.max(input, output);
  return alignUp(input + facts.steps[i]!.columnBytes, FLOW_ALIGNMENT) + output;
}

/** The most of any step of the group. */
export function groupWorkspace(chain: Chain, facts: FlowFacts, from: number, to: number, store: InputStore): number {
  const steps = Array.from({ length: to - from }, (_, i) => from + i);
  const sizes = steps.map(i => stepWorkspace(chain, facts, i, { from, store, isLast: i === to - 1 }));
  return alignUp(Math.max(0, ...sizes), FLOW_ALIGNMENT);
}

/** Lays out the group between two places. */
export function flowLayout(chain: Chain, facts: FlowFacts, from: number, to: number, store: InputStore): FlowLayout {
  const workspaceBytes = groupWorkspace(chain, facts, from, to, store);
  const stores = new Map<TensorId, FlowStore>();
  const columns = new Map<number, { offset: number; bytes: number }>();
  let low = false;
  const opposite = (bytes: number): { offset: number; bytes: number } => {
    low = !low;
    return { offset: low ? 0 : Math.floor((workspaceBytes - bytes) / FLOW_ALIGNMENT) * FLOW_ALIGNMENT, bytes };
  };
  const keep = (place: number, chunk: () => { offset: number; bytes: number }): void => {
    const { bufferUnits, bufferBytes } = facts.places[place]!;
    const id = chain.tensors[place]!;
    if (bufferUnits === null) stores.set(id, { kind: 'chunk', ...chunk() });
    else {
      const pixels = bufferUnits * (facts.unit.kind === 'rows' ? chain.links[place]!.input.width : 1);
      stores.set(id, { kind: 'buffer', bytes: bufferBytes, pixels });
    }
  };
  if (store === 'streamed') keep(from, () => opposite(facts.places[from]!.chunkBytes));
  for (let i = from; i < to; i += 1) {
    const group = { from, store, isLast: i === to - 1 };
    const { columnBytes } = facts.steps[i]!;
    if (columnBytes > 0) columns.set(i, opposite(columnBytes));
    if (i === to - 1) break;
    const input = stores.get(chain.tensors[i]!);
    const stays = inPlace(chain, facts, i, group) && input?.kind === 'chunk';
    keep(i + 1, () => (stays ? input : opposite(facts.places[i + 1]!.chunkBytes)));
  }
  return { stores, columns, workspaceBytes, sumBytes: facts.steps[to - 1]!.sumBytes };
}
