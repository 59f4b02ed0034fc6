import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import type { Checkpoint } from '../../src/formats/pytorch/checkpoint.ts';
import { readTorchArchive, readTorchPickle } from '../../src/formats/pytorch/index.ts';
import { readZip } from '../../src/formats/zip.ts';
import { elementsOf } from '../../src/ir/shape.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { counts, dict, floats, op, pickle, tensor, torchArchive } from '../support/pickle-writer.ts';
import { refusalOf } from '../support/refusal.ts';
import { weightFixture } from '../support/weight-fixtures.ts';

const read = (bytes: Uint8Array): Checkpoint => readTorchArchive(readZip(bytes, 'w.pth'), 'w.pth');
const SIX = floats(0, 1, 2, 3, 4, 5);
const DENSE = { shape: [2, 3], strides: [3, 1] };

/** The values of the tensor `t` in a file. */
function valuesOf(program: readonly number[], storages: Readonly<Record<string, Uint8Array>>): readonly number[] {
  return [
    ...read(torchArchive(pickle(dict({ t: program, other: tensor('0', DENSE) })), storages)).tensors.get('t')!
      .floats!(),
  ];
}

function outcomeOf(action: () => unknown): 'read' | 'refused' {
  try {
    action();
    return 'read';
  } catch (error) {
    if (error instanceof SnugError) return 'refused';
    throw error;
  }
}

describe('tensors', () => {
  test.each<[string, Parameters<typeof tensor>[1], readonly number[]]>([
    ['dense', DENSE, [0, 1, 2, 3, 4, 5]],
    ['transposed', { shape: [3, 2], strides: [1, 3] }, [0, 3, 1, 4, 2, 5]],
    ['a column behind an offset', { offset: 2, shape: [2], strides: [3] }, [2, 5]],
    ['expanded', { offset: 4, shape: [2, 2], strides: [0, 1] }, [4, 5, 4, 5]],
    ['without dimensions', { offset: 3, shape: [], strides: [] }, [3]],
    ['without elements', { offset: 9, shape: [0, 4], strides: [4, 1] }, []],
  ])('%s', (_, view, expected) => {
    expect(valuesOf(tensor('0', view), { 0: SIX })).toEqual(expected);
  });

  test('share storages, and say their types', () => {
    const program = { a: tensor('0', DENSE), b: tensor('0', { offset: 5, shape: [1], strides: [1] }) };
    const counter = tensor('1', { shape: [], strides: [] }, 'LongStorage');
    const { tensors } = read(torchArchive(pickle(dict({ ...program, c: counter })), { 0: SIX }));
    expect([...tensors].map(([name, { dtype, shape }]) => `${name} ${dtype} ${shape.join('×')}`)).toEqual([
      'a F32 2×3',
      'b F32 1',
      'c I64 ',
    ]);
    expect([...tensors.get('b')!.floats!()]).toEqual([5]);
    expect(tensors.get('c')!.floats).toBeNull();
  });

  test('in the other order of bytes', () => {
    const data = Uint8Array.of(0x3f, 0x80, 0, 0);
    const order = { 'net/byteorder': new TextEncoder().encode('big') };
    const bytes = torchArchive(pickle(dict({ t: tensor('0', { shape: [1], strides: [1] }) })), { 0: data }, order);
    expect([...read(bytes).tensors.get('t')!.floats!()]).toEqual([1]);
  });

  test('parameters, sizes and newer forms are seen through', () => {
    const parameter = [
      ...op.global('torch._utils', '_rebuild_parameter'),
      ...[op.mark, tensor('0', DENSE), op.none, op.none, op.tuple, op.reduce].flat(),
    ];
    expect(valuesOf(parameter, { 0: SIX })).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test.each<[string, readonly number[], string]>([
    ['ends beyond its storage', tensor('0', { shape: [7], strides: [1] }), 'ends beyond'],
    ['strides beyond it', tensor('0', { shape: [2, 2], strides: [2 ** 30, 1] }), 'ends beyond'],
    ['begins beyond it', tensor('0', { offset: 2 ** 30, shape: [1], strides: [1] }), 'ends beyond'],
    ['has a storage that is missing', tensor('9', DENSE), 'storage 9 is missing'],
  ])('one that %s is refused when it is read', (_, program, problem) => {
    expect(refusalOf(() => valuesOf(program, { 0: SIX }))).toMatchObject({
      code: 'SNUG202',
      message: expect.stringContaining(problem),
      origin: { file: 'w.pth' },
    });
  });

  test.each<[string, readonly number[], string]>([
    ['negative sizes', tensor('0', { shape: [-1], strides: [1] }), 'wrong types'],
    ['fewer strides than sizes', tensor('0', { shape: [1, 1], strides: [1] }), '2 dimensions and 1 strides'],
    ['too many dimensions', tensor('0', { shape: Array(65).fill(1), strides: Array(65).fill(1) }), 'wrong types'],
    [
      'no storage',
      [...op.global('torch._utils', '_rebuild_tensor_v2'), ...counts(1, 2, 3, 4), ...op.reduce],
      'wrong types',
    ],
  ])('one of %s is refused', (_, program, problem) => {
    expect(refusalOf(() => valuesOf(program, { 0: SIX })).message).toContain(problem);
  });
});

describe('what was saved', () => {
  const weights = dict({ a: tensor('0', DENSE), b: tensor('0', DENSE) });
  const saved = (object: readonly number[]): Checkpoint => read(torchArchive(pickle(object), { 0: SIX }));

  test('a checkpoint is unwrapped, and the note says where', () => {
    const optimizer = dict({
      state: dict({ x: dict({ m: tensor('0', DENSE), v: tensor('0', DENSE), s: tensor('0', DENSE) }) }),
    });
    const { tensors, notes } = saved(dict({ epoch: op.int(3), state_dict: weights, optimizer }));
    expect([...tensors.keys()]).toEqual(['a', 'b']);
    expect(notes).toEqual(["the checkpoint holds the weights under 'state_dict'"]);
    expect(saved(weights).notes).toEqual([]);
  });

  test('of two sets of weights the first is taken', () => {
    expect(saved(dict({ model: weights, ema: weights })).notes).toEqual([
      "the checkpoint holds the weights under 'model'; the weights of 'ema' are not read",
    ]);
  });

  test('tensors of unknown kinds are listed under what would make them', () => {
    const quantized = [...op.global('torch._utils', '_rebuild_qtensor'), ...op.emptyTuple, ...op.reduce];
    expect(saved(dict({ a: tensor('0', DENSE), q: quantized })).tensors.get('q')).toMatchObject({
      dtype: 'torch._utils._rebuild_qtensor',
      floats: null,
    });
  });

  const object = [
    ...op.global('nets.mobile', 'Net'),
    ...op.emptyTuple,
    ...op.reduce,
    ...dict({ _modules: op.none }),
    ...op.build,
  ];
  const system = [...op.global('posix', 'system'), ...op.text('touch owned'), ...op.tuple1, ...op.reduce];
  test.each<[string, readonly number[], string]>([
    ['a whole module', object, 'nets.mobile.Net'],
    ['a whole module in a dictionary', dict({ model: object }), 'nets.mobile.Net'],
    ['a call of the system', system, 'posix.system'],
    ['a list', op.emptyList, 'no dictionary of tensors'],
    ['an empty dictionary', op.emptyDict, 'no dictionary of tensors'],
    ['a dictionary in itself', [op.emptyDict, op.memoize, op.text('a'), op.get(0), op.setItem].flat(), 'no dictionary'],
  ])('%s is refused, with the way out', (_, program, words) => {
    const diagnostic = refusalOf(() => saved(program));
    expect(diagnostic.code).toBe('SNUG204');
    expect(diagnostic.message).toContain(words);
    expect(diagnostic.hint).toContain('model.state_dict()');
  });

  test('copies of one list are paid for once', () => {
    const pairs = [op.emptyList, op.memoize, ...Array.from({ length: 1000 }, () => [...op.none, ...op.append])].flat();
    const copy = [op.global('collections', 'OrderedDict'), op.get(0), op.tuple1, op.reduce].flat();
    const bomb = [...pairs, ...Array.from({ length: 1000 }, () => copy).flat()];
    expect(refusalOf(() => saved(bomb)).message).toContain('copies its lists');
  });

  test('TorchScript is told from weights', () => {
    const script = torchArchive(pickle(weights), { 0: SIX }, { 'net/constants.pkl': pickle(op.none) });
    expect(refusalOf(() => read(script))).toMatchObject({
      code: 'SNUG204',
      message: expect.stringContaining('TorchScript'),
    });
  });
});

describe('hostile files', () => {
  test('a pickle that inflates from little stops at the limit of opcodes', () => {
    const bomb = zipSync({ 'net/data.pkl': new Uint8Array(2 ** 22).fill(0x7d) }, { level: 9 });
    expect(bomb.length).toBeLessThan(2 ** 16);
    expect(refusalOf(() => read(bomb)).code).toBe('SNUG202');
  });

  test('a byte of the pickle changed anywhere', () => {
    const entries = readZip(weightFixture('torchvision.pth'), 'w.pth');
    const object = entries.get('torchvision/data.pkl')!();
    const random = seededRandom(3);
    for (let i = 0; i < 200; i += 1) {
      const changed = object.slice();
      changed[Math.floor(random.uniform() * changed.length)]! ^= 1 + Math.floor(random.uniform() * 255);
      const read = (): unknown => {
        const { tensors } = readTorchArchive(
          new Map(entries).set('torchvision/data.pkl', () => changed),
          'w.pth',
        );
        return [...tensors.values()].map(({ shape, floats }) => (elementsOf(shape) < 1e6 ? floats?.() : null));
      };
      expect(outcomeOf(read)).toMatch(/read|refused/);
    }
  });

  test('pickles of other programs are told from PyTorch’s', () => {
    expect(refusalOf(() => readTorchPickle(pickle(op.emptyDict), 'w.pkl'))).toMatchObject({
      code: 'SNUG204',
      message: 'this pickle was not written by torch.save',
    });
  });
});
