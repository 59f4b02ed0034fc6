import { expect, test } from 'vitest';
import { runFloat } from '../../../src/interpreter/run-float.ts';
import { mobilenetV2 } from '../../../src/models/mobilenet-v2.ts';
import { foldGraph } from '../../../src/passes/index.ts';
import { recipeOf } from '../../../src/passes/recipe.ts';
import { StatisticsCollector } from '../../../src/passes/statistics/statistics.ts';
import { convergenceOf, convergenceSteps } from '../../../src/report/quantization/convergence.ts';
import { normals } from '../../support/operators.ts';

test.each([
  [1, [1]],
  [2, [1, 2]],
  [8, [1, 2, 5, 8]],
  [100, [1, 2, 5, 10, 20, 50, 100]],
  [120, [1, 2, 5, 10, 20, 50, 100, 120]],
])('steps up to %i', (samples, steps) => {
  expect(convergenceSteps(samples)).toEqual(steps);
});

test('each point is measured over the same pictures, and more of them make a better network', async () => {
  const graph = mobilenetV2({ width: 0.1, resolution: 32, classes: 4, blocks: [[1, 8, 1, 2]] });
  const folded = foldGraph(graph, { softmax: false });
  const picture = (seed: number): Float32Array => normals([1, 32, 32, 3], seed).data.map(value => Math.tanh(value));
  const gathered: number[] = [];
  const points = await convergenceOf({
    folded,
    recipe: recipeOf('best', { calibration: { kind: 'minmax' }, weightScales: 'channel', equalize: null }),
    inputRange: { min: -1, max: 1 },
    samples: 20,
    gather: samples => async (float, needs) => {
      gathered.push(samples);
      const collector = new StatisticsCollector(float, needs);
      // The first pictures are far too dark, so that a network calibrated with them alone clips.
      for (let i = 0; i < samples; i += 1) {
        const dark = i < 5 ? 0.05 : 1;
        runFloat(
          float,
          picture(i).map(value => dark * value),
          (tensor, data) => collector.observe(tensor, data),
        );
      }
      return collector.result();
    },
    heldOut: [picture(101), picture(102), picture(103)],
  });
  expect(gathered).toEqual([1, 2, 5, 10, 20]);
  expect(points.map(({ samples }) => samples)).toEqual(gathered);
  for (const { heldOut, agreement } of points) {
    expect(heldOut).toBe(3);
    expect(agreement).toBeLessThanOrEqual(3);
  }
  expect(points.at(-1)!.sqnrDb).toBeGreaterThan(points[0]!.sqnrDb + 6);
});
