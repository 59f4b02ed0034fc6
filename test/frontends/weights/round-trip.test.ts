/** Weight files of other tools: the network that snug builds from them computes what those tools computed. */
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { SnugError } from '../../../src/diagnostics/diagnostic.ts';
import { inspectWeights, isWeightFile, loadWeights } from '../../../src/frontends/weights/index.ts';
import { runFloat } from '../../../src/interpreter/run-float.ts';
import { type MobilenetV2Options, mobilenetV2 } from '../../../src/models/mobilenet-v2.ts';
import { decibels, noiseOf } from '../../../src/numerics/statistics.ts';
import { valuesBeside, weightFixture, weightFixtures } from '../../support/weight-fixtures.ts';

async function problemsOf(file: string, options: MobilenetV2Options): Promise<readonly Diagnostic[]> {
  const source = await loadWeights({ path: file, bytes: weightFixture(file) });
  try {
    mobilenetV2(options, source);
    return [];
  } catch (error) {
    if (error instanceof SnugError) return error.diagnostics;
    throw error;
  }
}

describe.each(weightFixtures)('$file', fixture => {
  const { file, scheme, options } = fixture;
  const read = { path: file, bytes: weightFixture(file) };

  test('gives the outputs of the tool that wrote it', async () => {
    const graph = mobilenetV2(options, await loadWeights(read));
    expect(graph.weights).toBe('file');
    const actual = runFloat(graph, valuesBeside(fixture, 'input'));
    expect(decibels(noiseOf(valuesBeside(fixture, 'output'), actual))).toBeGreaterThan(60);
  });

  test('is found to be of its scheme, and to hold no network', () => {
    const inspected = inspectWeights(read);
    expect(inspected.scheme).toBe(scheme);
    expect(inspected.conventions).toContain(scheme === 'keras.applications' ? 'epsilon 0.001' : 'epsilon 0.00001');
    expect(isWeightFile(read)).toBe(true);
  });

  test('another width and another number of classes are told by its own names', async () => {
    const wider = await problemsOf(file, { ...options, width: 0.5 });
    expect(wider.length).toBeGreaterThan(10);
    const own = inspectWeights(read).tensors;
    for (const { code, origin } of wider) expect([code, own.has(origin.tensor!)]).toEqual(['SNUG212', true]);
    const classes = await problemsOf(file, { ...options, classes: 7 });
    expect(classes.map(({ code }) => code)).toEqual(['SNUG212', 'SNUG212']);
  });

  test('blocks that it lacks are missing, and blocks that the network lacks are left over', async () => {
    const more = await problemsOf(file, {
      ...options,
      blocks: [
        [1, 16, 1, 1],
        [6, 24, 30, 2],
      ],
    });
    expect(more.some(({ code }) => code === 'SNUG210')).toBe(true);
    const fewer = await problemsOf(file, { ...options, blocks: [[1, 16, 1, 1]] });
    expect(fewer.some(({ code }) => code === 'SNUG211')).toBe(true);
  });

  test('what the configuration says wins over the conventions of its scheme', async () => {
    const graph = mobilenetV2({ ...options, epsilon: 0.5, padding: 'same' }, await loadWeights(read));
    const norm = graph.nodes.find(node => node.kind === 'batchNorm');
    expect(norm?.attributes).toEqual({ epsilon: 0.5 });
  });
});
