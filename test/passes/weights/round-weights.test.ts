import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../src/graph/graph.ts';
import { runFloat } from '../../../src/interpreter/run-float.ts';
import type { RoundedWeights } from '../../../src/ops/operator.ts';
import { covarianceOf } from '../../../src/passes/statistics/input-moments.ts';
import type { Statistics } from '../../../src/passes/statistics/statistics.ts';
import { compensationFor, roundCompensated } from '../../../src/passes/weights/round-row.ts';
import { roundWeights, type WeightOptions } from '../../../src/passes/weights/round-weights.ts';
import { groupOf, rowLayout, rowsOf, storeRows } from '../../../src/passes/weights/weighted.ts';
import { LAYERS, normalInputs, statisticsOf, weightedOf, withParameters } from '../../support/quantization.ts';

const INPUT_SCALE = 0.02;
const NEAREST: WeightOptions = { scales: 'channel', rounding: 'nearest', correctBias: false };
const OPTIONS: readonly WeightOptions[] = (['channel', 'tensor'] as const).flatMap(scales =>
  (['nearest', 'compensated'] as const).map(rounding => ({ scales, rounding, correctBias: true })),
);

function rounded(
  graph: Graph<'folded'>,
  statistics: Statistics | null,
  options: WeightOptions,
  inputScale = INPUT_SCALE,
): RoundedWeights {
  const node = weightedOf(graph, 'layer');
  return roundWeights(node, rowLayout(graph, node), statistics?.moments[0] ?? null, inputScale, options);
}

/** The layer with the weights that the integers stand for. */
function standingFor(graph: Graph<'folded'>, { weights, weightScales, bias }: RoundedWeights): Graph<'folded'> {
  const node = weightedOf(graph, 'layer');
  const layout = rowLayout(graph, node);
  const integers = rowsOf({ ...node, parameters: { bias, weights: Float32Array.from(weights) } }, layout);
  const reals = integers.map((value, at) => value * weightScales[Math.floor(at / layout.dimension)]!);
  const stored = storeRows(reals, layout, new Float32Array(weights.length));
  return withParameters(graph, 'layer', () => ({ weights: stored, bias }));
}

/** Inputs as a layer sees them: above 0 on average, and neighbours alike, in the first of four channels the most. */
function smoothInputs(graph: Graph<'folded'>, count: number): readonly Float32Array[] {
  return normalInputs(graph, count).map(noise =>
    noise.map((value, i) => 1 + (0.1 + 0.2 * (i % 4)) * value + Math.sin(i / 40 + noise[0]!)),
  );
}

interface OutputErrors {
  /** Mean of the error of each channel, over all pixels and inputs. */
  readonly means: Float64Array;
  /** Mean of the squares, over everything. */
  readonly square: number;
}

function outputErrors(a: Graph<'folded'>, b: Graph<'folded'>, inputs: readonly Float32Array[]): OutputErrors {
  const channels = weightedOf(a, 'layer').parameters.bias.length;
  const means = new Float64Array(channels);
  let [square, elements] = [0, 0];
  for (const input of inputs) {
    const [expected, actual] = [runFloat(a, input), runFloat(b, input)];
    elements += expected.length;
    actual.forEach((value, i) => {
      means[i % channels]! += value - expected[i]!;
      square += (value - expected[i]!) ** 2;
    });
  }
  return { means: means.map(sum => (sum * channels) / elements), square: square / elements };
}

const worst = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe.each(Object.entries(LAYERS))('%s', (_name, graph) => {
  const inputs = smoothInputs(graph, 6);
  const statistics = statisticsOf(graph, inputs);
  const node = weightedOf(graph, 'layer');
  const layout = rowLayout(graph, node);
  const rows = rowsOf(node, layout);
  const rowMaximum = (o: number): number => worst(rows.slice(o * layout.dimension, (o + 1) * layout.dimension));

  test.each(OPTIONS)('the corrected bias leaves no mean error on the sample: $scales, $rounding', options => {
    const { means } = outputErrors(graph, standingFor(graph, rounded(graph, statistics, options)), inputs);
    expect(worst(means)).toBeLessThan(2e-6);
    const uncorrected = rounded(graph, statistics, { ...options, correctBias: false });
    expect(worst(outputErrors(graph, standingFor(graph, uncorrected), inputs).means)).toBeGreaterThan(1e-4);
  });

  test('nearest weights: each channel’s largest is 127, none off by more than half a step', () => {
    const { weights, weightScales, bias } = rounded(graph, null, NEAREST);
    expect(bias).toBe(node.parameters.bias);
    const integers = rowsOf({ ...node, parameters: { bias, weights: Float32Array.from(weights) } }, layout);
    for (let o = 0; o < layout.outputs; o += 1) {
      expect(weightScales[o]).toBeCloseTo(rowMaximum(o) / 127, 12);
      const own = integers.slice(o * layout.dimension, (o + 1) * layout.dimension);
      expect(worst(own)).toBe(127);
      const errors = own.map((value, i) => value * weightScales[o]! - rows[o * layout.dimension + i]!);
      expect(worst(errors)).toBeLessThanOrEqual(weightScales[o]! * 0.5000001);
    }
  });

  test('one scale for the whole layer covers its largest weight', () => {
    for (const rounding of ['nearest', 'compensated'] as const) {
      const { weightScales } = rounded(graph, statistics, { scales: 'tensor', rounding, correctBias: true });
      expect(new Set(weightScales).size).toBe(1);
      expect(weightScales[0]).toBeCloseTo(worst(rows) / 127, 12);
    }
  });

  test('compensated scales cover at least 0.7 of each channel’s largest weight, and never more than all of it', () => {
    const { weightScales } = rounded(graph, statistics, { ...NEAREST, rounding: 'compensated' });
    weightScales.forEach((scale, o) => {
      expect(scale).toBeGreaterThan((0.699 * rowMaximum(o)) / 127);
      expect(scale).toBeLessThan((1.001 * rowMaximum(o)) / 127);
    });
  });

  test('each row is compensated by the covariance of its own group', () => {
    const { weights, weightScales } = rounded(graph, statistics, { ...NEAREST, rounding: 'compensated' });
    const integers = rowsOf(
      { ...node, parameters: { ...node.parameters, weights: Float32Array.from(weights) } },
      layout,
    );
    const { dimension } = layout;
    for (let o = 0; o < layout.outputs; o += 1) {
      const covariance = covarianceOf(statistics.moments[0]!, dimension, groupOf(layout, o));
      const expected = new Int8Array(dimension);
      const row = rows.slice(o * dimension, (o + 1) * dimension);
      roundCompensated(row, weightScales[o]!, compensationFor(covariance, dimension)!, expected);
      expect([...integers.slice(o * dimension, (o + 1) * dimension)]).toEqual([...expected]);
    }
  });

  test('without products, compensated is nearest', () => {
    const means = statisticsOf(graph, inputs, { histograms: false, channels: false, moments: 'means' });
    const options = { ...NEAREST, correctBias: true };
    expect(rounded(graph, means, { ...options, rounding: 'compensated' })).toEqual(rounded(graph, means, options));
  });
});

test('compensated rounding leaves less error in the outputs than nearest', () => {
  for (const scales of ['channel', 'tensor'] as const) {
    const errors = Object.values(LAYERS).map(graph => {
      const inputs = smoothInputs(graph, 40);
      const statistics = statisticsOf(graph, inputs);
      const [nearest, compensated] = (['nearest', 'compensated'] as const).map(rounding => {
        const weights = rounded(graph, statistics, { scales, rounding, correctBias: true });
        return outputErrors(graph, standingFor(graph, weights), inputs).square;
      });
      return compensated! / nearest!;
    });
    // Where channels are hardly correlated there is nothing to make up for.
    for (const ratio of errors) expect(ratio).toBeLessThanOrEqual(1);
    expect(Math.exp(errors.reduce((sum, ratio) => sum + Math.log(ratio), 0) / errors.length)).toBeLessThan(0.7);
  }
});

describe('channels at the edge', () => {
  const graph = LAYERS['conv 1×1']!;
  const inputs = normalInputs(graph, 3);
  const statistics = statisticsOf(graph, inputs);
  const edited = withParameters(graph, 'layer', ({ weights, bias }) => ({
    weights: weights.map((value, i) => (i < 4 ? 0 : i < 8 ? value * 1e-12 : value)),
    bias: bias.map((value, o) => (o === 0 ? 0 : value)),
  }));

  test.each(OPTIONS)('a dead one is 0, and one of tiny weights has a bias that fits: $scales, $rounding', options => {
    const { weights, weightScales, bias } = rounded(edited, statistics, options);
    expect([...weights.slice(0, 4)]).toEqual([0, 0, 0, 0]);
    expect(bias[0]).toBe(0);
    for (const [o, scale] of weightScales.entries()) {
      expect(scale).toBeGreaterThan(0);
      expect(Math.abs(bias[o]! / (INPUT_SCALE * scale))).toBeLessThan(2 ** 29 * 1.001);
    }
  });

  test('a layer of nothing has some scale', () => {
    const nothing = withParameters(graph, 'layer', ({ weights, bias }) => ({
      weights: weights.map(() => 0),
      bias: bias.map(() => 0),
    }));
    for (const options of OPTIONS) {
      const { weights, weightScales } = rounded(nothing, statistics, options);
      expect(new Set(weightScales)).toEqual(new Set([1]));
      expect(weights.every(value => value === 0)).toBe(true);
    }
  });

  test('inputs that never vary round to nearest, and the bias makes up for all of the error', () => {
    const constant = [new Float32Array(6 * 5 * 4).fill(0.7)];
    const seen = statisticsOf(graph, constant);
    const options: WeightOptions = { scales: 'channel', rounding: 'compensated', correctBias: true };
    const result = rounded(graph, seen, options);
    expect(result.weights).toEqual(rounded(graph, null, NEAREST).weights);
    expect(outputErrors(graph, standingFor(graph, result), constant).square).toBeLessThan(1e-11);
  });

  test('inputs that were never seen leave the bias as it is', () => {
    const unseen = statisticsOf(graph, []);
    const { bias } = rounded(graph, unseen, { scales: 'channel', rounding: 'compensated', correctBias: true });
    expect(bias).toEqual(weightedOf(graph, 'layer').parameters.bias);
  });
});
