import { expect, test } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import { printGraph } from '../../src/graph/print.ts';
import { quantizePlainly } from '../support/plain-networks.ts';

function sample() {
  const builder = graphBuilder('sample', 'seeded');
  const input = builder.input('image', [1, 2, 2, 1]);
  const convolved = builder.add(
    'conv2d',
    'conv',
    [input],
    {
      kernel: [1, 1],
      stride: [1, 1],
      padding: 'same',
      outputChannels: 2,
      groups: 1,
      activation: { min: 0, max: Infinity },
    },
    { weights: Float32Array.of(1, -0.5), bias: Float32Array.of(0, 0.25) },
  );
  const sum = builder.add('add', 'sum', [convolved, convolved], { activation: null }, {});
  return builder.finish(builder.add('reshape', 'flat', [sum], { shape: [1, 8] }, {}));
}

test('a float graph', () => {
  expect(printGraph(sample())).toBe(
    [
      'graph sample (float, weights seeded)',
      '  input %0 1×2×2×1',
      '  %1 1×2×2×2 = conv2d "conv" (%0) {kernel: [1, 1], stride: [1, 1], padding: same, outputChannels: 2, groups: 1, ' +
        'activation: {min: 0, max: Infinity}} {weights: Float32Array[2]#272ec895, bias: Float32Array[2]#8ca426db}',
      '  %2 1×2×2×2 = add "sum" (%1, %1) {activation: null}',
      '  %3 1×8 = reshape "flat" (%2) {shape: [1, 8]}',
      '  output %3',
      '',
    ].join('\n'),
  );
});

test('a quantized graph carries quantizations and integer tables', () => {
  const lines = printGraph(quantizePlainly(sample())).split('\n');
  expect(lines[0]).toBe('graph sample (quantized, weights seeded)');
  expect(lines[1]).toBe('  input %0 1×2×2×1 quantization {scale: 0.00784313725490196, zeroPoint: -1}');
  expect(lines[2]).toContain('weights: Int8Array[2]#');
  expect(lines[2]).toContain('activation: {min: -1, max: 127}}');
});

test('one changed weight changes the text', () => {
  const graph = sample();
  const [conv, ...rest] = graph.nodes;
  const parameters = { weights: Float32Array.of(1, -0.5000001), bias: Float32Array.of(0, 0.25) };
  const changed = { ...graph, nodes: [{ ...conv!, parameters } as typeof conv & object, ...rest] };
  expect(printGraph(changed)).not.toBe(printGraph(graph));
});
