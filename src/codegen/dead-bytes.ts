/**
 * Bytes of the arena that nothing will read any more after a step: debug builds fill them with a pattern, so that a plan that
 * gives a byte away too early shows in the outputs.
 */
import { int8Bytes, tensorOf } from '../graph/graph.ts';
import { stepsOf } from '../plan/schedule.ts';
import type { Step } from '../plan/select-kernels.ts';
import { stretches } from './arena.ts';
import type { StretchView } from './arena-views.ts';
import type { Program } from './program.ts';

/** Everything but the whole maps that steps after `steps[index]` read; what flows is dead between groups. */
export function deadRanges(program: Program, steps: readonly Step[], index: number): readonly StretchView[] {
  const { plan, graph } = program;
  const order = stepsOf(plan.schedule);
  const at = order.findIndex(({ node }) => node === steps[index]!.node);
  const later = new Set(order.slice(at + 1).flatMap(({ node }) => node.inputs));
  const made = [graph.input, ...order.slice(0, at + 1).map(({ node }) => node.output)];
  const live = made
    .filter(id => later.has(id))
    .flatMap(id => {
      const location = plan.locations[id]!;
      return location.kind === 'arena'
        ? [{ offset: location.offset as number, bytes: int8Bytes(tensorOf(graph, id)) as number }]
        : [];
    })
    .sort((a, b) => a.offset - b.offset);
  const dead: StretchView[] = [];
  let end = 0;
  for (const { offset, bytes } of [...live, { offset: plan.arenaBytes as number, bytes: 0 }]) {
    if (offset > end) dead.push(...stretches(program, end, offset - end));
    end = Math.max(end, offset + bytes);
  }
  return dead;
}
