import { describe, expect, test } from 'vitest';
import { type Graph, inputShapes, tensorOf } from '../../src/graph/graph.ts';
import { type MobilenetV2Options, mobilenetV2, scaledChannels } from '../../src/models/mobilenet-v2.ts';
import { seededParameters } from '../../src/models/parameter-source.ts';
import { floatOperator } from '../../src/ops/index.ts';
import { zeroParameters } from '../support/plain-networks.ts';
import { refusalOf } from '../support/refusal.ts';

const network = (options: MobilenetV2Options = {}): Graph<'float'> => mobilenetV2(options, zeroParameters());

function macsOf(graph: Graph<'float'>): number {
  return graph.nodes.reduce((sum, node) => {
    const output = tensorOf(graph, node.output).shape;
    return sum + floatOperator(node.kind).macs(node.attributes as never, inputShapes(graph, node), output);
  }, 0);
}

/** What training learns: a convolution before BatchNorm has no bias, and BatchNorm learns gamma and beta. */
function parametersOf(graph: Graph<'float'>): number {
  return graph.nodes.reduce((sum, node) => {
    if (node.kind === 'batchNorm') return sum + node.parameters.gamma.length + node.parameters.beta.length;
    if (node.kind === 'fullyConnected') return sum + node.parameters.weights.length + node.parameters.bias.length;
    return 'weights' in node.parameters ? sum + node.parameters.weights.length : sum;
  }, 0);
}

const shapeOf = (graph: Graph<'float'>, name: string) => graph.tensors.find(tensor => tensor.name === name)?.shape;

describe('published figures', () => {
  test('torchvision’s number of parameters', () => {
    expect(parametersOf(network())).toBe(3_504_872);
  });

  // TensorFlow's table, truncated to millions; 1001 classes as there.
  test.each([
    [1.4, { 224: 582 }],
    [1.3, { 224: 509 }],
    [1, { 224: 300, 192: 221, 160: 154, 128: 99, 96: 56 }],
    [0.75, { 224: 209, 192: 153, 160: 107, 128: 69, 96: 39 }],
    [0.5, { 224: 97, 192: 71, 160: 50, 128: 32, 96: 18 }],
    [0.35, { 224: 59, 192: 43, 160: 30, 128: 20, 96: 11 }],
  ])('multiply-adds at width %d: %j', (width, published) => {
    for (const [resolution, millions] of Object.entries(published)) {
      const graph = network({ width, resolution: Number(resolution), classes: 1001 });
      expect(Math.floor(macsOf(graph) / 1e6)).toBe(millions);
    }
  });

  test.each([
    [1.4, 6.06],
    [1.3, 5.34],
    [1, 3.47],
    [0.75, 2.61],
    [0.5, 1.95],
    [0.35, 1.66],
  ])('parameters at width %d: %d million', (width, millions) => {
    expect(Math.abs(parametersOf(network({ width, classes: 1001 })) / 1e6 - millions)).toBeLessThan(0.06);
  });
});

describe('padding', () => {
  test('PyTorch’s costs the same as TensorFlow’s at 224, and keeps every shape', () => {
    const [same, symmetric] = [network(), network({ padding: 'symmetric' })];
    expect(macsOf(symmetric)).toBe(macsOf(same));
    expect(symmetric.tensors).toEqual(same.tensors);
  });

  test('is on every side for PyTorch', () => {
    const stem = network({ padding: 'symmetric' }).nodes[0]!;
    expect(stem.attributes).toMatchObject({ padding: { top: 1, bottom: 1, left: 1, right: 1 } });
    expect(network().nodes[0]!.attributes).toMatchObject({ padding: 'same' });
  });
});

describe('width', () => {
  test.each([
    [32, 0.35, 16],
    [16, 0.35, 8],
    [24, 0.35, 8],
    [24, 0.5, 16],
    [96, 0.35, 32],
    [160, 0.35, 56],
    [1280, 1.4, 1792],
    [320, 1.3, 416],
    [24, 0.75, 24],
    [16, 1.4, 24],
  ])('%i channels at width %d are %i, in multiples of 8', (channels, width, expected) => {
    expect(scaledChannels(channels, width, 8)).toBe(expected);
  });

  test('the last convolution grows above width 1 and never shrinks', () => {
    expect(shapeOf(network({ width: 1.4 }), 'head')).toEqual([1, 7, 7, 1792]);
    expect(shapeOf(network({ width: 0.35 }), 'head')).toEqual([1, 7, 7, 1280]);
  });

  test('divisor 1 takes the multiplier literally', () => {
    expect([scaledChannels(24, 0.35, 1), scaledChannels(16, 0.01, 1)]).toEqual([8, 1]);
    const graph = network({ width: 0.35, channelDivisor: 1 });
    expect([shapeOf(graph, 'stem'), shapeOf(graph, 'block_4_project')]).toEqual([
      [1, 112, 112, 11],
      [1, 28, 28, 11],
    ]);
  });
});

describe('shapes', () => {
  test('the features end at [1, 7, 7, 1280], without pooling and classifier', () => {
    const graph = network({ head: 'features' });
    expect(tensorOf(graph, graph.output).shape).toEqual([1, 7, 7, 1280]);
    expect(graph.nodes.some(node => node.kind === 'fullyConnected' || node.kind === 'averagePool')).toBe(false);
  });

  test.each<[readonly [number, number], MobilenetV2Options['padding'], readonly [number, number]]>([
    [[32, 320], 'same', [1, 10]],
    [[33, 47], 'same', [2, 2]],
    [[33, 47], 'symmetric', [2, 2]],
    [[96, 65], 'same', [3, 3]],
  ])('a picture of %j with %s padding gives a map of %j', (resolution, padding, map) => {
    const graph = network({ resolution, width: 0.35, ...(padding && { padding }) });
    expect(shapeOf(graph, 'head')).toEqual([1, ...map, 1280]);
    expect(tensorOf(graph, graph.output).shape).toEqual([1, 1000]);
  });

  test('grey pictures and other classes', () => {
    const graph = network({ channels: 1, classes: 7, width: 0.35, resolution: 48 });
    expect(tensorOf(graph, graph.input).shape).toEqual([1, 48, 48, 1]);
    expect(tensorOf(graph, graph.output).shape).toEqual([1, 7]);
  });
});

describe('blocks', () => {
  test('table 2 gives 17 blocks, 10 of them residual, and 53 layers with weights', () => {
    const { nodes } = network();
    const count = (kind: string) => nodes.filter(node => node.kind === kind).length;
    expect([count('add'), count('depthwiseConv2d'), count('conv2d'), count('fullyConnected')]).toEqual([10, 17, 35, 1]);
  });

  test('other rows take its place', () => {
    const graph = network({
      blocks: [
        [1, 16, 1, 2],
        [4, 16, 2, 1],
      ],
      resolution: 32,
      classes: 5,
    });
    expect(graph.nodes.map(node => node.name).filter(name => !/_(bn|relu6)$/.test(name))).toEqual([
      'stem',
      'block_1_depthwise',
      'block_1_project',
      'block_2_expand',
      'block_2_depthwise',
      'block_2_project',
      'block_2_add',
      'block_3_expand',
      'block_3_depthwise',
      'block_3_project',
      'block_3_add',
      'head',
      'pool',
      'flatten',
      'classifier',
    ]);
    expect(shapeOf(graph, 'block_2_expand')).toEqual([1, 8, 8, 64]);
  });
});

test('names', () => {
  expect(network({ width: 0.35, resolution: 96 }).name).toBe('mbv2_035_96');
  expect(network({ width: 1.4, resolution: [32, 320] }).name).toBe('mbv2_140_32x320');
  expect(network({ resolution: 32, width: 0.35, name: 'mine' }).name).toBe('mine');
});

test.each<[string, MobilenetV2Options]>([
  ['width', { width: 0 }],
  ['width', { width: Number.NaN }],
  ['width', { width: Infinity }],
  ['resolution', { resolution: 31 }],
  ['resolution', { resolution: [224, 32.5] }],
  ['classes', { classes: 0 }],
  ['classes', { classes: 1.5 }],
  ['channels', { channels: 2 as 3 }],
  ['channelDivisor', { channelDivisor: 4 as 8 }],
  ['blocks', { blocks: [] }],
  ['blocks', { blocks: [[1, 16, 0, 1]] }],
  ['blocks', { blocks: [[1, 16, 1] as unknown as [1, 1, 1, 1]] }],
  ['epsilon', { epsilon: -1 }],
  ['epsilon', { epsilon: Number.NaN }],
  ['epsilon', { epsilon: Infinity }],
])('an invalid %s is refused: %j', (name, options) => {
  const { code, message } = refusalOf(() => network(options));
  expect(code).toBe('SNUG303');
  expect(message.startsWith(name)).toBe(true);
});

test('a block of expansion 1 expands where the source or the caller says so', () => {
  const small = { width: 0.1, resolution: 32, classes: 2 };
  const expands = (options: MobilenetV2Options, source = seededParameters(1)): boolean =>
    mobilenetV2({ ...small, ...options }, source).nodes.some(({ name }) => name === 'block_1_expand');
  const gluon = { ...seededParameters(1), conventions: { unitExpansion: true } };
  expect([expands({}), expands({ unitExpansion: true }), expands({}, gluon)]).toEqual([false, true, true]);
  expect(expands({ unitExpansion: false }, gluon)).toBe(false);
});
