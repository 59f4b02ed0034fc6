/**
 * A flowing group as it executes. Pixels go through a *segment* without stopping: it begins with a window, which takes its
 * pixels from a line buffer when enough of them are there, and goes on to the next line buffer. The first segment is the
 * source: it has no window and takes what comes in.
 */
import type { Group, Schedule } from '../schedule.ts';
import type { Step } from '../select-kernels.ts';

/** Steps that the same pixels go through; the first one is a window, except in the source. */
export interface Segment {
  readonly steps: readonly Step[];
}

/** The segments of a flowing group: the source, which may have no steps, and one for each window. */
export function segmentsOf({ steps }: Extract<Group, { kind: 'flow' }>): readonly Segment[] {
  const segments: Step[][] = [[]];
  for (const step of steps) {
    if (step.flow?.kind === 'window') segments.push([step]);
    else segments.at(-1)!.push(step);
  }
  return segments.map(list => ({ steps: list }));
}

/** Counters that the flows of a schedule need at once: one for each segment; 0 where nothing flows. */
export function flowCounters({ groups }: Schedule): number {
  return Math.max(0, ...groups.map(group => (group.kind === 'flow' ? segmentsOf(group).length : 0)));
}
