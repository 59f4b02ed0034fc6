import { describe, expect, test } from 'vitest';
import type { Graph, Node, Tensor } from '../../src/graph/graph.ts';
import { serializeGraph } from '../../src/graph/serialize.ts';
import { verify } from '../../src/graph/verify.ts';
import { correctBias } from '../../src/interpreter/correct-bias.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { dequantizeArray, quantizeArray } from '../../src/ir/quantization.ts';
import { quantizeMeasured } from '../../src/passes/quantize-network.ts';
import { needsOf, recipeOf } from '../../src/passes/recipe.ts';
import { foldedOf, int8Sqnr, normalInputs, statisticsOf, withParameters } from '../support/quantization.ts';
import { RELU6, smallGraph } from '../support/small-graphs.ts';

type Weighted = Node<'quantized', 'conv2d' | 'depthwiseConv2d' | 'fullyConnected'>;
type Input = Parameters<typeof correctBias>[2][number];

const RECIPE = recipeOf('fast', { calibration: null, weightScales: 'channel', equalize: null });

function network(): Graph<'folded'> {
  const small = smallGraph([1, 8, 8, 3]);
  const first = small.conv('first', small.input, { outputs: 6, activation: RELU6 });
  const depthwise = small.depthwise('depthwise', first);
  return foldedOf(small, small.conv('last', depthwise, { outputs: 5, kernel: 1 }));
}

function quantized(float: Graph<'folded'>, images: readonly Float32Array[]): Graph<'quantized'> {
  return quantizeMeasured(float, statisticsOf(float, images, needsOf(RECIPE)), RECIPE, null);
}

const layerOf = (graph: Graph<'quantized'>, name: string): Weighted =>
  graph.nodes.find(node => node.name === name) as Weighted;
const quantizationOf = (graph: Graph<'quantized'>, tensor: number) =>
  (graph.tensors[tensor] as Tensor<'quantized'>).quantization;

/** Real value of one step of a channel's bias. */
const biasStep = (graph: Graph<'quantized'>, { inputs, parameters }: Weighted, c: number): number =>
  quantizationOf(graph, inputs[0]!).scale * parameters.weightScales[c]!;

/** Moves the biases of a layer by `offsets`, in real numbers. */
function shifted(graph: Graph<'quantized'>, name: string, offsets: readonly number[]): Graph<'quantized'> {
  const layer = layerOf(graph, name);
  const bias = layer.parameters.bias.map((value, c) => value + Math.round(offsets[c]! / biasStep(graph, layer, c)));
  const changed = { ...layer, parameters: { ...layer.parameters, bias } } as Weighted;
  return { ...graph, nodes: graph.nodes.map(node => (node.name === name ? changed : node)) };
}

const inputsOf = (graph: Graph<'quantized'>, images: readonly Float32Array[]): Input[] =>
  images.map(real => ({ real, int8: quantizeArray(real, quantizationOf(graph, graph.input)) }));

/** Mean of float minus int8 of each channel of a layer's output. */
function meanErrors(
  float: Graph<'folded'>,
  graph: Graph<'quantized'>,
  name: string,
  inputs: readonly Input[],
): number[] {
  const { output, parameters } = layerOf(graph, name);
  const channels = parameters.bias.length;
  const sums = new Array<number>(channels).fill(0);
  let pixels = 0;
  for (const { real, int8 } of inputs) {
    let expected = new Float32Array();
    runFloat(float, real, (tensor, data) => {
      if (tensor === output) expected = data.slice();
    });
    runInt8(graph, int8, (tensor, data) => {
      if (tensor !== output) return;
      pixels += data.length / channels;
      dequantizeArray(data, quantizationOf(graph, output)).forEach((value, i) => {
        sums[i % channels]! += expected[i]! - value;
      });
    });
  }
  return sums.map(sum => sum / pixels);
}

const worst = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

describe('biases that were moved on purpose', () => {
  const float = network();
  const images = normalInputs(float, 10);
  const graph = quantized(float, images);
  const inputs = inputsOf(graph, images);
  const offsets = [0.5, -0.4, 0.3, -0.6, 0.45, 0.5];

  test.each(['first', 'depthwise', 'last'])('are restored, and with them the means: %s', name => {
    const broken = shifted(graph, name, offsets);
    expect(worst(meanErrors(float, broken, name, inputs))).toBeGreaterThan(0.25);
    const corrected = verify(correctBias(float, broken, inputs), 'correct-bias');
    // ReLU6 bends what a bias does to the mean, most where a channel is often at a bound.
    expect(worst(meanErrors(float, corrected, name, inputs))).toBeLessThan(name === 'first' ? 0.1 : 0.02);
    const [layer, intact] = [layerOf(corrected, name), layerOf(graph, name)];
    layer.parameters.bias.forEach((value, c) => {
      const off = (value - intact.parameters.bias[c]!) * biasStep(graph, intact, c);
      expect(Math.abs(off)).toBeLessThan(name === 'first' ? 0.25 : 0.03);
    });
    expect(int8Sqnr(float, corrected, images)).toBeGreaterThan(int8Sqnr(float, broken, images) + 6);
  });

  test('an error is corrected where it was made, and not once more in the layers after', () => {
    const corrected = correctBias(float, shifted(graph, 'depthwise', offsets), inputs);
    const reference = correctBias(float, graph, inputs);
    const [layer, other] = [layerOf(corrected, 'last'), layerOf(reference, 'last')];
    layer.parameters.bias.forEach((value, c) => {
      expect(Math.abs(value - other.parameters.bias[c]!) * biasStep(graph, layer, c)).toBeLessThan(0.02);
    });
  });

  test('everything but biases stays', () => {
    const broken = shifted(graph, 'depthwise', offsets);
    const corrected = correctBias(float, broken, inputs);
    expect(corrected.tensors).toEqual(broken.tensors);
    corrected.nodes.forEach((node, i) => {
      const { parameters, ...others } = node as Weighted;
      const { parameters: before, ...same } = broken.nodes[i] as Weighted;
      expect(others).toEqual(same);
      expect({ ...parameters, bias: null }).toEqual({ ...before, bias: null });
    });
  });

  test('the same inputs give the same bytes, and nothing that was given is changed', () => {
    const broken = shifted(graph, 'first', offsets);
    const before = serializeGraph(broken);
    const [a, b] = [correctBias(float, broken, inputs), correctBias(float, broken, inputs)];
    expect(Buffer.from(serializeGraph(a)).equals(serializeGraph(b))).toBe(true);
    expect(Buffer.from(serializeGraph(broken)).equals(before)).toBe(true);
    expect(images).toEqual(normalInputs(float, 10));
  });

  test('a network that is right already does not become worse', () => {
    const corrected = correctBias(float, graph, inputs);
    expect(int8Sqnr(float, corrected, images)).toBeGreaterThan(int8Sqnr(float, graph, images) - 0.1);
  });
});

describe('nothing is moved', () => {
  const float = network();
  const images = normalInputs(float, 10);
  const graph = quantized(float, images);
  const inputs = inputsOf(graph, images);
  const broken = shifted(graph, 'first', [1, 1, 1, 1, 1, 1]);

  test('where a mean is taken over fewer than 256 pixels', () => {
    // Three maps of 64 pixels.
    expect(correctBias(float, broken, inputs.slice(0, 3)).nodes).toEqual(broken.nodes);
    expect(correctBias(float, broken, inputs.slice(0, 4)).nodes[0]).not.toEqual(broken.nodes[0]);
  });

  test('where there is one input, or none', () => {
    const small = smallGraph([1, 20, 20, 3]);
    const large = foldedOf(small, small.conv('first', small.input, { outputs: 2 }));
    const own = normalInputs(large, 2);
    const wrong = shifted(quantized(large, own), 'first', [1, 1]);
    expect(correctBias(large, wrong, inputsOf(wrong, own.slice(0, 1))).nodes).toEqual(wrong.nodes);
    expect(correctBias(large, wrong, []).nodes).toEqual(wrong.nodes);
    expect(correctBias(large, wrong, inputsOf(wrong, own)).nodes).not.toEqual(wrong.nodes);
  });

  test('by an error that is as often one way as the other', () => {
    const { scale } = quantizationOf(graph, graph.input);
    // Each picture comes once too bright and once too dark in int8.
    const both = images.slice(0, 5).flatMap(real =>
      [8, -8].map(steps => ({
        real,
        int8: quantizeArray(
          real.map(value => value + steps * scale),
          quantizationOf(graph, graph.input),
        ),
      })),
    );
    const corrected = correctBias(float, graph, both);
    const [layer, before] = [layerOf(corrected, 'first'), layerOf(graph, 'first')];
    layer.parameters.bias.forEach((value, c) => {
      expect(Math.abs(value - before.parameters.bias[c]!) * biasStep(graph, layer, c)).toBeLessThan(0.01);
    });
  });

  test('in a channel that its bound holds almost always', () => {
    const held = withParameters(float, 'first', ({ bias }) => ({
      bias: bias.map((value, c) => (c === 2 ? -50 : value)),
    }));
    const own = quantized(held, images);
    const wrong = shifted(own, 'first', [0.5, 0.5, 49, 0.5, 0.5, 0.5]);
    const { bias } = layerOf(correctBias(held, wrong, inputsOf(wrong, images)), 'first').parameters;
    const before = layerOf(wrong, 'first').parameters.bias;
    expect(bias[2]).toBe(before[2]);
    expect(bias[0]).not.toBe(before[0]);
  });
});

test('a fully connected layer has one pixel an input', () => {
  const small = smallGraph([1, 12]);
  const float = foldedOf(small, small.dense('dense', small.input, 4));
  const images = normalInputs(float, 300);
  const graph = quantized(float, images);
  const inputs = inputsOf(graph, images);
  const broken = shifted(graph, 'dense', [0.4, -0.4, 0.4, -0.4]);
  const corrected = verify(correctBias(float, broken, inputs), 'correct-bias');
  expect(worst(meanErrors(float, corrected, 'dense', inputs))).toBeLessThan(0.02);
  expect(correctBias(float, broken, inputs.slice(0, 255)).nodes).toEqual(broken.nodes);
});
