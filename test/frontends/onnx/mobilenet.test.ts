import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Graph, inputShapes, tensorOf } from '../../../src/graph/graph.ts';
import { floatOperator } from '../../../src/ops/index.ts';
import { dataFile } from '../../support/data-folder.ts';
import { loadFloat } from '../../support/onnx-run.ts';

const path = dataFile('models/mobilenet_v2_1.0_224_float.onnx', 'the import of a published MobileNetV2');
const load = (resolution?: readonly [number, number]): Graph<'float'> =>
  loadFloat(readFileSync(path!), { file: path!, resolution });

function macsOf(graph: Graph<'float'>): number {
  return graph.nodes.reduce((sum, node) => {
    const output = tensorOf(graph, node.output).shape;
    return sum + floatOperator(node.kind).macs(node.attributes as never, inputShapes(graph, node), output);
  }, 0);
}

const KINDS = { conv2d: 36, depthwiseConv2d: 17, clamp: 35, add: 10, averagePool: 1, reshape: 1 };

test.runIf(path !== null)("Google's MobileNetV2 1.0-224 loads with its published work", () => {
  const graph = load();
  const kinds: Record<string, number> = {};
  for (const { kind } of graph.nodes) kinds[kind] = (kinds[kind] ?? 0) + 1;
  expect(kinds).toEqual(KINDS);
  expect(tensorOf(graph, graph.input).shape).toEqual([1, 224, 224, 3]);
  expect(tensorOf(graph, graph.output).shape).toEqual([1, 1001]);
  expect(macsOf(graph)).toBe(300_775_552);
});

test.runIf(path !== null)('it re-shapes to other resolutions', () => {
  const graph = load([96, 96]);
  expect(tensorOf(graph, graph.input).shape).toEqual([1, 96, 96, 3]);
  expect(tensorOf(graph, graph.output).shape).toEqual([1, 1001]);
  expect(macsOf(graph)).toBe(56_290_432);
  expect(tensorOf(load([97, 65]), graph.output).shape).toEqual([1, 1001]);
});
