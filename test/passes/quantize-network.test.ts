import { describe, expect, test } from 'vitest';
import type { Graph, Tensor } from '../../src/graph/graph.ts';
import { serializeGraph } from '../../src/graph/serialize.ts';
import { verify } from '../../src/graph/verify.ts';
import { quantizationForRange, type RealClamp } from '../../src/ir/quantization.ts';
import { applyStatistics } from '../../src/passes/calibrate.ts';
import { quantize } from '../../src/passes/quantize.ts';
import { type QuantizedNetwork, quantizeMeasured, quantizeNetwork } from '../../src/passes/quantize-network.ts';
import {
  needsOf,
  QUANTIZE_PRESETS,
  type QuantizePreset,
  type QuantizeRecipe,
  recipeOf,
} from '../../src/passes/recipe.ts';
import type { StatisticsNeeds } from '../../src/passes/statistics/statistics.ts';
import { foldedOf, int8Sqnr, likeness, normalInputs, statisticsOf, withParameters } from '../support/quantization.ts';
import { refusalOf } from '../support/refusal.ts';
import { smallGraph } from '../support/small-graphs.ts';
import { randomFactors, unbalanced } from '../support/unbalance.ts';

const RELU: RealClamp = { min: 0, max: Infinity };
const recipe = (preset: QuantizePreset, weightScales: 'channel' | 'tensor'): QuantizeRecipe =>
  recipeOf(preset, { calibration: null, weightScales, equalize: null });

/** An inverted residual and a classifier's last convolution. */
function network(): Graph<'folded'> {
  const small = smallGraph([1, 8, 8, 3]);
  const first = small.conv('first', small.input, { outputs: 4, activation: RELU });
  const expand = small.conv('expand', first, { outputs: 12, kernel: 1, activation: RELU });
  const depthwise = small.depthwise('depthwise', expand, { activation: RELU });
  const project = small.conv('project', depthwise, { kernel: 1 });
  return foldedOf(small, small.conv('last', small.add('sum', project, first), { outputs: 6, kernel: 1 }));
}

const spread = unbalanced(network(), 'expand', 'depthwise', randomFactors(12, 1.5));
/** With channels of `depthwise`, which `project` reads without padding, far above 0. */
const raised = withParameters(spread, 'depthwise', ({ bias }) => ({
  bias: bias.map((value, c) => (c % 3 === 0 ? value + 60 : value)),
}));
const inputs = normalInputs(spread, 8);

interface Run {
  readonly network: QuantizedNetwork;
  /** The networks that were measured, and what was asked for. */
  readonly measured: readonly { readonly graph: Graph<'folded'>; readonly needs: StatisticsNeeds }[];
  readonly passes: readonly string[];
}

async function run(graph: Graph<'folded'>, by: QuantizeRecipe): Promise<Run> {
  const measured: { graph: Graph<'folded'>; needs: StatisticsNeeds }[] = [];
  const passes: string[] = [];
  const result = await quantizeNetwork(
    graph,
    by,
    null,
    async (own, needs) => {
      measured.push({ graph: own, needs });
      return statisticsOf(own, inputs, needs);
    },
    (pass, made) => passes.push(`${pass}: ${made.stage}`),
  );
  return { network: result, measured, passes };
}

describe('the network is measured', () => {
  test('once where no pass changes it', async () => {
    const plain = await run(spread, recipe('balanced', 'channel'));
    expect(plain.measured.map(({ needs }) => needs)).toEqual([needsOf(recipe('balanced', 'channel'))]);
    expect(plain.measured[0]!.graph).toBe(spread);
    expect(plain.network.float).toBe(spread);
    expect(plain.passes).toEqual(['calibrate: calibrated', 'quantize: quantized']);
    // Passes that run and find nothing.
    const small = smallGraph();
    const single = foldedOf(small, small.conv('conv', small.input));
    const images = normalInputs(single, 2);
    let times = 0;
    const result = await quantizeNetwork(single, recipe('best', 'tensor'), null, async (graph, needs) => {
      times += 1;
      return statisticsOf(graph, images, needs);
    });
    expect(times).toBe(1);
    expect(result).toMatchObject({ float: single, absorbedChannels: 0 });
    expect(result.scaled.size).toBe(0);
  });

  test('again after each pass that changes it', async () => {
    const equalized = await run(spread, { ...recipe('fast', 'tensor'), absorbBias: false });
    expect(equalized.network.scaled.size).toBeGreaterThan(0);
    expect(equalized.passes).toEqual(['equalize: folded', 'calibrate: calibrated', 'quantize: quantized']);
    expect(equalized.measured.map(({ graph }) => graph)).toEqual([spread, equalized.network.float]);
    const both = await run(raised, recipe('fast', 'tensor'));
    expect(both.network.absorbedChannels).toBeGreaterThanOrEqual(4);
    expect(both.measured.length).toBe(3);
    expect(both.measured[2]!.graph).toBe(both.network.float);
    const passes = ['absorb-bias: folded', 'equalize: folded', 'calibrate: calibrated', 'quantize: quantized'];
    expect(both.passes).toEqual(passes);
    for (const { needs } of both.measured) expect(needs).toEqual(needsOf(recipe('fast', 'tensor')));
  });
});

describe.each(QUANTIZE_PRESETS)('%s', preset => {
  test.each(['channel', 'tensor'] as const)('keeps what the network computes: one scale a %s', async scales => {
    const { network: result } = await run(raised, recipe(preset, scales));
    expect(likeness(raised, result.float, inputs)).toBeGreaterThan(100);
    expect(result.original.float).toBe(raised);
    const { range, channels } = statisticsOf(raised, inputs, needsOf(recipe(preset, scales))).tensors[1]!;
    expect(result.original.statistics.tensors[1]).toMatchObject({ range, channels });
    expect(verify(result.quantized, 'test').stage).toBe('quantized');
    expect(result.quantized.nodes.map(({ name }) => name)).toEqual(raised.nodes.map(({ name }) => name));
    expect(int8Sqnr(raised, result.quantized, inputs)).toBeGreaterThan(15);
  });

  test('gives the same bytes for the same network', async () => {
    const [a, b] = [await run(raised, recipe(preset, 'tensor')), await run(raised, recipe(preset, 'tensor'))];
    expect(Buffer.from(serializeGraph(a.network.quantized)).equals(serializeGraph(b.network.quantized))).toBe(true);
  });
});

describe('more work, more exactly', () => {
  test.each(['channel', 'tensor'] as const)('presets in their order: one scale a %s', async scales => {
    const figures: number[] = [];
    for (const preset of QUANTIZE_PRESETS) {
      const { network: result } = await run(spread, recipe(preset, scales));
      figures.push(int8Sqnr(spread, result.quantized, inputs));
    }
    const [fast, balanced, best] = figures;
    expect(balanced).toBeGreaterThan(fast! - 0.3);
    expect(best).toBeGreaterThan(balanced! - 0.3);
    expect(best).toBeGreaterThan(fast!);
  });

  test('equalization makes up for one scale a layer', async () => {
    const outlier = Float64Array.from({ length: 12 }, (_, c) => (c === 7 ? 50 : 1));
    const graph = unbalanced(network(), 'expand', 'depthwise', outlier);
    const figures: number[] = [];
    for (const equalize of [false, true]) {
      const by = recipeOf('balanced', { calibration: null, weightScales: 'tensor', equalize });
      figures.push(int8Sqnr(graph, (await run(graph, by)).network.quantized, inputs));
    }
    expect(figures[1]).toBeGreaterThan(figures[0]! + 3);
  });

  test('a corrected bias takes the mean error of the outputs away', async () => {
    const meanError = async (biasCorrection: 'none' | 'analytic'): Promise<number> => {
      const by: QuantizeRecipe = { ...recipe('fast', 'tensor'), equalize: false, absorbBias: false, biasCorrection };
      return int8Sqnr(spread, (await run(spread, by)).network.quantized, inputs);
    };
    expect(await meanError('analytic')).toBeGreaterThan(await meanError('none'));
  });
});

test('without any of its passes, it is plain quantization', () => {
  const plain: QuantizeRecipe = { ...recipe('fast', 'channel'), biasCorrection: 'none' };
  const statistics = statisticsOf(spread, inputs, needsOf(plain));
  const calibrated = applyStatistics(spread, statistics, { kind: 'minmax' });
  const expected = serializeGraph(quantize(calibrated, { inputRange: null }));
  expect(serializeGraph(quantizeMeasured(spread, statistics, plain, null))).toEqual(expected);
});

test('a known range of the input goes before what was seen', () => {
  const inputRange = { min: -1, max: 1 };
  const by = recipe('balanced', 'channel');
  const quantized = quantizeMeasured(spread, statisticsOf(spread, inputs, needsOf(by)), by, inputRange);
  expect((quantized.tensors[quantized.input] as Tensor<'quantized'>).quantization).toEqual(
    quantizationForRange(inputRange),
  );
});

test('a network that was never run is refused by name', () => {
  const by = recipe('fast', 'channel');
  const nothing = statisticsOf(spread, [], needsOf(by));
  expect(refusalOf(() => quantizeMeasured(spread, nothing, by, null))).toMatchObject({
    code: 'SNUG403',
    origin: { tensor: 'input' },
  });
});
