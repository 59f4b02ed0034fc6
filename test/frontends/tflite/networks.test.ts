import { describe, expect, test } from 'vitest';
import { loadTflite } from '../../../src/frontends/tflite/index.ts';
import { runInt8 } from '../../../src/interpreter/run-int8.ts';
import { elementsOf } from '../../../src/ir/shape.ts';
import { quantizedGraph } from '../../support/tflite-fixture.ts';
import { act, chain, legacy, rescales } from '../../support/tflite-networks.ts';
import { type ModelSpec, tfliteModel } from '../../support/tflite-writer.ts';

type Weights = { readonly weights: Int8Array; readonly weightScales: Float64Array };

const graphOf = (spec: ModelSpec) => quantizedGraph(tfliteModel(spec), 'small.tflite');

function outputOf(spec: ModelSpec): number[] {
  const graph = graphOf(spec);
  const length = elementsOf(graph.tensors[graph.input]!.shape);
  return [
    ...runInt8(
      graph,
      Int8Array.from({ length }, (_, i) => ((i * 89 + 31) % 256) - 128),
    ),
  ];
}

const THREES = [3, 7, 3];
const SIXES = [3, 6, 3];
const FOURS = [3, 4, 7];

// Outputs of TensorFlow Lite 2.21, reference kernels, for the same files and inputs.
test.each<[string, ModelSpec, readonly number[]]>([
  ['convolutions, MEAN without dimensions, FULLY_CONNECTED without bias', chain(), [-21, -2, -11, -32, 16]],
  ['the same over an odd map', chain([1, 5, 7, 3]), [-15, 1, -12, -8, -2]],
  [
    'changes of scale and bounds that are ties',
    rescales(),
    [...Array(5).fill(THREES).flat(), ...Array(8).fill(SIXES).flat(), ...Array(3).fill(FOURS).flat()],
  ],
  ['uint8 with weights around 128', legacy(128), [8, -2, -10, -65, -34]],
  ['uint8 with weights around 100', legacy(100), [-59, 2, -34, -56, -15]],
])('%s', (_, spec, expected) => {
  expect(outputOf(spec)).toEqual(expected);
});

test('integers and scales are those of the file', () => {
  const [convolution] = graphOf(chain()).nodes;
  if (convolution?.kind !== 'conv2d') throw new Error('expected a convolution');
  const { weights, bias, weightScales, activation } = convolution.parameters;
  const { tensors } = chain();
  expect([...weights]).toEqual(tensors[1]!.data);
  expect([...bias]).toEqual(tensors[2]!.data);
  expect([...weightScales]).toEqual(tensors[1]!.scales!.map(Math.fround));
  // RELU6 with scale 0.1 and zero point −3.
  expect(activation).toEqual({ min: -3, max: 57 });
});

test('bounds of a fused activation round as TensorFlow Lite does: ties away from zero', () => {
  const convolution = graphOf(rescales()).nodes[2];
  // −1 / 0.4 is −2.5, and the zero point is 2.
  expect(convolution?.parameters).toMatchObject({ activation: { min: -1, max: 5 } });
});

describe('uint8 networks', () => {
  test('activations lose 128, weights around 128 too, and both are exact', () => {
    const graph = graphOf(legacy(128));
    const [convolution] = graph.nodes;
    expect(graph.tensors[graph.input]).toMatchObject({ quantization: { scale: 0.0078125, zeroPoint: 0 } });
    expect([...(convolution as { parameters: { weights: Int8Array } }).parameters.weights]).toEqual(
      legacy(128).tensors[1]!.data!.map(value => value - 128),
    );
    expect(loadTflite(tfliteModel(legacy(128)), { file: 'a' }).notes.join()).not.toContain('new scales');
  });

  test('weights around another value have new scales for the channels that need them, and a note says so', () => {
    const { graph, notes } = loadTflite(tfliteModel(legacy(100)), { file: 'a' });
    expect(notes.at(-1)).toContain('the weights of 2 layers were uint8');
    const [convolution, , , dense] = graph.nodes as unknown as { parameters: Weights }[];
    const scales = convolution!.parameters.weightScales;
    expect(Math.max(...scales)).toBeGreaterThan(Math.fround(0.013));
    for (const { parameters } of [convolution!, dense!]) {
      expect(Math.max(...parameters.weights.map(Math.abs))).toBeLessThanOrEqual(127);
    }
  });
});

test('views: RESHAPE and SQUEEZE become layers where an operator needs the shape', () => {
  const list = (shape: readonly number[]) => ({ list: shape });
  const graph = graphOf({
    tensors: [
      act('x', [1, 1, 1, 6]),
      act('s', [1, 6]),
      act('r', [1, 1, 2, 3]),
      act('a', [1, 1, 2, 3]),
      act('y', [2, 3]),
    ],
    operators: [
      { name: 'SQUEEZE', inputs: ['x'], outputs: ['s'], ...list([1, 2]) },
      { name: 'RESHAPE', inputs: ['s'], outputs: ['r'], ...list([1, 1, -1, 3]) },
      { name: 'ADD', inputs: ['r', 'r'], outputs: ['a'] },
      { name: 'SQUEEZE', inputs: ['a'], outputs: ['y'] },
    ],
    inputs: ['x'],
    outputs: ['y'],
  });
  expect(graph.nodes.map(({ kind }) => kind)).toEqual(['reshape', 'add', 'reshape']);
  expect(graph.tensors.map(({ shape }) => shape.join('×'))).toEqual(['1×1×1×6', '1×1×2×3', '1×1×2×3', '1×6']);
});

test('operators that the output does not need are left out, whatever they are', () => {
  const { tensors, operators, ...rest } = chain();
  const graph = graphOf({
    ...rest,
    tensors: [...tensors, act('side', [1, 4])],
    operators: [...operators, { name: 'HARD_SWISH', inputs: ['m'], outputs: ['side'] }],
  });
  expect(graph.nodes).toHaveLength(4);
});
