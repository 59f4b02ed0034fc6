import { describe, expect, test } from 'vitest';
import { type Graph, int8Bytes } from '../../src/graph/graph.ts';
import { elementsOf } from '../../src/ir/shape.ts';
import { type MobilenetV2Options, mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { type MemoryPlan, planMemory } from '../../src/plan/memory-plan.ts';
import { scheduleLayers, stepsOf } from '../../src/plan/schedule.ts';
import { type KernelChoice, selectKernels } from '../../src/plan/select-kernels.ts';
import { quantizePlainly, zeroParameters } from '../support/plain-networks.ts';
import { smallGraph } from '../support/small-graphs.ts';

function plan(
  options: MobilenetV2Options,
  kernels: KernelChoice = 'auto',
): { graph: Graph<'quantized'>; plan: MemoryPlan } {
  const graph = quantizePlainly(mobilenetV2(options, zeroParameters()));
  return { graph, plan: planMemory(graph, scheduleLayers(selectKernels(graph, kernels))) };
}

describe('layer by layer', () => {
  test('MobileNetV2 1.0-224 takes 1,505,280 bytes, the optimum, at the first strided depthwise convolution', () => {
    const { plan: result } = plan({});
    expect(result).toMatchObject({
      arenaBytes: 1_505_280,
      optimal: true,
      peak: { layer: 'block_2_depthwise', bytes: 1_505_280 },
      alignment: 16,
    });
    // im2col of the stem's 27 columns; on DSP cores the pooling's sums of 1280 channels.
    expect(result.scratch).toEqual({ c: 112, dsp: 5120, mve: 4464 });
    expect(result.schedule.recomputeFactor).toBe(1);
  });

  test.each([
    [1, 224, 1470],
    [1, 160, 750],
    [1, 96, 270],
    [0.5, 160, 375],
    [0.5, 224, 735],
    [0.35, 224, 735],
    [0.35, 144, 304],
    [0.35, 96, 135],
  ])('%d-%i: %i KiB', (width, resolution, kibibytes) => {
    const { plan: result } = plan({ width, resolution });
    expect(Math.round(result.arenaBytes / 1024)).toBe(kibibytes);
    expect(result.optimal).toBe(true);
  });

  test('the portable kernels need no scratch', () => {
    expect(plan({ resolution: 32 }, 'portable').plan.scratch).toEqual({ c: 0, dsp: 0, mve: 0 });
    expect(plan({ resolution: 32 }, 'cmsis-nn').plan.scratch.dsp).toBe(5120);
  });
});

describe('locations', () => {
  const { graph, plan: result } = plan({ width: 0.35, resolution: [33, 47], classes: 7 });

  test('only the input and what is made of it without a copy lies in the caller’s buffers', () => {
    expect(result.locations[graph.input]).toEqual({ kind: 'input' });
    expect(result.locations[graph.output]).toEqual({ kind: 'output' });
    const callers = result.locations.filter(location => location.kind !== 'arena');
    expect(callers).toHaveLength(2);
  });

  test('everything lies inside the arena, aligned', () => {
    result.locations.forEach((location, id) => {
      if (location.kind !== 'arena') return;
      expect(location.offset % result.alignment).toBe(0);
      expect(location.offset + elementsOf(graph.tensors[id]!.shape)).toBeLessThanOrEqual(result.arenaBytes);
    });
  });

  test('running it in the arena overwrites nothing that is read later', () => {
    // Each byte remembers which tensor was written there last; a reader must find its own.
    const owner = new Int32Array(result.arenaBytes).fill(-1);
    const region = (id: number) => {
      const location = result.locations[id]!;
      if (location.kind !== 'arena') return null;
      return owner.subarray(location.offset, location.offset + int8Bytes(graph.tensors[id]!));
    };
    for (const { node, call } of stepsOf(result.schedule)) {
      for (const id of node.inputs) expect(region(id)?.every(writer => writer === id) ?? true).toBe(true);
      const [into, from] = [region(node.output), region(node.inputs[0]!)];
      if (call === null) expect(into?.byteOffset).toBe(from?.byteOffset);
      into?.fill(node.output);
    }
  });
});

test('kernels are chosen in execution order, and a reshape needs none', () => {
  const { builder, input, conv, reshape, dense } = smallGraph();
  const graph = quantizePlainly(builder.finish(dense('dense', reshape('flat', conv('conv', input), [1, 144]), 3)));
  const steps = selectKernels(graph, 'auto');
  expect(steps.map(({ node, call }) => [node.name, call?.function ?? null])).toEqual([
    ['conv', 'arm_convolve_wrapper_s8'],
    ['flat', null],
    ['dense', 'pointwise_s8'],
  ]);
});

test('a network of one layer needs no arena', () => {
  const { builder, input, conv } = smallGraph();
  const graph = quantizePlainly(builder.finish(conv('conv', input)));
  const result = planMemory(graph, scheduleLayers(selectKernels(graph, 'portable')));
  expect(result).toMatchObject({ arenaBytes: 0, optimal: true, peak: { layer: 'conv', bytes: 0 } });
});
