/** Schedules as data: their steps, the kernels that steps call in their groups, and how units are written. */
import { expect, test } from 'vitest';
import { type FlowUnit, formatUnit, type Group, kernelIn, scheduleLayers, stepsOf } from '../../src/plan/schedule.ts';
import { selectKernels } from '../../src/plan/select-kernels.ts';
import { quantizePlainly } from '../support/plain-networks.ts';
import { smallGraph } from '../support/small-graphs.ts';

function network() {
  const { builder, input, conv, depthwise, reshape, dense } = smallGraph();
  const filtered = depthwise('filtered', conv('pointwise', conv('stem', input), { kernel: 1 }));
  const pooled = builder.add('averagePool', 'pool', [filtered], { window: 'global', activation: null }, {});
  const graph = quantizePlainly(builder.finish(dense('dense', reshape('flat', pooled, [1, 4]), 3)));
  return selectKernels(graph, 'cmsis-nn');
}

test('layer by layer is one group of all steps over the caller’s input', () => {
  const steps = network();
  const schedule = scheduleLayers(steps);
  expect(schedule).toEqual({
    kind: 'layers',
    input: 'caller',
    groups: [{ kind: 'layers', steps }],
    recomputeFactor: 1,
  });
  expect(stepsOf(schedule)).toEqual(steps);
  const halves: Group[] = [
    { kind: 'layers', steps: steps.slice(0, 2) },
    { kind: 'flow', steps: steps.slice(2), unit: { kind: 'rows' }, channelGroups: [] },
  ];
  expect(stepsOf({ ...schedule, groups: halves })).toEqual(steps);
});

test('the same step calls another kernel in whole layers, over rows, and over pixels', () => {
  const steps = network();
  const called = (unit: FlowUnit | null): (string | null)[] => {
    const group: Group = unit === null ? { kind: 'layers', steps } : { kind: 'flow', steps, unit, channelGroups: [] };
    return steps.map(step => kernelIn(group, step)?.function ?? null);
  };
  expect(called(null)).toEqual([
    ...['arm_convolve_wrapper_s8', 'pointwise_s8', 'arm_depthwise_conv_wrapper_s8'],
    ...['arm_avgpool_s8', null, 'pointwise_s8'],
  ]);
  const rows = called({ kind: 'rows' });
  expect(rows.slice(0, 4)).toEqual([
    ...['arm_convolve_wrapper_s8', 'pointwise_s8', 'arm_depthwise_conv_wrapper_s8'],
    'accumulate_s8',
  ]);
  const pixels = called({ kind: 'pixels', count: 4 });
  expect(pixels.slice(0, 4)).toEqual([...['pointwise_s8', 'pointwise_s8', 'depthwise_ring_s8', 'accumulate_s8']]);
  // What does not flow keeps its own kernel: none for a reshape.
  expect([rows[4], rows[5]]).toEqual([null, called(null)[5]]);
});

test('units as reports print them', () => {
  expect([formatUnit({ kind: 'rows' }), formatUnit({ kind: 'pixels', count: 8 })]).toEqual(['rows', 'pixels × 8']);
});
