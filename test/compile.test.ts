/** The pipeline as a function: every stage is verified once, watched or not. */
import { beforeEach, expect, test, vi } from 'vitest';
import { compile } from '../src/compile.ts';
import { verify } from '../src/graph/verify.ts';
import { runFloat } from '../src/interpreter/run-float.ts';
import { PASS_NAMES } from '../src/passes/index.ts';
import { recipeOf } from '../src/passes/recipe.ts';
import { StatisticsCollector } from '../src/passes/statistics/statistics.ts';
import { normals } from './support/operators.ts';
import { smallGraph } from './support/small-graphs.ts';
import { templates } from './support/templates.ts';

vi.mock('../src/graph/verify.ts', async original => {
  const actual = await original<typeof import('../src/graph/verify.ts')>();
  return { ...actual, verify: vi.fn(actual.verify) };
});

beforeEach(() => {
  vi.mocked(verify).mockClear();
});

const passesVerified = (): readonly string[] =>
  vi
    .mocked(verify)
    .mock.calls.map(([, pass]) => pass)
    .filter(pass => pass !== 'building');

/** Everything that there is, so that every pass has its turn. */
const RECIPE = recipeOf('best', { calibration: null, weightScales: 'tensor', equalize: null });

async function run(observePass?: (pass: string) => void): Promise<void> {
  const { builder, input, conv } = smallGraph();
  await compile(
    builder.finish(conv('conv', input)),
    {
      name: 'small',
      version: '0.0.0',
      plan: { kernels: 'auto', schedule: 'layers', input: null, ramBytes: null },
      flashBytes: null,
      recipe: RECIPE,
      softmax: true,
      inputRange: null,
      goldenInC: 0,
      provenance: {
        source: 'mobilenet-v2',
        model: null,
        weights: null,
        width: null,
        preprocess: null,
        calibration: { recipe: RECIPE, samples: 1, inputs: 'random' },
        labelOffset: null,
      },
    },
    {
      templates: await templates(),
      hash: () => '',
      gatherStatistics: async (graph, needs) => {
        const collector = new StatisticsCollector(graph, needs);
        runFloat(graph, normals([1, 6, 6, 4], 1).data, (tensor, data) => collector.observe(tensor, data));
        return collector.result();
      },
      pixels: () => null,
      goldenInputs: async () => [],
      ...(observePass && { observePass }),
    },
  );
}

test('every pass is verified once, in order, with nobody watching', async () => {
  await run();
  expect(passesVerified()).toEqual(PASS_NAMES);
});

test('and once where somebody does, who sees every pass', async () => {
  const seen: string[] = [];
  await run(pass => seen.push(pass));
  expect(seen).toEqual(PASS_NAMES);
  expect(passesVerified()).toEqual(PASS_NAMES);
});
