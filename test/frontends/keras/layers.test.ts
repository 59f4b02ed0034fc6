import { describe, expect, test } from 'vitest';
import { convertKeras } from '../../../src/frontends/keras/convert.ts';
import { parseNetwork } from '../../../src/frontends/keras/parse.ts';
import { namedStore } from '../../../src/frontends/keras/weights.ts';
import { tensorOf } from '../../../src/graph/graph.ts';
import { runFloat } from '../../../src/interpreter/run-float.ts';
import { functionalModel, kerasLayer } from '../../support/keras-model.ts';
import { refusalOf } from '../../support/refusal.ts';

type Weights = Readonly<Record<string, readonly number[]>>;

/** Weights by name and shape, each filled with one value. */
function convert(configuration: unknown, weights: Weights = {}, fill = 0.5) {
  const tensors = Object.entries(weights).map(([name, shape]) => ({
    group: null,
    name,
    shape,
    read: () => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill),
  }));
  return convertKeras(parseNetwork(configuration, 'net.json'), namedStore(tensors, 'net.json'), { file: 'net.json' });
}

const one = (className: string, config: object, inputs: readonly string[] = ['x']) =>
  functionalModel([kerasLayer(className, 'layer', { ...config }, [inputs])], 'layer');
const conv = (config: object) => one('Conv2D', { filters: 4, kernel_size: [1, 1], use_bias: false, ...config });
const KERNEL = { 'layer/kernel': [1, 1, 4, 4] };

describe('a layer that snug cannot express is named with the reason', () => {
  test.each<[string, string, object, string]>([
    ['an unknown layer', 'LayerNormalization', {}, 'Conv2D, DepthwiseConv2D'],
    ['channels first', 'Conv2D', { filters: 4, kernel_size: 1, data_format: 'channels_first' }, 'channels_last'],
    ['dilation', 'Conv2D', { filters: 4, kernel_size: 3, dilation_rate: [2, 2] }, 'dilation_rate is 2×2'],
    ['another activation', 'Conv2D', { filters: 4, kernel_size: 1, use_bias: false, activation: 'swish' }, 'swish'],
    ['a leaky ReLU', 'ReLU', { negative_slope: 0.1 }, 'negative_slope is 0.1'],
    ['a shifted ReLU', 'ReLU', { threshold: 1 }, 'threshold is 1'],
    ['a normalization along height', 'BatchNormalization', { axis: 1 }, 'its axis is 1'],
    ['a softmax along height', 'Softmax', { axis: 1 }, 'its axis is 1'],
    ['a sum of one', 'Add', {}, 'it has no constant operand'],
    ['a shape of rank 3', 'Reshape', { target_shape: [8, 32] }, 'target_shape'],
    ['other padding', 'AveragePooling2D', { padding: 'causal' }, 'padding is causal'],
    ['a foreign operation', 'TFOpLambda', { function: 'nn.gelu' }, 'its function is nn.gelu'],
  ])('%s', (_, className, config, reason) => {
    const diagnostic = refusalOf(() => convert(one(className, config), KERNEL));
    expect(diagnostic).toMatchObject({ code: 'SNUG203', origin: { file: 'net.json', layer: 'layer' } });
    expect(`${diagnostic.message} ${diagnostic.hint}`).toContain(reason);
  });
});

test('settings of the wrong type are damage', () => {
  for (const config of [
    { filters: 'many' },
    { strides: [0, 1] },
    { groups: -1 },
    { use_bias: 3 },
    { kernel_size: null },
  ]) {
    expect(refusalOf(() => convert(conv(config), KERNEL))).toMatchObject({
      code: 'SNUG202',
      origin: { layer: 'layer' },
    });
  }
  expect(refusalOf(() => convert(conv({ groups: 3 }), KERNEL))).toMatchObject({ code: 'SNUG301' });
});

test('weights that are missing, of another shape or not finite are named', () => {
  const refused = (weights: Weights, fill?: number) => refusalOf(() => convert(conv({}), weights, fill));
  expect(refused({})).toMatchObject({ code: 'SNUG210', origin: { tensor: 'layer/kernel' } });
  expect(refused({ 'layer/kernel': [3, 3, 4, 4] })).toMatchObject({ code: 'SNUG212', origin: { layer: 'layer' } });
  expect(refused(KERNEL, Number.NaN)).toMatchObject({ code: 'SNUG214' });
});

test('absurd sizes are refused before anything is made', () => {
  const huge = { 'layer/kernel': [1, 1, 4, 2 ** 30] };
  expect(refusalOf(() => convert(conv({ filters: 2 ** 30 }), huge))).toMatchObject({ code: 'SNUG204' });
  const padded = one('ZeroPadding2D', { padding: 2 ** 30 });
  expect(refusalOf(() => convert(padded))).toMatchObject({ code: 'SNUG204' });
  const input = functionalModel([], 'x', [null, 2 ** 20, 2 ** 20, 3]);
  expect(refusalOf(() => convert(input))).toMatchObject({ code: 'SNUG204' });
});

describe('activations in all forms that Keras writes', () => {
  const serialized = { module: 'builtins', class_name: 'function', config: 'relu6', registered_name: 'function' };
  const layer = { module: 'keras.layers', class_name: 'ReLU', config: { name: 're_lu', max_value: 6.0 } };
  test.each([['relu6'], [serialized], [layer]])('%j', activation => {
    const { graph } = convert(conv({ activation }), KERNEL);
    expect(graph.nodes.map(({ kind }) => kind)).toEqual(['conv2d', 'clamp']);
    expect(graph.nodes[1]?.attributes).toEqual({ min: 0, max: 6 });
  });
});

test('scaling by constants is one depthwise layer, whatever it is made of', () => {
  const steps = [
    kerasLayer('Rescaling', 'a', { scale: 2, offset: 1 }, [['x']]),
    {
      ...kerasLayer('TFOpLambda', 'b', { function: 'math.truediv' }),
      inbound_nodes: [['a', 0, 0, { y: 4, name: null }]],
    },
    {
      ...kerasLayer('TFOpLambda', 'c', { function: 'math.subtract' }),
      inbound_nodes: [['b', 0, 0, { y: [1, 2, 3, 4] }]],
    },
    kerasLayer('ReLU', 'd', {}, [['c']]),
  ];
  const { graph } = convert(functionalModel(steps, 'd', [null, 1, 1, 4]));
  expect(graph.nodes.map(({ kind }) => kind)).toEqual(['depthwiseConv2d', 'clamp']);
  expect([...runFloat(graph, Float32Array.of(10, 20, 30, 3))]).toEqual([4.25, 8.25, 12.25, 0]);
  const divided = {
    ...kerasLayer('TrueDivide', 'a'),
    inbound_nodes: [
      { args: [1, { class_name: '__keras_tensor__', config: { keras_history: ['x', 0, 0] } }], kwargs: {} },
    ],
  };
  expect(refusalOf(() => convert(functionalModel([divided], 'a'))).message).toContain('first operand is a constant');
});

test('layers that act in training only leave no trace', () => {
  const steps = [
    kerasLayer('Dropout', 'a', { rate: 0.5 }, [['x']]),
    kerasLayer('GaussianNoise', 'b', {}, [['a']]),
    kerasLayer('RandomFlip', 'c', {}, [['b']]),
    kerasLayer('Flatten', 'd', {}, [['c']]),
  ];
  const { graph } = convert(functionalModel(steps, 'd'));
  expect(graph.nodes.map(({ kind }) => kind)).toEqual(['reshape']);
  expect(tensorOf(graph, graph.output).shape).toEqual([1, 256]);
  expect(refusalOf(() => convert(functionalModel(steps.slice(0, 3), 'c')))).toMatchObject({ code: 'SNUG202' });
});
