/** Figures of networks before they are compiled, against the paper's and torchvision's. */
import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { inspectGraph, trainableParameters } from '../../src/report/inspection.ts';
import { zeroParameters } from '../support/plain-networks.ts';

/** Channels by the rule of the reference implementations: the nearest multiple of 8 that is not 10 % below. */
function channels(count: number, width: number): number {
  const nearest = Math.max(8, 8 * Math.floor((count * width) / 8 + 0.5));
  return nearest < 0.9 * count * width ? nearest + 8 : nearest;
}

/** Parameters and MACs by the formulas of the paper's section 3.1 over the rows of its table 2, for 224×224 and 1000 classes. */
function countsOf(width: number): { readonly parameters: number; readonly macs: number } {
  let [side, depth, parameters, macs] = [112, channels(32, width), 0, 0];
  const layer = (weights: number, outputs: number): void => {
    parameters += weights + 2 * outputs;
    macs += side * side * weights;
  };
  layer(27 * depth, depth);
  for (const [t, c, n, s] of [
    ...[
      [1, 16, 1, 1],
      [6, 24, 2, 2],
      [6, 32, 3, 2],
      [6, 64, 4, 2],
      [6, 96, 3, 1],
      [6, 160, 3, 2],
      [6, 320, 1, 1],
    ],
  ] as [number, number, number, number][]) {
    for (let repetition = 0; repetition < n; repetition += 1) {
      const [hidden, output] = [t * depth, channels(c, width)];
      if (t > 1) layer(depth * hidden, hidden);
      side /= repetition === 0 ? s : 1;
      layer(9 * hidden, hidden);
      layer(hidden * output, output);
      depth = output;
    }
  }
  const last = channels(1280, Math.max(1, width));
  layer(depth * last, last);
  return { parameters: parameters + 1000 * (last + 1), macs: macs + 1000 * last };
}

test('the counts of this file are those that are published', () => {
  expect(countsOf(1)).toEqual({ parameters: 3_504_872, macs: 300_774_272 });
  // Paper, table 4: 6.9 M parameters and 585 M MACs, without the rounding to multiples of 8.
  expect(countsOf(1.4).parameters).toBe(6_108_776);
  expect(countsOf(1.4).macs / 585e6).toBeCloseTo(1, 1);
});

test.each([0.35, 0.75, 1, 1.4])('MobileNetV2 %f at 224', width => {
  const { parameters, macs, layers, weightsBytes } = inspectGraph(mobilenetV2({ width }, zeroParameters()));
  expect({ parameters, macs }).toEqual(countsOf(width));
  expect(macs).toBe(layers.reduce((sum, layer) => sum + layer.macs, 0));
  expect(weightsBytes).toBe(layers.reduce((sum, layer) => sum + layer.weightsBytes, 0));
});

describe('what counts as a parameter', () => {
  const convolution = {
    outputChannels: 4,
    kernel: [1, 1],
    stride: [1, 1],
    padding: 'same',
    groups: 1,
    activation: null,
  } as const;
  const parameters = { weights: new Float32Array(12), bias: new Float32Array(4) };

  test('a bias, unless BatchNorm follows and brings its own two', () => {
    const plain = graphBuilder('plain', 'file');
    const alone = plain.finish(plain.add('conv2d', 'c', [plain.input('x', [1, 4, 4, 3])], convolution, parameters));
    expect(trainableParameters(alone)).toBe(12 + 4);

    const builder = graphBuilder('normalized', 'file');
    const c = builder.add('conv2d', 'c', [builder.input('x', [1, 4, 4, 3])], convolution, parameters);
    const ones = (): Float32Array => new Float32Array(4).fill(1);
    const statistics = { gamma: ones(), beta: ones(), mean: ones(), variance: ones() };
    const normalized = builder.finish(builder.add('batchNorm', 'n', [c], { epsilon: 1e-5 }, statistics));
    expect(trainableParameters(normalized)).toBe(12 + 8);
    // Folding leaves one bias a channel, and int8 weights carry bias, multiplier and shift of four bytes each.
    expect(inspectGraph(normalized).layers).toEqual([
      {
        name: 'c',
        operator: 'conv2d',
        output: [1, 4, 4, 4],
        parameters: 12 + 4,
        macs: 16 * 12,
        weightsBytes: 12 + 12 * 4,
        outputBytes: 64,
      },
    ]);
  });
});
