/** The network of MLPerf Tiny's visual wake words: MobileNetV1 0.25 over 96×96×3, two classes; with weights that do not matter. */
import type { Graph } from '../../src/graph/graph.ts';
import { RELU6, smallGraph } from './small-graphs.ts';

/** Strides and output channels of the depthwise separable layers. */
const LAYERS: readonly (readonly [stride: number, outputs: number])[] = [
  ...([
    [1, 16],
    [2, 32],
    [1, 32],
    [2, 64],
    [1, 64],
    [2, 128],
  ] as const),
  ...Array.from({ length: 5 }, () => [1, 128] as const),
  ...([
    [2, 256],
    [1, 256],
  ] as const),
];

export function visualWakeWords(): Graph<'float'> {
  const { builder, input, conv, depthwise, dense } = smallGraph([1, 96, 96, 3]);
  let map = conv('stem', input, { outputs: 8, stride: 2, activation: RELU6 });
  for (const [i, [stride, outputs]] of LAYERS.entries()) {
    const filtered = depthwise(`depthwise_${i + 1}`, map, { stride, activation: RELU6 });
    map = conv(`pointwise_${i + 1}`, filtered, { outputs, kernel: 1, activation: RELU6 });
  }
  const window = { kernel: [3, 3], stride: [3, 3], padding: 'valid' } as const;
  const pooled = builder.add('averagePool', 'pool', [map], { window, activation: null }, {});
  return builder.finish(dense('classifier', pooled, 2));
}
