import { describe, expect, test } from 'vitest';
import { loadTflite } from '../../../src/frontends/tflite/index.ts';
import { refusalOf } from '../../support/refusal.ts';
import { act, chain, convolutionOptions, int32, oneOperator, PADDING, weights } from '../../support/tflite-networks.ts';
import { type ModelSpec, type TensorSpec, tfliteModel } from '../../support/tflite-writer.ts';

const refused = (spec: ModelSpec) => refusalOf(() => loadTflite(tfliteModel(spec), { file: 'net.tflite' }));
const MAP = [1, 4, 4, 4];
const x = act('x', MAP);
const y = act('y', MAP);
const float = (tensor: TensorSpec): TensorSpec => ({ name: tensor.name, type: 'FLOAT32', shape: tensor.shape });
const axes = int32('axes', [1, 2]);

/** The chain with one tensor changed. */
function changed(name: string, change: Partial<TensorSpec>): ModelSpec {
  const spec = chain();
  return { ...spec, tensors: spec.tensors.map(tensor => (tensor.name === name ? { ...tensor, ...change } : tensor)) };
}

describe('operators', () => {
  test.each<[string, ModelSpec, string]>([
    ['another operator', oneOperator(x, y, { name: 'HARD_SWISH' }), 'operator HARD_SWISH is not supported'],
    ['a custom operator', oneOperator(x, y, { name: 'CUSTOM' }), 'operator CUSTOM (MyOp) is not supported'],
    [
      'dilation',
      oneOperator(
        x,
        y,
        { name: 'CONV_2D', options: [...convolutionOptions('same'), [4, 'int32', 2], [5, 'int32', 2]] },
        [weights('w', [4, 3, 3, 4]), int32('b', [1, 2, 3, 4])],
      ),
      'its dilation is 2×2',
    ],
    [
      'TANH',
      oneOperator(x, y, { name: 'CONV_2D', options: convolutionOptions('same', 1, 4) }, [
        weights('w', [4, 3, 3, 4]),
        int32('b', [1, 2, 3, 4]),
      ]),
      'its fused activation is TANH',
    ],
    [
      'broadcasting',
      oneOperator(x, y, { name: 'ADD' }, [{ ...act('c', [4]), data: [1, 2, 3, 4] }]),
      'before the first layer only',
    ],
    [
      'a mean over channels',
      oneOperator(x, act('y', [1, 4, 4]), { name: 'MEAN' }, [int32('axes', [3])]),
      'over dimensions 3',
    ],
    [
      'a sharper softmax',
      oneOperator(act('x', [1, 4]), act('y', [1, 4], 1 / 256, -128), { name: 'SOFTMAX', options: [[0, 'float32', 2]] }),
      'its beta is 2',
    ],
    [
      'padding of channels',
      oneOperator(x, act('y', [1, 4, 4, 6]), { name: 'PAD' }, [int32('p', [0, 0, 0, 0, 0, 0, 1, 1], [4, 2])]),
      'it pads batch or channels',
    ],
    [
      'padding with a value',
      oneOperator(x, act('y', [1, 6, 4, 4]), { name: 'PADV2' }, [
        int32('p', [0, 0, 1, 1, 0, 0, 0, 0], [4, 2]),
        { name: 'v', type: 'INT8', shape: [], data: [5] },
      ]),
      'it pads with a value other than 0',
    ],
    [
      'a reshape to other scales',
      oneOperator(x, act('y', [1, 64], 0.5), { name: 'RESHAPE', list: [1, 64] }),
      'another scale',
    ],
    ['a float part', oneOperator(x, float(y), { name: 'RELU' }), ''],
    [
      'several rows',
      oneOperator(x, act('y', [1, 4]), { name: 'FULLY_CONNECTED' }, [weights('w', [4, 4]), int32('b', [0, 0, 0, 0])]),
      'applied to 16 rows',
    ],
  ])('%s', (_, spec, says) => {
    const { code, message, hint, origin } = refused(spec);
    expect(['SNUG203', 'SNUG204']).toContain(code);
    expect(message).toContain(says);
    expect(origin.file).toBe('net.tflite');
    if (code === 'SNUG203') {
      expect(origin.layer).toBe('y');
      expect(hint).toContain('DEPTHWISE_CONV_2D');
    }
  });

  test('a network that is partly float', () => {
    const spec = oneOperator(x, act('q', MAP), { name: 'RELU' });
    const { code, message, origin } = refused({
      tensors: [...spec.tensors, float(act('f', MAP)), float(act('z', MAP))],
      operators: [
        ...spec.operators,
        { name: 'DEQUANTIZE', inputs: ['q'], outputs: ['f'] },
        { name: 'RELU', inputs: ['f'], outputs: ['z'] },
      ],
      inputs: ['x'],
      outputs: ['z'],
    });
    expect([code, origin.layer]).toEqual(['SNUG203', 'f']);
    expect(message).toContain('partly float');
  });
});

describe('models', () => {
  test.each<[string, ModelSpec, string]>([
    ['int16 activations', changed('x', { type: 'INT16' }), 'of type INT16'],
    ['an older schema', { ...chain(), version: 2 }, 'schema version 2'],
    ['two inputs', { ...chain(), inputs: ['x', 'c'] }, '2 inputs'],
    ['two outputs', { ...chain(), outputs: ['y', 'c'] }, '2 outputs'],
    ['a batch', changed('x', { shape: [2, 8, 8, 3] }), 'one picture'],
    [
      'a picture without colours',
      changed('x', { shape: [1, 8, 8, 1], signature: [1, 8, 8, -1] }),
      'channels is not fixed',
    ],
    ['an open size', changed('x', { shape: [1, 1, 1, 3], signature: [1, -1, -1, 3] }), 'not fixed'],
    [
      'a softmax of another scale',
      oneOperator(act('x', [1, 4]), act('y', [1, 4], 0.5), { name: 'SOFTMAX', options: [[0, 'float32', 1]] }),
      'has scale 0.5',
    ],
  ])('%s', (_, spec, says) => {
    const { code, message } = refused(spec);
    expect(code).toBe('SNUG204');
    expect(message).toContain(says);
  });
});

describe('damage', () => {
  test.each<[string, ModelSpec, string]>([
    ['a constant that is too short', changed('b', { shape: [9] }), 'its constant has 16 bytes'],
    ['an output of another shape', changed('c', { shape: [1, 4, 4, 5] }), 'and the file says 1×4×4×5'],
    ['a scale of 0', changed('c', { scales: [0] }), 'a scale is not above 0'],
    ['a scale that is no number', changed('c', { scales: [Number.NaN] }), 'a scale is not above 0'],
    ['several scales of an activation', changed('c', { scales: [1, 2], zeroPoints: [0, 0] }), 'needs one scale'],
    ['scales that are no channels', changed('w', { scales: [1, 2] }), 'do not have the scales'],
    ['more zero points than scales', changed('c', { zeroPoints: [1, 2] }), '1 scales and 2 zero points'],
    ['a zero point outside of int8', changed('c', { zeroPoints: [200] }), 'outside of INT8'],
    ['a bias of another type', changed('b', { type: 'FLOAT32' }), 'a bias of FLOAT32'],
    ['no operator', { ...chain(), operators: [] }, 'no earlier operator makes'],
    ['a tensor that does not exist', { ...chain(), outputs: ['nowhere'] }, 'does not exist'],
    ['a cycle', { ...chain(), operators: [{ name: 'RELU', inputs: ['y'], outputs: ['y'] }] }, 'cycle'],
    ['operators out of order', { ...chain(), operators: chain().operators.toReversed() }, 'no earlier operator makes'],
    [
      'an operator twice',
      { ...chain(), operators: [...chain().operators, chain().operators[0]!] },
      'makes a tensor that exists',
    ],
    ['no inputs of an operator', oneOperator(x, y, { name: 'RESHAPE' }, []), ''],
    [
      'padding that is not a rule',
      oneOperator(x, y, { name: 'AVERAGE_POOL_2D', options: [[0, 'int8', 7]] }),
      'padding rule 7',
    ],
    [
      'pads without end',
      oneOperator(x, y, { name: 'PAD' }, [int32('p', [0, 0, -1, 0, 0, 0, 0, 0], [4, 2])]),
      'less than nothing',
    ],
    ['axes as map', oneOperator(act('x', MAP), y, { name: 'MEAN' }, [{ ...axes, type: 'FLOAT32' }]), 'no short list'],
  ])('%s', (_, spec, says) => {
    const { code, message, origin } = refused(spec);
    expect(code).toMatch(/^SNUG20[24]|^SNUG301/);
    expect(message).toContain(says);
    expect(origin.file).toBe('net.tflite');
  });

  test('sizes beyond all measure ask for no memory', () => {
    const huge = [1, 2 ** 30, 2 ** 30, 4];
    const pool = {
      name: 'AVERAGE_POOL_2D',
      options: [PADDING.same, [1, 'int32', 1], [2, 'int32', 1], [3, 'int32', 1], [4, 'int32', 1]],
    } as const;
    expect(refused(oneOperator(act('x', huge), act('y', huge), pool)).message).toContain('more than');
    const pads = int32('p', [0, 0, 0, 2 ** 31 - 1, 0, 2 ** 31 - 1, 0, 0], [4, 2]);
    expect(refused(oneOperator(x, act('y', huge), { name: 'PAD' }, [pads])).message).toContain('more than');
    const wide = [1, 1, 1, 2 ** 26];
    expect(refused(oneOperator(act('x', wide), act('y', wide, 0.5), { name: 'QUANTIZE' })).message).toContain(
      'channels',
    );
  });
});
