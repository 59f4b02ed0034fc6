/** What a layer alone costs, against the same computed the long way. */
import { describe, expect, test } from 'vitest';
import type { Graph, Node } from '../../src/graph/graph.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { dequantizedConstants, layerSensitivity } from '../../src/interpreter/sensitivity.ts';
import { dequantizeArray, quantizeArray } from '../../src/ir/quantization.ts';
import { addNoise, decibels, type Noise, noiseOf } from '../../src/numerics/statistics.ts';
import { quantizedFor } from '../support/explained.ts';
import { nodeOf, RELU6, smallGraph } from '../support/small-graphs.ts';

/** A chain of one layer of each kind with weights. */
function chain(): Graph<'float'> {
  const { builder, input, conv, depthwise, dense } = smallGraph();
  const a = conv('a', input, { activation: RELU6 });
  const b = depthwise('b', a, { activation: RELU6 });
  return builder.finish(dense('c', b, 5));
}

/** The network's nodes from `step` on, as a network of its own. */
function tail(graph: Graph<'folded'>, step: number): Graph<'folded'> {
  return { ...graph, nodes: graph.nodes.slice(step), input: graph.nodes[step - 1]!.output };
}

describe('dequantized constants', () => {
  test('are within half a step of the weights, and none for a layer without', async () => {
    const { network } = await quantizedFor(chain(), 'fast');
    for (const [step, name] of ['a', 'b', 'c'].entries()) {
      const node = nodeOf(network.float, name) as Node<'folded', 'conv2d'>;
      const quantized = network.quantized.nodes[step] as Node<'quantized', 'conv2d'>;
      const { weights, bias } = dequantizedConstants(network.quantized, quantized)!;
      const widest = Math.max(...quantized.parameters.weightScales);
      expect(weights).toHaveLength(node.parameters.weights.length);
      node.parameters.weights.forEach((weight, i) => {
        expect(Math.abs(weight - weights[i]!)).toBeLessThanOrEqual(widest / 2 + 1e-7);
      });
      expect(bias).toHaveLength(node.parameters.bias.length);
    }
    const { builder, input, add } = smallGraph();
    const sum = await quantizedFor(builder.finish(add('sum', input, input)), 'fast');
    expect(dequantizedConstants(sum.network.quantized, sum.network.quantized.nodes[0]!)).toBeNull();
  });
});

describe('sensitivity', () => {
  test('is what a run with that layer alone in int8 gives', async () => {
    const { network, inputs } = await quantizedFor(chain());
    const { float, quantized } = network;
    const reals = inputs.map(({ real }) => real);
    const figures = layerSensitivity(float, quantized, reals);
    expect(figures).toHaveLength(3);
    for (const [step, node] of float.nodes.entries()) {
      const parameters = dequantizedConstants(quantized, quantized.nodes[step]!);
      const nodes = float.nodes.map(other => (other === node ? ({ ...other, parameters } as Node<'folded'>) : other));
      const head = { ...float, nodes: nodes.slice(0, step + 1), output: node.output };
      const noise = reals.reduce<Noise>(
        (sum, real) => {
          const { quantization } = quantized.tensors[node.output]!;
          const output = dequantizeArray(quantizeArray(runFloat(head, real), quantization), quantization);
          const actual = step + 1 === nodes.length ? output : runFloat(tail(float, step + 1), output);
          return addNoise(sum, noiseOf(runFloat(float, real), actual));
        },
        { signal: 0, noise: 0 },
      );
      expect(figures[step]).toBeCloseTo(decibels(noise), 9);
      expect(figures[step]).toBeGreaterThan(20);
    }
  });

  test('is infinite for a layer that int8 computes exactly', async () => {
    const { builder, input, conv, add } = smallGraph();
    const live = conv('live', input);
    // Nothing of it is above 0: its output is 0 everywhere, which has a value of its own in int8.
    const dead = conv('dead', live, { activation: { min: 0, max: 0 } });
    const { network, inputs } = await quantizedFor(builder.finish(add('sum', live, dead)), 'fast');
    const [ofLive, ofDead, ofSum] = layerSensitivity(network.float, network.quantized, [inputs[0]!.real]);
    expect(ofDead).toBe(Infinity);
    expect(ofLive).toBeLessThan(80);
    expect(ofSum).toBeLessThan(80);
  });

  test('follows a tensor that is read twice, and leaves what it does not reach', async () => {
    const { builder, input, conv, add } = smallGraph();
    const left = conv('left', input);
    const right = conv('right', left);
    const { network, inputs } = await quantizedFor(builder.finish(add('sum', left, right)), 'fast');
    const seen: string[] = [];
    const figures = layerSensitivity(network.float, network.quantized, [inputs[0]!.real], (done, total) =>
      seen.push(`${done}/${total}`),
    );
    expect(seen).toEqual(['1/3', '2/3', '3/3']);
    expect(figures.every(figure => figure > 20 && figure < 80)).toBe(true);
  });
});
