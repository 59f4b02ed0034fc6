import { describe, expect, test } from 'vitest';
import type { Graph, Node, Tensor } from '../../src/graph/graph.ts';
import { verify } from '../../src/graph/verify.ts';
import { tensorId } from '../../src/ir/units.ts';
import { quantizePlainly } from '../support/plain-networks.ts';
import { refusalOf } from '../support/refusal.ts';
import { smallGraph } from '../support/small-graphs.ts';

function sample(): Graph<'float'> {
  const { builder, input, conv, clamp, add } = smallGraph();
  const a = conv('a', input);
  return builder.finish(add('sum', clamp('relu', a, 0, 6), input));
}

/** The sample with one node changed. */
function withNode(index: number, change: object): Graph<'float'> {
  const graph = sample();
  const nodes = graph.nodes.map((node, i) => (i === index ? ({ ...node, ...change } as Node<'float'>) : node));
  return { ...graph, nodes };
}

function withTensor(index: number, change: Partial<Tensor<'float'>>): Graph<'float'> {
  const graph = sample();
  return { ...graph, tensors: graph.tensors.map((tensor, i) => (i === index ? { ...tensor, ...change } : tensor)) };
}

test('a well-formed graph is returned as it is', () => {
  const graph = sample();
  expect(verify(graph, 'building')).toBe(graph);
});

describe('is refused after the pass that broke it', () => {
  const parameters = { weights: new Float32Array(144), bias: new Float32Array(4) };
  test.each<[string, Graph<'float'>, string]>([
    ['an id out of place', withTensor(1, { id: tensorId(3) }), 'tensor a has id 3 at place 1'],
    ['a dimension of 0', withTensor(1, { shape: [1, 0, 6, 4] }), 'tensor a has shape 1×0×6×4'],
    ['a fractional dimension', withTensor(1, { shape: [1, 6.5, 6, 4] }), 'tensor a has shape 1×6.5×6×4'],
    ['a batch', withTensor(1, { shape: [2, 6, 6, 4] }), 'tensor a has batch 2'],
    ['two layers of one name', withNode(1, { name: 'a' }), 'two layers are called a'],
    ['a tensor read before it is made', withNode(0, { inputs: [tensorId(2)] }), 'it reads tensor 2, which no earlier'],
    ['a tensor made twice', withNode(1, { output: tensorId(1) }), 'tensor 1 is made twice'],
    ['an output that nobody makes', { ...sample(), output: tensorId(9) }, 'no layer makes the output'],
    ['a missing input', withNode(2, { inputs: [tensorId(2)] }), 'add takes 2 inputs and has 1'],
    [
      'another shape than the operator’s',
      withTensor(1, { shape: [1, 6, 6, 5] }),
      'its output is 1×6×6×5 and should be 1×6×6×4',
    ],
    ['a missing constant', withNode(0, { parameters: { weights: parameters.weights } }), 'it lacks bias'],
    [
      'a short constant',
      withNode(0, { parameters: { ...parameters, bias: new Float32Array(3) } }),
      'bias has 3 elements',
    ],
    [
      'BatchNorm after folding',
      { ...normalized(), stage: 'folded' } as unknown as Graph<'float'>,
      'BatchNorm is left over',
    ],
  ])('%s', (_, graph, problem) => {
    const { code, message } = refusalOf(() => verify(graph, 'breaking-pass'));
    expect(code).toBe('SNUG304');
    expect(message).toContain('after breaking-pass');
    expect(message).toContain(problem);
  });

  test('the layer is the origin', () => {
    const graph = withNode(2, { inputs: [tensorId(2)], origin: { file: 'model.onnx' } });
    expect(refusalOf(() => verify(graph, 'p')).origin).toEqual({ file: 'model.onnx', layer: 'sum' });
  });

  test('an operator’s own refusal keeps its code', () => {
    const graph = withNode(0, { attributes: { ...sample().nodes[0]!.attributes, groups: 3 } });
    expect(refusalOf(() => verify(graph, 'p')).code).toBe('SNUG303');
  });

  test.each([Number.NaN, Infinity, -Infinity])('a weight of %d', value => {
    const broken = { ...parameters, weights: parameters.weights.map((_, i) => (i === 5 ? value : 0)) };
    const { code, message, origin } = refusalOf(() => verify(withNode(0, { parameters: broken }), 'p'));
    expect([code, origin]).toEqual(['SNUG214', { layer: 'a' }]);
    expect(message).toBe(`weights holds ${value} at element 5`);
  });
});

function normalized(): Graph<'float'> {
  const { builder, input, norm } = smallGraph();
  return builder.finish(norm('norm', input));
}

describe('quantization', () => {
  function quantized(output: Partial<{ scale: number; zeroPoint: number }>): Graph<'quantized'> {
    const { builder, input, conv, reshape } = smallGraph();
    const graph = quantizePlainly(builder.finish(reshape('flat', conv('a', input), [1, 144])), true);
    const flat = graph.tensors.findIndex(tensor => tensor.name === 'flat');
    const tensors = graph.tensors.map((tensor, i) =>
      i === flat ? { ...tensor, quantization: { ...tensor.quantization, ...output } } : tensor,
    );
    return { ...graph, tensors };
  }

  test('is kept by operators that only move values, and theirs where they fix it', () => {
    expect(verify(quantized({}), 'quantize').stage).toBe('quantized');
    for (const change of [{ scale: 3 }, { zeroPoint: 5 }]) {
      const { code, message, origin } = refusalOf(() => verify(quantized(change), 'quantize'));
      expect([code, origin]).toEqual(['SNUG304', { layer: 'flat' }]);
      expect(message).toContain('another quantization than reshape allows');
    }
    const graph = quantized({});
    const tensors = graph.tensors.map(t =>
      t.id === graph.output ? { ...t, quantization: { scale: 1, zeroPoint: 0 } } : t,
    );
    expect(refusalOf(() => verify({ ...graph, tensors }, 'quantize')).origin).toEqual({ layer: 'softmax' });
  });
});
