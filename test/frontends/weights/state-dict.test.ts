import { expect, test } from 'vitest';
import { SnugError } from '../../../src/diagnostics/diagnostic.ts';
import { type TensorToWrite, writeSafetensors } from '../../../src/formats/safetensors.ts';
import { readContainer } from '../../../src/frontends/weights/container.ts';
import { torchvision } from '../../../src/frontends/weights/schemes/torchvision.ts';
import { StateDict } from '../../../src/frontends/weights/state-dict.ts';
import type { ParameterSource } from '../../../src/models/parameter-source.ts';

const count = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i);

/** The tensors that a network of one convolution, one depthwise convolution, BatchNorm and classifier asks for. */
function tensors(): Map<string, TensorToWrite> {
  return new Map<string, TensorToWrite>([
    ['c.weight', { shape: [2, 3, 1, 2], data: count(12) }],
    ['d.weight', { shape: [2, 1, 1, 2], data: count(4) }],
    ['n.weight', { shape: [2], data: count(2) }],
    ['n.bias', { shape: [2], data: count(2) }],
    ['n.running_mean', { shape: [2], data: count(2) }],
    ['n.running_var', { shape: [2], data: count(2) }],
    ['n.num_batches_tracked', { shape: [], data: Int32Array.of(9) }],
    ['l.weight', { shape: [1, 2], data: count(2) }],
    ['l.bias', { shape: [1], data: Float64Array.of(0.5) }],
  ]);
}

type Taken = Pick<ParameterSource, 'convolution' | 'depthwise' | 'batchNorm' | 'linear' | 'finish'>;

function sourceOf(content: ReadonlyMap<string, TensorToWrite>, prefix = ''): Taken {
  const path = 'w.safetensors';
  const dict = new StateDict(path, readContainer({ path, bytes: writeSafetensors(content) }).tensors, prefix);
  return { ...torchvision.constants(dict, new Set()), finish: () => dict.finish() };
}

function takeAll(source: Taken): Record<string, Float32Array> {
  const { gamma, beta, mean, variance } = source.batchNorm('n', 2);
  const linear = source.linear('l', 1, 2);
  return {
    convolution: source.convolution('c', { outputChannels: 2, kernel: [1, 2], inputChannels: 3 }),
    depthwise: source.depthwise('d', [1, 2], 2),
    ...{ gamma, beta, mean, variance, linear: linear.weights, bias: linear.bias },
  };
}

/** Codes and tensors of everything that `finish` reports. */
function problems(content: ReadonlyMap<string, TensorToWrite>): readonly string[] {
  const source = sourceOf(content);
  takeAll(source);
  return refusalsOf(source);
}

function refusalsOf(source: Taken): readonly string[] {
  try {
    source.finish();
    return [];
  } catch (error) {
    if (!(error instanceof SnugError)) throw error;
    return error.diagnostics.map(d => `${d.code} ${d.origin.file} ${d.origin.tensor}`);
  }
}

test.each(['', 'module.'])('layouts become those of snug (prefix "%s")', prefix => {
  const source = sourceOf(new Map([...tensors()].map(([name, tensor]) => [prefix + name, tensor])), prefix);
  const taken = takeAll(source);
  expect(taken['convolution']).toEqual(Float32Array.of(0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11));
  expect(taken['depthwise']).toEqual(Float32Array.of(0, 2, 1, 3));
  expect(taken['linear']).toEqual(count(2));
  expect(taken['bias']).toEqual(Float32Array.of(0.5));
  expect(taken['variance']).toEqual(count(2));
  source.finish();
});

test.each<[string, (map: Map<string, TensorToWrite>) => unknown, string[]]>([
  ['missing', map => map.delete('d.weight'), ['SNUG210 w.safetensors d.weight']],
  ['surplus', map => map.set('e.weight', { shape: [1], data: count(1) }), ['SNUG211 w.safetensors e.weight']],
  ['misshapen', map => map.set('n.bias', { shape: [3], data: count(3) }), ['SNUG212 w.safetensors n.bias']],
  [
    'of whole numbers',
    map => map.set('l.bias', { shape: [1], data: Int8Array.of(1) }),
    ['SNUG213 w.safetensors l.bias'],
  ],
  [
    'not finite',
    map => map.set('l.bias', { shape: [1], data: Float32Array.of(NaN) }),
    ['SNUG214 w.safetensors l.bias'],
  ],
])('a tensor that is %s is named', (_, change, expected) => {
  const content = tensors();
  change(content);
  expect(problems(content)).toEqual(expected);
});

test('all problems come at once', () => {
  const found = problems(new Map([['x', { shape: [1], data: count(1) }]]));
  expect(found).toHaveLength(8 + 1);
});

test('a missing tensor reads as zeros until then', () => {
  const content = tensors();
  content.delete('d.weight');
  expect(takeAll(sourceOf(content))['depthwise']).toEqual(new Float32Array(4));
});

test('problems are told by the names of the file', () => {
  const source = sourceOf(new Map([['module.n.bias', { shape: [3], data: count(3) }]]), 'module.');
  takeAll(source);
  expect(() => source.finish()).toThrow('SNUG212');
  expect(refusalsOf(source)).toContain('SNUG210 w.safetensors module.n.weight');
});
