/** What the arena holds during each step of a plan: the data of its pictures, and of figures that leave something out. */
import { type Graph, int8Bytes, tensorOf } from '../graph/graph.ts';
import type { MemoryPlan } from '../plan/memory-plan.ts';
import { stepsOf } from '../plan/schedule.ts';
import { type ArenaBlock, type ArenaTimeline, peakOf } from './arena-picture.ts';

/** First and last step of each group. */
function spansOf({ schedule }: MemoryPlan): readonly (readonly [first: number, last: number])[] {
  let first = 0;
  return schedule.groups.map(({ steps }) => {
    const span = [first, first + steps.length - 1] as const;
    first += steps.length;
    return span;
  });
}

/** The blocks of a plan. In a group that flows everything lives from its first step to its last. */
export function timelineOf(graph: Graph<'quantized'>, plan: MemoryPlan): ArenaTimeline {
  const steps = stepsOf(plan.schedule);
  const spans = spansOf(plan);
  const groupOf = (step: number): number => spans.findIndex(([first, last]) => first <= step && step <= last);
  const flows = (step: number): boolean => plan.schedule.groups[groupOf(step)]!.kind === 'flow';
  const blocks: ArenaBlock[] = [];

  for (const { id, name, shape } of graph.tensors) {
    const location = plan.locations[id]!;
    if (location.kind === 'input' || location.kind === 'output') continue;
    const made = steps.findIndex(({ node }) => node.output === id);
    const read = steps.findLastIndex(({ node }) => node.inputs.includes(id));
    // The input is there from the start; what nothing reads is gone with the step that makes it.
    const [from, to] = [Math.max(made, 0), Math.max(made, read, 0)];
    const first = flows(from) ? spans[groupOf(from)]![0] : from;
    const last = flows(to) ? spans[groupOf(to)]![1] : to;
    if (location.kind === 'chunk') continue;
    const whole = location.kind === 'arena';
    const bytes = whole ? int8Bytes({ shape }) : location.bytes;
    blocks.push({ label: name, kind: whole ? 'resident' : 'line buffer', offset: location.offset, bytes, first, last });
  }
  plan.groups.forEach(({ workspace, sums }, group) => {
    const [first, last] = spans[group]!;
    for (const [label, stretch] of [['workspace', workspace] as const, ['sums', sums] as const]) {
      if (stretch !== null && stretch.bytes > 0) blocks.push({ label, kind: 'workspace', ...stretch, first, last });
    }
  });
  return {
    arenaBytes: plan.arenaBytes,
    steps: steps.map(({ node }, step) => ({ label: node.name, flows: flows(step) })),
    blocks,
  };
}

/** The most bytes of the arena that hold anything but the network's input at one step. */
export function arenaWithoutInput(graph: Graph<'quantized'>, plan: MemoryPlan): number {
  if (plan.schedule.input !== 'resident') return plan.arenaBytes;
  const timeline = timelineOf(graph, plan);
  const input = tensorOf(graph, graph.input).name;
  return peakOf({ ...timeline, blocks: timeline.blocks.filter(({ label }) => label !== input) }).bytes;
}

/** The most bytes alive at one step of each group. */
export function groupBytes(graph: Graph<'quantized'>, plan: MemoryPlan): readonly number[] {
  const timeline = timelineOf(graph, plan);
  return spansOf(plan).map(([first, last]) => {
    const blocks = timeline.blocks.map(block => ({ ...block, first: block.first - first, last: block.last - first }));
    return peakOf({ ...timeline, steps: timeline.steps.slice(first, last + 1), blocks }).bytes;
  });
}
