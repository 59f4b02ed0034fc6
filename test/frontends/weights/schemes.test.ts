/** Names that no fixture has: those of GluonCV, of tf.keras, and layers that Keras only counts. */
import { expect, test } from 'vitest';
import type { StoredTensor, StoredTensors } from '../../../src/formats/stored-tensor.ts';
import { countedLayers } from '../../../src/frontends/weights/keras-counted.ts';
import { gluon } from '../../../src/frontends/weights/schemes/gluon.ts';
import { schemeOf } from '../../../src/frontends/weights/schemes/index.ts';
import { keras } from '../../../src/frontends/weights/schemes/keras.ts';
import type { Constants, NamingScheme } from '../../../src/frontends/weights/schemes/scheme.ts';
import { StateDict } from '../../../src/frontends/weights/state-dict.ts';

const tensor = (...shape: readonly number[]): StoredTensor => ({
  dtype: 'F32',
  shape,
  floats: () => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
});

function constantsOf(
  scheme: NamingScheme,
  content: Readonly<Record<string, StoredTensor>>,
): Constants & { finish(): void } {
  const names = new Set(Object.keys(content));
  const dict = new StateDict('w', new Map(Object.entries(content)), '');
  return { ...scheme.constants(dict, names), finish: () => dict.finish() };
}

test.each<[string, string, string]>([
  ['module.features.0.0.weight', 'torchvision', 'module.'],
  ['net.conv_stem.weight', 'timm', 'net.'],
  ['mobilenetv20_features_conv0_weight', 'GluonCV', 'mobilenetv20_'],
  ['bn_Conv1/gamma', 'keras.applications', ''],
])('%s is a name of %s', (name, scheme, prefix) => {
  const tensors: StoredTensors = new Map([[name, tensor(1)]]);
  const found = schemeOf(tensors.keys());
  expect([found?.scheme.name, found?.prefix]).toEqual([scheme, prefix]);
});

test('a name that merely ends like one is none', () => {
  expect(schemeOf(['myfeatures.0.0.weight'])).toBeNull();
});

test('GluonCV’s classifier is a convolution without bias', () => {
  const constants = constantsOf(gluon, { output_pred_weight: tensor(2, 3, 1, 1) });
  const { weights, bias } = constants.linear('classifier.1', 2, 3);
  expect([...weights, ...bias]).toEqual([0, 1, 2, 3, 4, 5, 0, 0]);
  constants.finish();
});

test('GluonCV’s first block expands where the file has the convolution', () => {
  const norm = (name: string) =>
    Object.fromEntries(
      ['gamma', 'beta', 'running_mean', 'running_var'].map(ending => [`${name}_${ending}`, tensor(2)]),
    );
  const content = {
    features_linearbottleneck0_conv0_weight: tensor(2, 2, 1, 1),
    features_linearbottleneck0_conv1_weight: tensor(2, 1, 1, 1),
    features_linearbottleneck0_conv2_weight: tensor(2, 2, 1, 1),
    ...norm('features_linearbottleneck0_batchnorm2'),
  };
  expect(gluon.conventions(new Set(Object.keys(content))).unitExpansion).toBe(true);
  const constants = constantsOf(gluon, content);
  const shape = { outputChannels: 2, kernel: [1, 1], inputChannels: 2 } as const;
  constants.convolution('features.1.conv.0.0', shape);
  constants.depthwise('features.1.conv.1.0', [1, 1], 2);
  constants.convolution('features.1.conv.2', shape);
  constants.batchNorm('features.1.conv.3', 2);
  constants.finish();
  expect(gluon.conventions(new Set()).unitExpansion).toBe(false);
});

test('Keras: layouts are channels last, depthwise weights have a name of their own in tf.keras', () => {
  const constants = constantsOf(keras, {
    'Conv1/kernel': tensor(1, 2, 3, 2),
    'expanded_conv_depthwise/depthwise_kernel': tensor(1, 2, 2, 1),
    'block_2_project/kernel': tensor(1, 1, 1, 1),
    'top/kernel': tensor(3, 2),
    'top/bias': tensor(2),
  });
  const stem = constants.convolution('features.0.0', { outputChannels: 2, kernel: [1, 2], inputChannels: 3 });
  expect([...stem]).toEqual([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
  expect([...constants.depthwise('features.1.conv.0.0', [1, 2], 2)]).toEqual([0, 1, 2, 3]);
  constants.convolution('features.3.conv.2', { outputChannels: 1, kernel: [1, 1], inputChannels: 1 });
  const { weights, bias } = constants.linear('classifier.1', 2, 3);
  expect([...weights, ...bias]).toEqual([0, 2, 4, 1, 3, 5, 0, 1]);
  constants.finish();
});

test('Keras 3.0 to 3.6 count layers, which are MobileNetV2’s if there are as many of each class', () => {
  const counted = (kind: string, count: number): readonly string[] =>
    Array.from({ length: count }, (_, i) => `layers/functional/layers/${kind}${i === 0 ? '' : `_${i}`}`);
  const groups = [
    ...counted('conv2d', 7),
    ...counted('batch_normalization', 10),
    ...counted('depthwise_conv2d', 3),
    'layers/dense',
  ];
  const names = countedLayers(groups);
  const nameOf = (group: string): string | undefined => names.get(`layers/functional/layers/${group}`);
  expect(['conv2d', 'conv2d_1', 'conv2d_4', 'conv2d_5', 'conv2d_6'].map(nameOf)).toEqual([
    'Conv1',
    'expanded_conv_project',
    'block_2_expand',
    'block_2_project',
    'Conv_1',
  ]);
  expect(['', '_1', '_2', '_3', '_9'].map(count => nameOf(`batch_normalization${count}`))).toEqual([
    'bn_Conv1',
    'expanded_conv_depthwise_BN',
    'expanded_conv_project_BN',
    'block_1_expand_BN',
    'Conv_1_bn',
  ]);
  expect(['depthwise_conv2d', 'depthwise_conv2d_2'].map(nameOf)).toEqual([
    'expanded_conv_depthwise',
    'block_2_depthwise',
  ]);
  expect(countedLayers(groups.slice(1)).size).toBe(0);
});
