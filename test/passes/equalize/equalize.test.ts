import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../src/graph/graph.ts';
import { verify } from '../../../src/graph/verify.ts';
import type { RealClamp } from '../../../src/ir/quantization.ts';
import { equalize } from '../../../src/passes/equalize/equalize.ts';
import { quantizeMeasured } from '../../../src/passes/quantize-network.ts';
import { recipeOf } from '../../../src/passes/recipe.ts';
import {
  foldedOf,
  int8Sqnr,
  likeness,
  normalInputs,
  statisticsOf,
  weightedOf,
  withParameters,
} from '../../support/quantization.ts';
import { RELU6, smallGraph } from '../../support/small-graphs.ts';
import { randomFactors, unbalanced } from '../../support/unbalance.ts';

const RELU: RealClamp = { min: 0, max: Infinity };
const SCALES = ['channel', 'tensor'] as const;

/** An inverted residual, the consumers of which pad; `activation` lies between its layers. */
function block(activation: RealClamp | null): Graph<'folded'> {
  const small = smallGraph([1, 8, 8, 4]);
  const first = small.conv('first', small.input);
  const expand = small.conv('expand', first, { outputs: 12, kernel: 1, activation });
  const depthwise = small.depthwise('depthwise', expand, { activation });
  const project = small.conv('project', depthwise, { kernel: 1 });
  return foldedOf(small, small.add('sum', project, first));
}

const tensorOf = (graph: Graph<'folded'>, name: string) => weightedOf(graph, name).output;

/** What int8 makes of a network with the one recipe, whether it was equalized or not. */
function sqnrOf(graph: Graph<'folded'>, inputs: readonly Float32Array[], scales: 'channel' | 'tensor'): number {
  const recipe = recipeOf('fast', { calibration: null, weightScales: scales, equalize: null });
  const quantized = quantizeMeasured(graph, statisticsOf(graph, inputs), recipe, null);
  return int8Sqnr(graph, quantized, inputs);
}

describe.each([
  ['linear', null],
  ['ReLU', RELU],
  ['ReLU6', RELU6],
])('%s', (_name, activation) => {
  // The smaller channels of the wider spread stay far below any bound.
  const graph = unbalanced(
    block(activation),
    'expand',
    'depthwise',
    randomFactors(12, 1.5).map(f => Math.min(1, f)),
  );
  const inputs = normalInputs(graph, 6);
  const statistics = statisticsOf(graph, inputs);

  test.each(SCALES)('computes what it did, with channels scaled: one scale a %s', scales => {
    const { graph: equalized, scaled } = equalize(graph, statistics, scales);
    expect(scaled.size).toBeGreaterThan(0);
    expect(likeness(graph, verify(equalized, 'equalize'), inputs)).toBeGreaterThan(100);
    for (const { factors, noiseRatio } of scaled.values()) {
      expect(noiseRatio).toBeLessThan(0.99);
      for (const factor of factors) expect(factor).toBeGreaterThan(0);
      expect(new Set(factors).size).toBeGreaterThan(1);
    }
  });

  test('what is read twice, and what a sum reads, is not scaled', () => {
    const { graph: equalized, scaled } = equalize(graph, statistics, 'tensor');
    const allowed = new Set([tensorOf(graph, 'expand'), tensorOf(graph, 'depthwise')]);
    for (const tensor of scaled.keys()) expect(allowed.has(tensor)).toBe(true);
    expect(weightedOf(equalized, 'first')).toBe(weightedOf(graph, 'first'));
    expect(weightedOf(equalized, 'project').parameters.bias).toEqual(weightedOf(graph, 'project').parameters.bias);
  });

  test('is the same for the same network', () => {
    expect(equalize(graph, statistics, 'tensor')).toEqual(equalize(graph, statistics, 'tensor'));
  });
});

describe('under ReLU6', () => {
  /** Channels 0 and 1 reach the bound, 2 is just below it, the others reach a hundredth of it. */
  const graph = ((): Graph<'folded'> => {
    const small = unbalanced(
      block(RELU6),
      'expand',
      'depthwise',
      Float64Array.from({ length: 12 }, (_, c) => (c < 3 ? 1 : 0.02)),
    );
    const raised = withParameters(small, 'expand', ({ bias }) => ({
      bias: bias.map((value, c) => (c < 2 ? 5.5 : value)),
    }));
    const inputs = normalInputs(raised, 6);
    // Channel 2 alone scaled so that it comes to 5.9.
    const { channels } = statisticsOf(raised, inputs).tensors[tensorOf(raised, 'expand')]!;
    const factors = Float64Array.from({ length: 12 }, (_, c) => (c === 2 ? 5.9 / channels!.max[2]! : 1));
    return unbalanced(raised, 'expand', 'depthwise', factors);
  })();
  const inputs = normalInputs(graph, 6);
  const statistics = statisticsOf(graph, inputs);

  test.each(SCALES)(
    'a channel that reaches the bound keeps factor 1, and no other reaches it: one scale a %s',
    scales => {
      const tensor = tensorOf(graph, 'expand');
      const { max } = statistics.tensors[tensor]!.channels!;
      expect([max[0], max[1]]).toEqual([6, 6]);
      expect(max[2]).toBeCloseTo(5.9, 3);
      const { graph: equalized, scaled } = equalize(graph, statistics, scales);
      const { factors } = scaled.get(tensor)!;
      expect([factors[0], factors[1]]).toEqual([1, 1]);
      factors.forEach((factor, c) => {
        if (max[c]! < 6) expect(factor * max[c]!).toBeLessThanOrEqual(6 / 1.25 + 1e-6);
      });
      expect(Math.max(...factors)).toBeGreaterThan(1);
      expect(likeness(graph, equalized, inputs)).toBeGreaterThan(100);
    },
  );
});

describe('in int8', () => {
  test('one scale for a layer survives an outlier channel only when equalized', () => {
    const outlier = Float64Array.from({ length: 12 }, (_, c) => (c === 5 ? 40 : 1));
    const graph = unbalanced(block(RELU), 'expand', 'depthwise', outlier);
    const inputs = normalInputs(graph, 8);
    const before = sqnrOf(graph, inputs, 'tensor');
    const { graph: equalized } = equalize(graph, statisticsOf(graph, inputs), 'tensor');
    expect(sqnrOf(equalized, inputs, 'tensor')).toBeGreaterThan(before + 6);
  });

  test('spread channels gain with a scale for each channel too, for their activation has one for all', () => {
    const graph = unbalanced(block(RELU), 'expand', 'depthwise', randomFactors(12, 2));
    const inputs = normalInputs(graph, 8);
    const { graph: equalized } = equalize(graph, statisticsOf(graph, inputs), 'channel');
    expect(sqnrOf(equalized, inputs, 'channel')).toBeGreaterThan(sqnrOf(graph, inputs, 'channel') + 3);
  });

  test.each(SCALES)('a network that is balanced loses nothing: one scale a %s', scales => {
    const graph = block(RELU6);
    const inputs = normalInputs(graph, 8);
    const statistics = statisticsOf(graph, inputs);
    const { graph: once } = equalize(graph, statistics, scales);
    expect(sqnrOf(once, inputs, scales)).toBeGreaterThan(sqnrOf(graph, inputs, scales) - 0.5);
    const again = equalize(once, statisticsOf(once, inputs), scales);
    for (const { noiseRatio } of again.scaled.values()) expect(noiseRatio).toBeGreaterThan(0.85);
    expect(sqnrOf(again.graph, inputs, scales)).toBeGreaterThan(sqnrOf(once, inputs, scales) - 0.5);
  });
});

describe('dead channels', () => {
  const usual = unbalanced(
    block(RELU6),
    'expand',
    'depthwise',
    randomFactors(12, 1.5).map(f => Math.min(1, f)),
  );
  const zero = (graph: Graph<'folded'>, name: string, channel: (i: number) => boolean, bias: boolean) =>
    withParameters(graph, name, parameters => ({
      weights: parameters.weights.map((value, i) => (channel(i) ? 0 : value)),
      bias: bias ? parameters.bias.map((value, c) => (c === 3 ? 0 : value)) : parameters.bias,
    }));

  test.each([
    ['without weights in their producer', zero(usual, 'expand', i => Math.floor(i / 4) === 3, true)],
    ['without weights in their consumer', zero(usual, 'depthwise', i => i % 12 === 3, false)],
  ])('%s keep factor 1', (_where, graph) => {
    const inputs = normalInputs(graph, 4);
    for (const scales of SCALES) {
      const { graph: equalized, scaled } = equalize(graph, statisticsOf(graph, inputs), scales);
      expect(scaled.get(tensorOf(graph, 'expand'))!.factors[3]).toBe(1);
      expect(likeness(graph, verify(equalized, 'equalize'), inputs)).toBeGreaterThan(100);
    }
  });

  test('that were 0 in every picture may be scaled, within limits, and stay 0', () => {
    const graph = withParameters(usual, 'expand', ({ weights, bias }) => ({
      weights: weights.map((value, i) => (Math.floor(i / 4) === 3 ? 50 * value : value)),
      bias: bias.map((value, c) => (c === 3 ? -1e4 : value)),
    }));
    const inputs = normalInputs(graph, 4);
    const statistics = statisticsOf(graph, inputs);
    expect(statistics.tensors[tensorOf(graph, 'expand')]!.channels!.max[3]).toBe(0);
    const { graph: equalized, scaled } = equalize(graph, statistics, 'tensor');
    expect(likeness(graph, equalized, inputs)).toBeGreaterThan(100);
    const { factors } = scaled.get(tensorOf(graph, 'expand'))!;
    expect(factors.every(factor => factor > 0 && factor < 2 ** 24)).toBe(true);
    // Its weights no longer set the scale of the whole layer.
    expect(factors[3]).toBeLessThan(1 / 4);
  });

  test('alone leave the network as it is', () => {
    const graph = withParameters(block(RELU6), 'expand', ({ bias }) => ({ bias: bias.map(() => -1e4) }));
    const { graph: equalized } = equalize(graph, statisticsOf(graph, normalInputs(graph, 2)), 'tensor');
    expect(likeness(graph, verify(equalized, 'equalize'), normalInputs(graph, 2))).toBeGreaterThan(100);
  });
});

test('a network without pairs is given back', () => {
  const small = smallGraph();
  const graph = foldedOf(small, small.conv('conv', small.input));
  const { graph: equalized, scaled } = equalize(graph, statisticsOf(graph, normalInputs(graph, 2)), 'tensor');
  expect(equalized).toBe(graph);
  expect(scaled.size).toBe(0);
});
