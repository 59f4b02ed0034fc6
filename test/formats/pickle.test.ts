import { describe, expect, test } from 'vitest';
import { unpickle } from '../../src/formats/pickle/index.ts';
import { PickleDict, type PickleGlobal, type PickleHost, PickleObject } from '../../src/formats/pickle/values.ts';
import { dict, op, pickle } from '../support/pickle-writer.ts';

const called: string[] = [];
const host: PickleHost = {
  construct(callable: PickleGlobal) {
    called.push(callable.path);
    return callable.name === 'OrderedDict' ? new PickleDict() : undefined;
  },
  persistent: () => undefined,
};
const refuse = (problem: string): never => {
  throw new Error(problem);
};
const read = (bytes: Uint8Array): unknown => unpickle(bytes, 0, host, refuse).value;
const bytesOf = (...parts: readonly (readonly number[] | string)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap(part => (typeof part === 'string' ? [...part].map(c => c.charCodeAt(0)) : [...part])));

describe('values', () => {
  test.each<[string, readonly number[], unknown]>([
    ['None', op.none, null],
    ['a negative integer', op.int(-3), -3],
    ['a long', [0x8a, 3, 0x00, 0x00, 0x80], -(2 ** 23)],
    ['a double', [0x47, 0xbf, 0xf8, 0, 0, 0, 0, 0, 0], -1.5],
    ['bytes', [0x43, 2, 7, 8], Uint8Array.of(7, 8)],
    ['text', op.text('naïve'.normalize('NFD').replace(/[^a-z]/g, '')), 'naive'],
    ['a list', [...op.emptyList, ...op.int(1), ...op.append], [1]],
    ['a tuple', [...op.int(1), ...op.int(2), ...op.tuple2], [1, 2]],
  ])('%s', (_, program, expected) => {
    expect(read(pickle(program))).toEqual(expected);
  });

  test('PyTorch’s magic number stays exact', () => {
    const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
    expect(read(pickle(magic))).toBe(0x1950a86a20f9469cfc6cn);
  });

  test('dictionaries, ordered ones too', () => {
    const plain = read(pickle(dict({ a: op.int(1), b: op.int(2) }))) as PickleDict;
    expect([...plain.entries]).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    const ordered = [...op.global('collections', 'OrderedDict'), ...op.emptyTuple, ...op.reduce];
    const filled = read(pickle(ordered, op.text('k'), op.none, op.setItem)) as PickleDict;
    expect([...filled.entries]).toEqual([['k', null]]);
  });

  test('what is referred to twice is one value', () => {
    const [first, second] = read(pickle(op.emptyList, op.put(0), op.get(0), op.tuple2)) as unknown[];
    expect(first).toBe(second);
    const own = read(pickle(op.emptyList, op.memoize, op.get(0), op.append)) as unknown[];
    expect(own[0]).toBe(own);
  });

  test('the end is where the next pickle begins', () => {
    const both = [...pickle(op.int(1)), ...pickle(op.int(2))];
    const { end } = unpickle(Uint8Array.from(both), 0, host, refuse);
    expect(unpickle(Uint8Array.from(both), end, host, refuse).value).toBe(2);
  });
});

describe('programs', () => {
  test('nothing is imported or called: a call is an object without content', () => {
    called.length = 0;
    const system = [...op.global('os', 'system'), ...op.text('touch owned'), ...op.tuple1, ...op.reduce];
    const value = read(pickle(system)) as PickleObject;
    expect(value).toBeInstanceOf(PickleObject);
    expect([value.path, value.state]).toEqual(['os.system', null]);
    // Calls of calls, attributes and items keep no more than the name.
    const again = read(pickle(system, op.emptyTuple, op.reduce, dict({ a: op.none }), op.build)) as PickleObject;
    expect(again.path).toBe('os.system');
    expect(called).toEqual(['os.system', 'os.system']);
  });

  test('names have to be text', () => {
    expect(() => read(pickle(op.emptyList, op.text('x'), op.stackGlobal))).toThrow('no name');
    expect(() => read(pickle(op.text('m'.repeat(2000)), op.text('x'), op.stackGlobal))).toThrow('no name');
  });
});

describe('hostile files', () => {
  test.each<[string, Uint8Array, string]>([
    ['an empty stack', pickle(op.append), 'nothing is on the stack'],
    ['no mark', pickle(op.tuple), 'no mark'],
    ['an unknown reference', pickle(op.get(7)), 'value 7'],
    ['an opcode that is not read', bytesOf('I12\n.'), 'opcode 0x49'],
    ['no end', bytesOf('N'), 'it needs 1 more bytes and has 0'],
    ['a line without end', bytesOf('cos'), 'does not end'],
    ['a text of 4 GB', bytesOf([0x58, 0xff, 0xff, 0xff, 0xff]), 'needs 4294967295 more bytes'],
    ['a text of 2^64 bytes', bytesOf([0x8d, ...Array.from({ length: 8 }, () => 0xff)]), 'more bytes and has 0'],
    ['an integer of 2 GB', bytesOf([0x8b, 0xff, 0xff, 0xff, 0x7f]), 'an integer of 2147483647 bytes'],
    ['an object outside', pickle(op.none, op.persistentId), 'outside of it'],
  ])('%s', (_, bytes, problem) => {
    expect(() => read(bytes)).toThrow(problem);
  });

  test('lists within lists are read without recursion', () => {
    const depth = 200_000;
    const nested = new Uint8Array(2 * depth + 2).fill(0x5d, 0, depth + 1).fill(0x61, depth + 1);
    nested[nested.length - 1] = 0x2e;
    expect(Array.isArray(read(nested))).toBe(true);
  });

  test('doubling by reference costs what the file costs', () => {
    const doubling = Array.from({ length: 200 }, (_, i) => [
      ...op.get(i),
      ...op.get(i),
      ...op.tuple2,
      ...op.put(i + 1),
    ]);
    let value = read(pickle(op.emptyList, op.put(0), ...doubling));
    let depth = 0;
    for (; Array.isArray(value) && value.length > 0; value = value[0]) depth += 1;
    expect(depth).toBe(200);
  });

  test('the number of opcodes has a limit', () => {
    expect(() => read(new Uint8Array(2 ** 20).fill(0x7d))).toThrow('opcodes');
  });
});
