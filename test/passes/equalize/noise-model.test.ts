import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../src/graph/graph.ts';
import { runFloat } from '../../../src/interpreter/run-float.ts';
import { dequantizeArray, quantizationForRange, quantizeArray } from '../../../src/ir/quantization.ts';
import { rangeOf } from '../../../src/numerics/statistics.ts';
import { pairModel } from '../../../src/passes/equalize/noise-model.ts';
import { type LayerPair, layerPairs } from '../../../src/passes/equalize/pairs.ts';
import { scaleChannels } from '../../../src/passes/equalize/scale-channels.ts';
import type { Statistics } from '../../../src/passes/statistics/statistics.ts';
import { applyFloat } from '../../support/operators.ts';
import { holds } from '../../support/property.ts';
import { foldedOf, normalInputs, statisticsOf, weightedOf, withParameters } from '../../support/quantization.ts';
import { RELU6, smallGraph } from '../../support/small-graphs.ts';
import { randomFactors, rowMaxima } from '../../support/unbalance.ts';

const SCALES = ['channel', 'tensor'] as const;
const NO_FACTORS = new Map();
const ones = (channels: number): Float64Array => new Float64Array(channels).fill(1);

function network(): Graph<'folded'> {
  const small = smallGraph([1, 6, 6, 4]);
  const expand = small.conv('expand', small.input, { outputs: 8, kernel: 1, activation: { min: 0, max: Infinity } });
  const depthwise = small.depthwise('depthwise', expand, { activation: { min: 0, max: Infinity } });
  return foldedOf(small, small.conv('project', depthwise, { outputs: 4, kernel: 1 }));
}

const pairOf = (graph: Graph<'folded'>, producer: string): LayerPair =>
  layerPairs(graph).find(pair => pair.producer.name === producer)!;

describe('factors', () => {
  const graph = network();
  const inputs = normalInputs(graph, 4);
  const statistics = statisticsOf(graph, inputs);

  test.each(SCALES)('cost what a network costs that is scaled by them and measured again: one scale a %s', scales => {
    holds(
      fc.property(fc.integer(), fc.constantFrom('expand', 'depthwise'), (seed, producer) => {
        const pair = pairOf(graph, producer);
        const [factors, others] = [randomFactors(8, 1.5, seed), randomFactors(8, 1, seed + 1)];
        // The neighbouring activation has factors already, as in a later sweep.
        const neighbour = pairOf(graph, producer === 'expand' ? 'depthwise' : 'expand').tensor;
        const present = new Map([[neighbour, others]]);
        const tried = pairModel(graph, pair, statistics, present, scales).noise(factors);
        const both = new Map([...present, [pair.tensor, factors] as const]);
        const accumulated = pairModel(graph, pair, statistics, both, scales).noise(ones(8));
        const scaled = scaleChannels(graph, both);
        const again = statisticsOf(scaled, inputs);
        const measured = pairModel(scaled, pairOf(scaled, producer), again, NO_FACTORS, scales).noise(ones(8));
        expect(accumulated / tried).toBeCloseTo(1, 9);
        expect(measured / tried).toBeCloseTo(1, 4);
      }),
      12,
    );
  });

  test('largest weights and extremes are those of the two layers', () => {
    const pair = pairOf(graph, 'expand');
    const model = pairModel(graph, pair, statistics, NO_FACTORS, 'channel');
    expect(model.channels).toBe(8);
    expect(model.produced).toEqual(rowMaxima(graph, 'expand'));
    expect(model.consumed).toEqual(rowMaxima(graph, 'depthwise'));
    const values = inputs.flatMap(input => {
      let made: number[] = [];
      runFloat(graph, input, (tensor, data) => {
        if (tensor === pair.tensor) made = [...data];
      });
      return made;
    });
    for (let c = 0; c < 8; c += 1) {
      const own = values.filter((_, i) => i % 8 === c);
      expect([model.min[c], model.max[c]]).toEqual([Math.min(...own), Math.max(...own)]);
    }
  });
});

/** Two pointwise layers without activations: nothing is exact by being 0, as the model assumes. */
function linear(seed: number): { graph: Graph<'folded'>; inputs: readonly Float32Array[]; statistics: Statistics } {
  const small = smallGraph([1, 8, 8, 12], seed);
  const first = small.conv('first', small.input, { outputs: 16, kernel: 1 });
  const graph = foldedOf(small, small.conv('second', first, { outputs: 10, kernel: 1 }));
  const inputs = normalInputs(graph, 2, seed);
  return { graph, inputs, statistics: statisticsOf(graph, inputs) };
}

/** Σ over the outputs of `second` of their mean squared error, with its constants and its input changed. */
function measuredNoise(
  { graph, inputs }: ReturnType<typeof linear>,
  change: { readonly graph?: Graph<'folded'>; readonly activation?: (values: Float32Array) => Float32Array },
): number {
  let sum = 0;
  let pixels = 0;
  for (const input of inputs) {
    let between = new Float32Array();
    const expected = runFloat(graph, input, (tensor, data) => {
      if (tensor === graph.nodes[0]!.output) between = data.slice();
    });
    const { attributes, parameters } = weightedOf(change.graph ?? graph, 'second');
    const data = change.activation?.(between) ?? between;
    const shape = graph.tensors[graph.nodes[0]!.output]!.shape;
    const call = { kind: 'conv2d', attributes, parameters, inputs: [{ shape, data }] } as Parameters<
      typeof applyFloat
    >[0];
    const actual = applyFloat(call).data;
    pixels += expected.length / 10;
    for (let i = 0; i < expected.length; i += 1) sum += (actual[i]! - expected[i]!) ** 2;
  }
  return sum / pixels;
}

describe('expected noise', () => {
  const networks = [1, 2, 3, 4, 5, 6].map(linear);
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

  test('of the activation is what rounding it adds to the outputs', () => {
    const [expected, measured] = [[] as number[], [] as number[]];
    for (const each of networks) {
      // Without moments, only the activation is left.
      const alone = { ...each.statistics, moments: [] };
      expected.push(pairModel(each.graph, layerPairs(each.graph)[0]!, alone, NO_FACTORS, 'channel').noise(ones(16)));
      const { range } = each.statistics.tensors[each.graph.nodes[0]!.output]!;
      const rounded = (values: Float32Array): Float32Array => {
        const quantization = quantizationForRange(range);
        return dequantizeArray(quantizeArray(values, quantization), quantization);
      };
      measured.push(measuredNoise(each, { activation: rounded }));
    }
    expect(total(measured) / total(expected)).toBeGreaterThan(0.9);
    expect(total(measured) / total(expected)).toBeLessThan(1.1);
  });

  test.each(SCALES)('of the consumer’s weights is what rounding them adds: one scale a %s', scales => {
    const [expected, measured] = [[] as number[], [] as number[]];
    for (const each of networks) {
      const [pair] = layerPairs(each.graph);
      const noiseOf = (statistics: Statistics): number =>
        pairModel(each.graph, pair!, statistics, NO_FACTORS, scales).noise(ones(16));
      const moments = each.statistics.moments.map((own, i) => (i === 1 ? own : null));
      expected.push(noiseOf({ ...each.statistics, moments }) - noiseOf({ ...each.statistics, moments: [] }));
      const maxima = rowMaxima(each.graph, 'second');
      const widest = Math.max(...maxima);
      // The bias takes the mean error away: the weights are rounded around the mean of each channel.
      const means = each.statistics.moments[1]!.sums.map(sum => sum / each.statistics.moments[1]!.count);
      const rounded = withParameters(each.graph, 'second', ({ weights, bias }) => {
        const scaleOf = (i: number): number => (scales === 'tensor' ? widest : maxima[Math.floor(i / 16)]!) / 127;
        const changed = weights.map((value, i) => Math.round(value / scaleOf(i)) * scaleOf(i));
        const meanError = (o: number): number =>
          means.reduce((sum, mean, i) => sum + (changed[o * 16 + i]! - weights[o * 16 + i]!) * mean, 0);
        return { weights: changed, bias: bias.map((value, o) => value - meanError(o)) };
      });
      measured.push(measuredNoise(each, { graph: rounded }));
    }
    expect(total(measured) / total(expected)).toBeGreaterThan(0.7);
    expect(total(measured) / total(expected)).toBeLessThan(1.4);
  });

  test('of the producer’s weights counts only where one scale has to do for all of them', () => {
    const [{ graph, statistics }] = networks as [ReturnType<typeof linear>];
    const [pair] = layerPairs(graph);
    const noiseOf = (moments: Statistics['moments'], scales: 'channel' | 'tensor'): number =>
      pairModel(graph, pair!, { ...statistics, moments }, NO_FACTORS, scales).noise(ones(16));
    const producerAlone = statistics.moments.map((own, i) => (i === 0 ? own : null));
    expect(noiseOf(producerAlone, 'channel')).toBe(noiseOf([], 'channel'));
    expect(noiseOf(producerAlone, 'tensor')).toBeGreaterThan(noiseOf([], 'tensor'));
  });
});

test('outputs count by the weights with which the next layer reads them', () => {
  const graph = network();
  const statistics = statisticsOf(graph, normalInputs(graph, 2));
  const louder = withParameters(graph, 'project', ({ weights }) => ({ weights: weights.map(value => 3 * value) }));
  const noise = (of: Graph<'folded'>): number =>
    pairModel(of, pairOf(of, 'expand'), statistics, NO_FACTORS, 'channel').noise(ones(8));
  expect(noise(louder) / noise(graph)).toBeCloseTo(9, 6);
});

test('a map that was 0 throughout has a finite noise', () => {
  const small = smallGraph([1, 4, 4, 4]);
  const dead = foldedOf(small, small.conv('b', small.conv('a', small.input, { activation: RELU6 })));
  const graph = withParameters(dead, 'a', ({ bias }) => ({ bias: bias.map(() => -100) }));
  const statistics = statisticsOf(graph, normalInputs(graph, 2));
  const model = pairModel(graph, layerPairs(graph)[0]!, statistics, NO_FACTORS, 'tensor');
  expect(rangeOf(model.max)).toEqual({ min: 0, max: 0 });
  expect(Number.isFinite(model.noise(ones(4)))).toBe(true);
});
