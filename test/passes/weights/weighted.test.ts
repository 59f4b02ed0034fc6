import { describe, expect, test } from 'vitest';
import {
  groupOf,
  inputChannelOf,
  isWeighted,
  rowLayout,
  rowsOf,
  storeRows,
} from '../../../src/passes/weights/weighted.ts';
import { depthwise, grouped, type Wiring } from '../../support/naive-convolution.ts';
import { foldedOf, LAYERS, weightedOf } from '../../support/quantization.ts';
import { smallGraph } from '../../support/small-graphs.ts';

interface Expected {
  readonly wiring: Wiring;
  readonly kernel: readonly [number, number];
  readonly groups: number;
}

/** Which inputs and weights each output is made of, by the definition of a convolution. */
const EXPECTED: Readonly<Record<string, Expected>> = {
  'conv 3×3, stride 2': { wiring: grouped(4, 5, 1, [3, 3]), kernel: [3, 3], groups: 1 },
  'conv 1×1': { wiring: grouped(4, 7, 1, [1, 1]), kernel: [1, 1], groups: 1 },
  'conv 3×2 in two groups': { wiring: grouped(4, 6, 2, [3, 2]), kernel: [3, 2], groups: 2 },
  'depthwise 3×3': { wiring: depthwise(4, 1, [3, 3]), kernel: [3, 3], groups: 4 },
  'depthwise 3×3, multiplier 2': { wiring: depthwise(4, 2, [3, 3]), kernel: [3, 3], groups: 4 },
  'fully connected on a map': { wiring: grouped(6 * 5 * 4, 3, 1, [1, 1]), kernel: [1, 1], groups: 1 },
};

test('every layout has its expectation', () => {
  expect(Object.keys(LAYERS)).toEqual(Object.keys(EXPECTED));
});

describe.each(Object.entries(LAYERS))('%s', (name, graph) => {
  const { wiring, kernel, groups } = EXPECTED[name]!;
  const node = weightedOf(graph, 'layer');
  const layout = rowLayout(graph, node);
  const rows = rowsOf(node, layout);

  test('each row holds the weights of its output, window by window', () => {
    const depth = wiring.sees(0).length;
    expect(layout).toMatchObject({ outputs: wiring.outputChannels, groups, channels: depth });
    expect(layout.dimension).toBe(kernel[0] * kernel[1] * depth);
    for (let o = 0; o < layout.outputs; o += 1) {
      for (let i = 0; i < kernel[0]; i += 1) {
        for (let j = 0; j < kernel[1]; j += 1) {
          wiring.sees(o).forEach((channel, c) => {
            const element = (i * kernel[1] + j) * depth + c;
            expect(rows[o * layout.dimension + element]).toBe(node.parameters.weights[wiring.weightIndex(o, i, j, c)]);
            expect(inputChannelOf(layout, o, element)).toBe(channel);
          });
        }
      }
    }
  });

  test('outputs of one group see the same channels', () => {
    for (let o = 0; o < layout.outputs; o += 1) {
      for (let p = 0; p < layout.outputs; p += 1) {
        expect(groupOf(layout, o) === groupOf(layout, p)).toBe(wiring.sees(o)[0] === wiring.sees(p)[0]);
      }
    }
  });

  test('rows go back to where they were', () => {
    const { weights } = node.parameters;
    expect(storeRows(rows, layout, new Float32Array(weights.length))).toEqual(weights);
    const integers = rows.map((_, i) => (i % 255) - 127);
    const stored = storeRows(integers, layout, new Int8Array(integers.length));
    expect(rowsOf({ ...node, parameters: { ...node.parameters, weights: Float32Array.from(stored) } }, layout)).toEqual(
      integers,
    );
  });
});

test('layers with weights are known from others', () => {
  const small = smallGraph();
  const graph = foldedOf(small, small.add('sum', small.conv('conv', small.input), small.input));
  expect(graph.nodes.map(isWeighted)).toEqual([true, false]);
  expect(isWeighted(undefined)).toBe(false);
});
