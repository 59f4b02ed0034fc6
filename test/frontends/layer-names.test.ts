import { expect, test } from 'vitest';
import { graphName, layerNamer, sanitized } from '../../src/frontends/layer-names.ts';

test('names keep letters, digits and underscores', () => {
  expect(sanitized('/features/features.0/Conv')).toBe('features_features_0_Conv');
  expect(sanitized('//.:')).toBeNull();
  expect(sanitized('a'.repeat(1000))).toHaveLength(80);
});

test('every layer has a name of its own, which begins with no digit', () => {
  const nameLayer = layerNamer();
  const names = [['a'], ['a'], ['', 'b'], ['7'], ['::'], ['a_2'], ['a']].map(candidates =>
    nameLayer(candidates, 'Conv'),
  );
  expect(names).toEqual(['a', 'a_2', 'b', 'Conv_7', 'Conv', 'a_2_2', 'a_3']);
  expect(nameLayer([], '')).toBe('layer');
});

test.each([
  ['models/net.onnx', ['.onnx'], undefined, 'net'],
  ['C:\\models\\My Net.v2.TFLITE', ['.tflite', '.lite'], undefined, 'My_Net_v2'],
  ['net.bin', ['.onnx'], undefined, 'net_bin'],
  ['web/mobilenet/model.json', ['.json'], 'mobilenet', 'mobilenet'],
  ['model.json', ['.json'], '', 'model'],
  ['net.json', ['.json'], 'folder', 'net'],
  ['.onnx', ['.onnx'], undefined, 'network'],
])('the network in %s', (file, extensions, instead, name) => {
  expect(graphName(file, extensions, instead)).toBe(name);
});
