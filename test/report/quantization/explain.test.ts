/** The figures of a quantization: what is in them, that they are right where it can be known, and what is refused. */
import { describe, expect, test } from 'vitest';
import type { Graph, Node } from '../../../src/graph/graph.ts';
import { layerSqnr } from '../../../src/interpreter/compare.ts';
import { mobilenetV2 } from '../../../src/models/mobilenet-v2.ts';
import { explainQuantization } from '../../../src/report/quantization/explain.ts';
import { decibelText, gainsOf, partText } from '../../../src/report/quantization/format.ts';
import { requireSqnr } from '../../../src/report/quantization/least-sqnr.ts';
import { layerRows, worstText } from '../../../src/report/quantization/rows.ts';
import type { LadderStep } from '../../../src/report/quantization/types.ts';
import { quantizedFor } from '../../support/explained.ts';
import { refusalOf } from '../../support/refusal.ts';
import { smallGraph } from '../../support/small-graphs.ts';

/** One channel's weights are 60 times those of the others, and the next layer's 60 times smaller: easy but for one scale. */
function outlierNetwork(): Graph<'float'> {
  const { builder, input, conv } = smallGraph([1, 8, 8, 4]);
  const relu = { min: 0, max: Infinity };
  const graph = builder.finish(conv('b', conv('a', input, { outputs: 8, activation: relu }), { outputs: 6 }));
  const nodes = graph.nodes.map(node => {
    if (node.kind !== 'conv2d') return node;
    const { weights, bias } = node.parameters;
    const perRow = weights.length / bias.length;
    return {
      ...node,
      parameters:
        node.name === 'a'
          ? {
              weights: weights.map((w, i) => (i < perRow ? w * 60 : w)),
              bias: bias.map((value, c) => (c === 0 ? value * 60 : value)),
            }
          : { bias, weights: weights.map((w, i) => (i % 8 === 0 ? w / 60 : w)) },
    } as Node<'float'>;
  });
  return { ...graph, nodes };
}

const tiny = (): Graph<'float'> => mobilenetV2({ width: 0.35, resolution: 32, classes: 10 });

describe('a seeded MobileNetV2', async () => {
  const request = await quantizedFor(tiny());
  const progress: number[] = [];
  const { report, sqnr, pictures } = explainQuantization({ ...request, onProgress: done => progress.push(done) });
  const { layers } = report;

  test('has every executed layer, in order, with all of its figures', () => {
    const executed = request.network.float.nodes.filter(({ kind }) => kind !== 'reshape');
    expect(layers.map(({ name }) => name)).toEqual(executed.map(({ name }) => name));
    expect(pictures).toHaveLength(layers.length);
    for (const { operator, weightSqnrDb, sqnrDb, sensitivityDb, clipped, range, scale } of layers) {
      const weighted = ['conv2d', 'depthwiseConv2d', 'fullyConnected'].includes(operator);
      expect(weightSqnrDb === null).toBe(!weighted);
      // Compensated rounding trades it for less noise in the output.
      if (weighted) expect(weightSqnrDb).toBeGreaterThan(12);
      expect(sqnrDb).toBeGreaterThan(5);
      expect(sensitivityDb).toBeGreaterThan(15);
      expect(clipped).toBeGreaterThanOrEqual(0);
      expect(clipped).toBeLessThan(0.01);
      expect(range.min).toBeLessThanOrEqual(range.max);
      expect(range.choice).toBe(operator === 'averagePool' ? 'input' : 'mse');
      expect(scale).toBeGreaterThan(0);
    }
  });

  test('has the noise that a compilation reports', () => {
    expect(sqnr).toEqual(layerSqnr(request.network.float, request.final, request.inputs));
  });

  test('says how it was measured', () => {
    expect(report).toMatchObject({
      command: 'quantize',
      weights: 'seeded',
      calibration: { samples: 4, inputs: 'random' },
      measured: { inputs: 4, sensitivityInputs: 4 },
    });
    expect(report.output).toEqual({ sqnrDb: report.ladder.at(-1)!.sqnrDb, agreement: expect.any(Number) });
    expect(progress.at(-1)).toBe(4 * request.network.float.nodes.length);
  });

  test('points the most sensitive layers out', () => {
    const sorted = [...layers].sort((a, b) => a.sensitivityDb! - b.sensitivityDb!).slice(0, 3);
    expect(worstText(report)).toBe(
      `most sensitive: ${sorted.map(({ name, sensitivityDb }) => `${name} (${sensitivityDb!.toFixed(2)} dB)`).join(', ')}`,
    );
    expect(layerRows(report).rows).toHaveLength(layers.length);
  });
});

describe('the ladder', () => {
  const stepsOf = async (...args: Parameters<typeof quantizedFor>) => {
    const { report } = explainQuantization(await quantizedFor(...args));
    return {
      steps: report.ladder.map(({ step }) => step),
      at: (step: LadderStep) => report.ladder.find(rung => rung.step === step)!.sqnrDb!,
      report,
    };
  };

  test('has the steps of the recipe and no others', async () => {
    expect((await stepsOf(outlierNetwork(), 'fast')).steps).toEqual(['plain', 'analytic-bias']);
    expect((await stepsOf(outlierNetwork(), 'balanced')).steps).toEqual([
      ...['plain', 'ranges', 'analytic-bias', 'compensated-rounding'],
    ]);
  });

  test('shows equalization to save a network of outlier channels from its one scale', async () => {
    const { steps, at, report } = await stepsOf(outlierNetwork(), 'best', 'tensor');
    expect(steps).toEqual([
      ...['plain', 'equalize', 'ranges', 'analytic-bias', 'compensated-rounding', 'empirical-bias'],
    ]);
    expect(at('equalize')).toBeGreaterThan(at('plain') + 3);
    expect(at('empirical-bias')).toBeGreaterThan(at('plain') + 3);
    expect(report.layers.filter(({ equalized }) => equalized).map(({ name }) => name)).toEqual(['a']);
    // A map has no classes.
    expect(report.ladder.map(({ agreement }) => agreement)).toEqual(steps.map(() => null));
  });

  test('gains are over the last figure that is known', () => {
    const rung = (sqnrDb: number | null) => ({ step: 'plain', sqnrDb, agreement: null }) as const;
    expect(gainsOf([rung(10), rung(null), rung(12.5), rung(Infinity)])).toEqual([null, null, 2.5, null]);
  });
});

test('without histograms what is clipped is known from the inputs', async () => {
  const { report } = explainQuantization(await quantizedFor(outlierNetwork(), 'fast'));
  expect(report.layers.map(({ clipped, range }) => [clipped, range.choice])).toEqual([
    [0, 'minmax'],
    [0, 'minmax'],
  ]);
});

test('figures as text', () => {
  expect([31.416, Infinity, -Infinity, null].map(decibelText)).toEqual(['31.42', 'exact', 'only noise', '–']);
  expect([0, 0.00001, 0.0123, null].map(partText)).toEqual(['0', '< 0.01 %', '1.23 %', '–']);
});

describe('the least SQNR', async () => {
  const { final } = await quantizedFor(outlierNetwork(), 'fast');
  const [a, b] = final.nodes.map(({ output }): number => output) as [number, number];
  const sqnr = final.tensors.map(({ id }) => (id === a ? 30 : id === b ? 20 : Infinity));

  test('is kept by layers that reach it', () => {
    expect(requireSqnr(final, sqnr, 20)).toBeUndefined();
  });

  test('names those that do not, the worst first', () => {
    const one = refusalOf(() => requireSqnr(final, sqnr, 25));
    expect(one).toMatchObject({ code: 'SNUG404', severity: 'answer', origin: { layer: 'b' } });
    expect(one.message).toBe('the output of 1 layer has an SQNR below 25 dB: b (20.00 dB)');
    expect(refusalOf(() => requireSqnr(final, sqnr, 40)).message).toBe(
      'the outputs of 2 layers have an SQNR below 40 dB: b (20.00 dB), a (30.00 dB)',
    );
    expect(one.hint).toContain('snug quantize');
  });

  test('is not kept by what is only noise', () => {
    expect(refusalOf(() => requireSqnr(final, [Infinity, Number.NaN, -Infinity], 1)).code).toBe('SNUG404');
  });
});
