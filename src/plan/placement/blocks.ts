/**
 * A planned arena taken apart into blocks that may move on their own: whole maps, line buffers, workspaces, sums. Each one
 * knows when it is alive, how much it is used, and which others it may overlap; `rebuild` puts them at other offsets.
 */
import { type Graph, int8Bytes, tensorOf } from '../../graph/graph.ts';
import { bytes, type TensorId } from '../../ir/units.ts';
import { foldedOperator } from '../../ops/index.ts';
import { ARENA_ALIGNMENT, FLOW_ALIGNMENT } from '../alignment.ts';
import type { GroupPlan, Location, MemoryPlan } from '../memory-plan.ts';
import { stepsOf } from '../schedule.ts';
import { trafficOf } from './traffic.ts';

/** A stretch that stays in one piece. Steps are counted from 0 over the whole schedule, both ends included. */
export interface Block {
  /** For messages: a tensor, or what a group keeps besides. */
  readonly label: string;
  readonly bytes: number;
  readonly alignment: number;
  readonly first: number;
  readonly last: number;
  /** Bytes that are read and written for one picture. */
  readonly traffic: number;
  /** Where it lies in the plan that it was taken from. */
  readonly offset: number;
}

/**
 * A group may write its output over its input. The address of `input` exceeds that of `output` by at least `distance`, or
 * the two lie apart; numbers are indices of blocks.
 */
export interface Overlay {
  readonly input: number;
  readonly output: number;
  readonly distance: number;
}

/** The arena of a plan as blocks. */
export interface Blocks {
  readonly blocks: readonly Block[];
  readonly overlays: readonly Overlay[];
  /** The plan with its blocks at other offsets. */
  rebuild(offsets: readonly number[], arenaBytes: number): MemoryPlan;
}

interface Span {
  readonly first: number;
  readonly last: number;
}

/** First and last step of every group. */
function spansOf({ schedule }: MemoryPlan): readonly Span[] {
  let next = 0;
  return schedule.groups.map(({ steps }) => {
    const first = next;
    next += steps.length;
    return { first, last: next - 1 };
  });
}

/** Tensors in the arena that share bytes for good: a step renamed one to the other, or worked in place. */
function sharing(plan: MemoryPlan): (id: TensorId) => TensorId {
  const parents = new Map<TensorId, TensorId>();
  const find = (id: TensorId): TensorId => {
    const parent = parents.get(id);
    return parent === undefined ? id : find(parent);
  };
  const offsetOf = (id: TensorId): number => {
    const location = plan.locations[id]!;
    return location.kind === 'arena' ? location.offset : -1;
  };
  for (const group of plan.schedule.groups) {
    for (const { node, call } of group.kind === 'layers' ? group.steps : []) {
      for (const input of node.inputs) {
        const together = call === null || foldedOperator(node.kind).inPlace;
        const same = offsetOf(input) >= 0 && offsetOf(input) === offsetOf(node.output);
        if (together && same && find(input) !== find(node.output)) parents.set(find(node.output), find(input));
      }
    }
  }
  return find;
}

/** Tensors that lie as a whole, or in a line buffer, with their blocks. */
function tensorBlocks(graph: Graph<'quantized'>, plan: MemoryPlan): ReadonlyMap<TensorId, Block> {
  const steps = stepsOf(plan.schedule);
  const spans = spansOf(plan);
  const groupOf = (step: number): number => spans.findIndex(({ first, last }) => first <= step && step <= last);
  const flows = (step: number): boolean => plan.schedule.groups[groupOf(step)]!.kind === 'flow';
  const find = sharing(plan);
  const traffic = trafficOf(graph, steps);
  const found = new Map<TensorId, Block>();
  for (const { id, name } of graph.tensors) {
    const location = plan.locations[id]!;
    if (location.kind !== 'arena' && location.kind !== 'line-buffer') continue;
    const made = Math.max(
      0,
      steps.findIndex(({ node }) => node.output === id),
    );
    const read = Math.max(
      made,
      steps.findLastIndex(({ node }) => node.inputs.includes(id)),
    );
    const own: Block = {
      label: name,
      bytes: location.kind === 'arena' ? int8Bytes(tensorOf(graph, id)) : location.bytes,
      alignment: location.kind === 'arena' ? ARENA_ALIGNMENT : FLOW_ALIGNMENT,
      first: flows(made) ? spans[groupOf(made)]!.first : made,
      last: flows(read) ? spans[groupOf(read)]!.last : read,
      traffic: traffic.get(id)!,
      offset: location.offset,
    };
    const before = found.get(find(id));
    if (before === undefined) found.set(find(id), own);
    else
      found.set(find(id), {
        ...before,
        bytes: Math.max(before.bytes, own.bytes),
        first: Math.min(before.first, own.first),
        last: Math.max(before.last, own.last),
        traffic: before.traffic + own.traffic,
      });
  }
  return found;
}

/** Bytes that go through the chunks of a group, and through its gathered windows. */
function workspaceTraffic(graph: Graph<'quantized'>, plan: MemoryPlan, group: number): number {
  const traffic = trafficOf(graph, stepsOf(plan.schedule));
  const { steps } = plan.schedule.groups[group]!;
  const ids = new Set(steps.flatMap(({ node }) => [...node.inputs, node.output]));
  return [...ids]
    .filter(id => plan.locations[id]!.kind === 'chunk')
    .reduce((sum, id) => sum + (traffic.get(id) ?? 0), 0);
}

const overlap = (a: Block, b: Block): boolean =>
  a.first <= b.last && b.first <= a.last && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;

/** Where the plan lets the output of a flow lie over its input, at the distance that it has there. */
function overlaysOf(plan: MemoryPlan, blocks: readonly Block[], blockOf: (id: TensorId) => number): readonly Overlay[] {
  return plan.schedule.groups.flatMap(({ kind, steps }): readonly Overlay[] => {
    if (kind !== 'flow') return [];
    const made = new Set(steps.map(({ node }) => node.output));
    const outputs = [blockOf(steps.at(-1)!.node.output)];
    const inputs = [...new Set(steps.flatMap(({ node }) => node.inputs.filter(id => !made.has(id))))].map(blockOf);
    return inputs.flatMap(input =>
      outputs.flatMap(output => {
        if (input < 0 || output < 0 || input === output) return [];
        const [a, b] = [blocks[input]!, blocks[output]!];
        return overlap(a, b) ? [{ input, output, distance: a.offset - b.offset }] : [];
      }),
    );
  });
}

/** Takes the arena of a plan apart. */
export function blocksOf(graph: Graph<'quantized'>, plan: MemoryPlan): Blocks {
  const find = sharing(plan);
  const tensors = tensorBlocks(graph, plan);
  const spans = spansOf(plan);
  const roots = [...tensors.keys()];
  const blocks = [...tensors.values()];
  const blockOf = (id: TensorId): number => roots.indexOf(find(id));

  const workspaces: number[] = [];
  const sums: number[] = [];
  plan.groups.forEach((group, g) => {
    const { first, last } = spans[g]!;
    const add = (list: number[], stretch: GroupPlan['sums'], label: string, traffic: number): void => {
      list.push(stretch === null || stretch.bytes === 0 ? -1 : blocks.length);
      if (stretch === null || stretch.bytes === 0) return;
      blocks.push({ label, ...stretch, alignment: FLOW_ALIGNMENT, first, last, traffic });
    };
    add(workspaces, group.workspace, 'the workspace', workspaceTraffic(graph, plan, g));
    // Every pixel adds to all sums.
    const reduced = plan.schedule.groups[g]!.steps.at(-1)!.node.inputs[0]!;
    add(sums, group.sums, 'the sums', 8 * int8Bytes(tensorOf(graph, reduced)));
  });

  const groupOf = (id: TensorId): number => {
    const made = plan.schedule.groups.findIndex(({ steps }) => steps.some(({ node }) => node.output === id));
    return Math.max(0, made);
  };
  return {
    blocks,
    overlays: overlaysOf(plan, blocks, blockOf),
    rebuild(offsets, arenaBytes) {
      const moved = (index: number): number => (index < 0 ? 0 : offsets[index]! - blocks[index]!.offset);
      const locations = plan.locations.map((location, tensor): Location => {
        const id = tensor as TensorId;
        if (location.kind === 'input' || location.kind === 'output') return location;
        const index = location.kind === 'chunk' ? workspaces[groupOf(id)]! : blockOf(id);
        return { ...location, offset: bytes(location.offset + moved(index)) };
      });
      const groups = plan.groups.map((group, g): GroupPlan => {
        const workspace = moved(workspaces[g]!);
        const shift = <T extends { readonly offset: number }>(part: T, by: number): T => ({
          ...part,
          offset: part.offset + by,
        });
        return {
          workspace: group.workspace === null ? null : shift(group.workspace, workspace),
          sums: group.sums === null ? null : shift(group.sums, moved(sums[g]!)),
          columns: new Map([...group.columns].map(([step, part]) => [step, shift(part, workspace)])),
        };
      });
      return {
        ...plan,
        locations,
        groups,
        arenaBytes: bytes(arenaBytes),
        optimal: plan.optimal && arenaBytes <= plan.arenaBytes,
      };
    },
  };
}
