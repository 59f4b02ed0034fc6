import { expect, test } from 'vitest';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { foldGraph } from '../../src/passes/index.ts';
import { largestDifference, normals } from '../support/operators.ts';

const float = mobilenetV2({ width: 0.35, resolution: 32, classes: 10 });

test('passes run in order, each observed', () => {
  const seen: string[] = [];
  foldGraph(float, { softmax: true }, (pass, graph) => seen.push(`${pass} ${graph.stage}`));
  expect(seen).toEqual([
    'remove-unused float',
    'fold-batch-norm folded',
    'fold-pads folded',
    'fuse-activations folded',
    'append-softmax folded',
  ]);
});

test('MobileNetV2 comes down to its 52 convolutions, 10 additions, pooling and classifier', () => {
  const { nodes } = foldGraph(float, { softmax: false });
  const count = (kind: string) => nodes.filter(node => node.kind === kind).length;
  expect([count('conv2d'), count('depthwiseConv2d'), count('add')]).toEqual([35, 17, 10]);
  expect([count('averagePool'), count('reshape'), count('fullyConnected'), nodes.length]).toEqual([1, 1, 1, 65]);
  const activations = nodes.map(node => [
    node.name,
    'activation' in node.attributes && node.attributes.activation !== null,
  ]);
  const clamped = activations.filter(([, clamps]) => clamps).map(([name]) => String(name).replace(/block_\d+_/, ''));
  expect(new Set(clamped)).toEqual(new Set(['stem', 'expand', 'depthwise', 'head']));
});

test('computes the same', () => {
  const input = normals([1, 32, 32, 3], 3).data;
  const [before, after] = [runFloat(float, input), runFloat(foldGraph(float, { softmax: false }), input)];
  const largest = Math.max(...before.map(Math.abs));
  expect(largestDifference(after, before)).toBeLessThan(1e-5 * largest);
});
