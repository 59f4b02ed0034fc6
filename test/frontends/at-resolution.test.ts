/** Zeros in front of convolutions at another resolution than the file's: Keras layers, and graphs that TF.js converted. */
import { describe, expect, test } from 'vitest';
import { convertKeras } from '../../src/frontends/keras/convert.ts';
import { parseNetwork } from '../../src/frontends/keras/parse.ts';
import { namedStore } from '../../src/frontends/keras/weights.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { functionalModel, kerasLayer } from '../support/keras-model.ts';
import { attribute, tfInts, tfjsNetwork, tfNode, tfRamp } from '../support/tfjs-model.ts';

/** Zeros around each of two convolutions of stride 2, in pixels: before and behind. */
type Pads = readonly [readonly [number, number], readonly [number, number]];
type Resolution = readonly [number, number];

function fromKeras([first, second]: Pads, resolution?: Resolution): Graph<'float'> {
  const settings = { kernel_size: 3, strides: 2, use_bias: false, depth_multiplier: 1 };
  const model = functionalModel(
    [
      kerasLayer('ZeroPadding2D', 'pad_a', { padding: [first, first] }, [['x']]),
      kerasLayer('DepthwiseConv2D', 'a', settings, [['pad_a']]),
      kerasLayer('ZeroPadding2D', 'pad_b', { padding: [second, second] }, [['a']]),
      kerasLayer('DepthwiseConv2D', 'b', settings, [['pad_b']]),
    ],
    'b',
  );
  const weights = ['a', 'b'].map(layer => ({
    ...{ group: layer, name: `${layer}/depthwise_kernel` },
    ...{ shape: [3, 3, 4, 1], read: () => Float32Array.from({ length: 36 }, (_, i) => i - 18) },
  }));
  const store = namedStore(weights, 'net.json');
  return convertKeras(parseNetwork(model, 'net.json'), store, { file: 'net.json', resolution }).graph;
}

function fromTfjs([first, second]: Pads, resolution?: Resolution): Graph<'float'> {
  const strided = { strides: attribute.ints([1, 2, 2, 1]), padding: attribute.string('VALID') };
  const sides = (name: string, side: readonly [number, number]) => tfInts(name, [0, 0, ...side, ...side, 0, 0], [4, 2]);
  return tfjsNetwork(
    {
      input: [-1, 8, 8, 3],
      nodes: [
        tfNode('Pad', 'pad_a', ['x', 'sides_a']),
        tfNode('Conv2D', 'a', ['pad_a', 'wa'], strided),
        tfNode('Pad', 'pad_b', ['a', 'sides_b']),
        tfNode('Conv2D', 'b', ['pad_b', 'wb'], strided),
      ],
      weights: [
        ...[sides('sides_a', first), sides('sides_b', second)],
        ...[tfRamp('wa', [3, 3, 3, 2]), tfRamp('wb', [3, 3, 2, 2])],
      ],
      outputs: ['b'],
    },
    resolution,
  );
}

const shapeOf = ({ tensors, output }: Graph<'float'>): readonly number[] => tensors[output]!.shape.slice(1, 3);
const kindsOf = ({ nodes }: Graph<'float'>): readonly string[] =>
  nodes.map(node => (node.kind === 'pad' ? 'pad' : `${(node.attributes as { padding?: unknown }).padding}`));

describe.each([
  ['Keras', fromKeras],
  ['TF.js', fromTfjs],
] as const)('%s', (_, convert) => {
  const asSame = [
    [0, 1],
    [0, 1],
  ] as const;

  test('pads stay at the resolution of the file', () => {
    for (const resolution of [undefined, [8, 8]] as const) {
      const graph = convert(asSame, resolution);
      expect([kindsOf(graph), shapeOf(graph)]).toEqual([
        ['pad', 'valid', 'pad', 'valid'],
        [2, 2],
      ]);
    }
  });

  test('pads that are those of "same" follow another resolution', () => {
    const graph = convert(asSame, [9, 14]);
    // 9 rows become 5 and then 3; with the numbers of the file they would become 4 and then 2.
    expect([kindsOf(graph), shapeOf(graph)]).toEqual([
      ['same', 'same'],
      [3, 4],
    ]);
  });

  test('pads that are not keep their numbers, and do not keep others from following', () => {
    const graph = convert([asSame[0], [1, 1]], [9, 14]);
    expect([kindsOf(graph), shapeOf(graph)]).toEqual([
      ['same', 'pad', 'valid'],
      [3, 4],
    ]);
  });

  test('symmetric pads alone are no rule', () => {
    const graph = convert(
      [
        [2, 2],
        [1, 1],
      ],
      [10, 10],
    );
    // 5 rows at the size of the file, where "same" pads by 1 and 1 too.
    expect(kindsOf(graph)).toEqual(['pad', 'valid', 'pad', 'valid']);
  });
});
