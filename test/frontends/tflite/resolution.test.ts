import { expect, test } from 'vitest';
import { loadTflite } from '../../../src/frontends/tflite/index.ts';
import { runInt8 } from '../../../src/interpreter/run-int8.ts';
import { refusalOf } from '../../support/refusal.ts';
import { fixtureBytes } from '../../support/tflite-fixture.ts';
import { act, chain, oneOperator } from '../../support/tflite-networks.ts';
import { type ModelSpec, type TensorSpec, tfliteModel } from '../../support/tflite-writer.ts';

const at = (spec: ModelSpec | Uint8Array, resolution: readonly [number, number]) =>
  loadTflite(spec instanceof Uint8Array ? spec : tfliteModel(spec), { file: 'net.tflite', resolution }).graph;

test('a network of SAME windows and a mean is the one that the file would hold at that size', () => {
  const resized = at(chain(), [5, 7]);
  const native = at(chain([1, 5, 7, 3]), [5, 7]);
  if (resized.stage !== 'quantized' || native.stage !== 'quantized') throw new Error('expected integers');
  expect(resized.tensors).toEqual(native.tensors);
  const input = Int8Array.from({ length: 105 }, (_, i) => ((i * 89) % 256) - 128);
  expect(runInt8(resized, input)).toEqual(runInt8(native, input));
});

test('PAD that stands for SAME follows the size, and a pool over the whole map too', () => {
  const parts = at(fixtureBytes('parts_int8.tflite'), [47, 33]);
  expect(parts.tensors[1]!.shape).toEqual([1, 24, 17, 8]);
  const v1 = (resolution: readonly [number, number]) => at(fixtureBytes('v1_int8.tflite'), resolution);
  expect(v1([64, 48]).nodes.map(({ kind }) => kind)).toEqual(v1([32, 32]).nodes.map(({ kind }) => kind));
  expect(at(fixtureBytes('parts_float.tflite'), [48, 40]).tensors.at(-1)!.shape).toEqual([1, 10]);
});

test('a layer that needs the size in the file is refused by name', () => {
  const flat = oneOperator(act('x', [1, 2, 2, 3]), act('y', [1, 12]), { name: 'RESHAPE', list: [1, 12] });
  const added = {
    ...flat,
    tensors: [...flat.tensors, act('z', [1, 12])],
    operators: [...flat.operators, { name: 'ADD', inputs: ['y', 'y'], outputs: ['z'] }],
    outputs: ['z'],
  };
  expect(refusalOf(() => at(added, [4, 4]))).toMatchObject({
    code: 'SNUG305',
    origin: { file: 'net.tflite', layer: 'z' },
  });
  const weights: TensorSpec = {
    name: 'w',
    type: 'INT8',
    shape: [2, 12],
    scales: [0.1],
    data: Array<number>(24).fill(3),
  };
  const dense = oneOperator(act('x', [1, 2, 2, 3]), act('y', [1, 2]), { name: 'FULLY_CONNECTED' }, [weights]);
  expect(at(dense, [2, 2]).nodes).toHaveLength(1);
  const refusal = refusalOf(() => at(dense, [4, 4]));
  expect(refusal).toMatchObject({ code: 'SNUG305', origin: { layer: 'y' } });
  expect(refusal.message).toContain('12 values');
});

test('sizes that are open in the file are those that are given', () => {
  const { tensors, ...rest } = chain();
  const open = tensors.map(tensor =>
    tensor.name === 'x' ? { ...tensor, shape: [1, 1, 1, 3], signature: [-1, -1, -1, 3] } : tensor,
  );
  expect(at({ ...rest, tensors: open }, [8, 6]).tensors[1]!.shape).toEqual([1, 4, 3, 4]);
});

test.each([
  [[0, 8], 'SNUG306'],
  [[8, 8.5], 'SNUG306'],
] as const)('resolution %j is refused', (resolution, _) => {
  expect(refusalOf(() => at(chain(), resolution)).message).toContain('resolution');
});

test('a vector has no resolution', () => {
  const spec = oneOperator(act('x', [1, 4]), act('y', [1, 4]), { name: 'RELU' });
  expect(refusalOf(() => at(spec, [8, 8]))).toMatchObject({ code: 'SNUG305', origin: { tensor: 'x' } });
});
