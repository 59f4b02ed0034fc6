/** Segments of a flow, and the counters that they take. */
import { expect, test } from 'vitest';
import type { Group, Schedule } from '../../../src/plan/schedule.ts';
import type { Step } from '../../../src/plan/select-kernels.ts';
import { flowCounters, segmentsOf } from '../../../src/plan/stream/segments.ts';

const step = (name: string, kind: 'pixels' | 'window' | 'reduce'): Step => ({ node: { name }, flow: { kind } }) as Step;

function flow(...steps: Step[]): Extract<Group, { kind: 'flow' }> {
  return { kind: 'flow', steps, unit: { kind: 'rows' }, channelGroups: [] };
}

const [pointwise, depthwise, projection, pooling] = [
  step('pointwise', 'pixels'),
  step('depthwise', 'window'),
  step('projection', 'pixels'),
  step('pooling', 'reduce'),
];

test('a segment begins with each window; the source in front of the first may have no steps', () => {
  const names = (group: Extract<Group, { kind: 'flow' }>): string[][] =>
    segmentsOf(group).map(({ steps }) => steps.map(({ node }) => node.name));
  expect(names(flow(pointwise, depthwise, projection, depthwise, pooling))).toEqual([
    ['pointwise'],
    ['depthwise', 'projection'],
    ['depthwise', 'pooling'],
  ]);
  expect(names(flow(depthwise))).toEqual([[], ['depthwise']]);
  expect(names(flow(pointwise, projection))).toEqual([['pointwise', 'projection']]);
});

test('groups run one after another, so that counters are needed for the one with most segments', () => {
  const schedule = (groups: readonly Group[]): Schedule => ({
    kind: 'stream',
    input: 'resident',
    groups,
    recomputeFactor: 1,
  });
  expect(flowCounters(schedule([flow(pointwise), flow(pointwise, depthwise, depthwise), flow(depthwise)]))).toBe(3);
  expect(flowCounters(schedule([{ kind: 'layers', steps: [depthwise] }]))).toBe(0);
  expect(flowCounters(schedule([]))).toBe(0);
});
