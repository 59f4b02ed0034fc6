import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { type Hdf5File, isHdf5, readHdf5 } from '../../src/formats/hdf5.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { refusalOf } from '../support/refusal.ts';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(`${import.meta.dirname}/fixtures/hdf5/${name}`));
const EARLIEST = fixture('earliest.h5');
const ramp = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i);

function readEverything(file: Hdf5File): void {
  for (const group of file.groups) {
    for (const name of ['one', 'fixed', 'variable', 'number', 'missing']) file.texts(group, name);
  }
  for (const dataset of file.datasets.values()) dataset.read();
}

describe('a file as h5py writes it', () => {
  const file = readHdf5(EARLIEST, 'x.h5');
  const read = (path: string): Float32Array => file.datasets.get(path)!.read();

  test('has its groups and datasets', () => {
    expect(isHdf5(EARLIEST)).toBe(true);
    expect([...file.groups].filter(path => path.startsWith('many/'))).toHaveLength(20);
    expect(file.datasets.get('chunks/gzip')?.shape).toEqual([5, 7, 3]);
    expect(file.datasets.has('soft')).toBe(false);
  });

  test.each([
    ['contiguous', 6],
    ['half', 5],
    ['double', 4],
    ['big', 3],
    ['empty', 0],
    ['chunks/gzip', 105],
    ['chunks/checked', 9],
    ['chunks/plain', 16],
  ])('%s is read', (path, length) => {
    expect(read(path)).toEqual(ramp(length));
  });

  test('types have the names of safetensors', () => {
    const types = ['contiguous', 'half', 'double', 'big', 'integers'].map(path => file.datasets.get(path)?.type);
    expect(types).toEqual(['F32', 'F16', 'F64', 'F32', 'integer of 4 bytes']);
  });

  test('single values and compact storage are read', () => {
    expect(file.datasets.get('scalar')?.shape).toEqual([]);
    expect(read('scalar')).toEqual(Float32Array.of(2.5));
    expect(read('chunks/compact')).toEqual(Float32Array.of(7, 8, 9));
  });

  test.each([
    ['integers', 'SNUG213', 'integer of 4 bytes'],
    ['chunks/lzf', 'SNUG204', 'does not read'],
    ['chunks/sparse', 'SNUG202', '0 chunks of 2'],
  ])('%s is refused', (path, code, problem) => {
    const diagnostic = refusalOf(() => read(path));
    expect(diagnostic).toMatchObject({ code, origin: { file: 'x.h5' } });
    expect(diagnostic.message).toContain(problem);
  });

  test('attributes of text are read', () => {
    expect(file.texts('', 'one')).toEqual(['text of variable length']);
    expect(file.texts('', 'fixed')).toEqual(['alpha', 'be']);
    expect(file.texts('', 'variable')).toEqual(['gamma', '', 'delta']);
    expect([file.texts('', 'number'), file.texts('', 'none'), file.texts('nowhere', 'one')]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

test('the newer form is read as far as it has no fractal heaps', () => {
  const file = readHdf5(fixture('latest.h5'), 'x.h5');
  expect(file.datasets.get('a/b/values')?.read()).toEqual(ramp(6));
  expect(file.texts('', 'one')).toEqual(['text']);
  expect(refusalOf(() => file.datasets.get('chunked')?.read())).toMatchObject({ code: 'SNUG204' });
  expect(refusalOf(() => readHdf5(fixture('latest-many.h5'), 'x.h5')).hint).toContain('libver');
});

test('files that are cut off are refused', () => {
  const numbers = seededRandom(3);
  for (let i = 0; i < 200; i += 1) {
    const cut = EARLIEST.subarray(0, numbers.integer(EARLIEST.length));
    expect(refusalOf(() => readHdf5(cut, 'x.h5'))).toMatchObject({ code: 'SNUG202', origin: { file: 'x.h5' } });
  }
});

test('changed bytes give values or diagnostics, never another error', () => {
  const numbers = seededRandom(4);
  const position = (length: number): number => numbers.integer(length);
  for (let i = 0; i < 300; i += 1) {
    const bytes = EARLIEST.slice();
    for (let k = 0; k < 1 + (i % 8); k += 1) bytes[position(bytes.length)] = i % 2 === 0 ? 0xff : position(256);
    try {
      readEverything(readHdf5(bytes, 'x.h5'));
    } catch (error) {
      expect(error).toBeInstanceOf(SnugError);
    }
  }
});

test('groups that hold themselves, and shapes beyond the file, end in a refusal', () => {
  const root = new DataView(EARLIEST.buffer, EARLIEST.byteOffset).getBigUint64(64, true);
  const text = new TextDecoder('latin1').decode(EARLIEST);
  const symbols = text.indexOf('SNOD');
  const cyclic = EARLIEST.slice();
  const view = new DataView(cyclic.buffer);
  for (let i = 0; i < 4; i += 1) view.setBigUint64(symbols + 8 + 40 * i + 8, root, true);
  expect(refusalOf(() => readHdf5(cyclic, 'x.h5')).message).toContain('hold each other');

  // The dimensions 5×7×3 of a dataset, each followed by those of its greatest size.
  const shape = [5, 7, 3].map(size => String.fromCharCode(size, 0, 0, 0, 0, 0, 0, 0)).join('');
  const at = text.indexOf(shape);
  for (const size of [2n ** 20n, 2n ** 40n, 2n ** 60n]) {
    const absurd = EARLIEST.slice();
    new DataView(absurd.buffer).setBigUint64(at, size, true);
    expect(refusalOf(() => readEverything(readHdf5(absurd, 'x.h5'))).code).toMatch(/^SNUG20[24]$/);
  }
});

test.each([
  ['no bytes', new Uint8Array()],
  ['text', new TextEncoder().encode('not HDF5 at all')],
  ['the signature alone', EARLIEST.subarray(0, 8)],
  ['zeros behind the signature', new Uint8Array(1000).fill(0).map((_, i) => EARLIEST[i < 8 ? i : 8]!)],
  ['ones behind the signature', Uint8Array.from({ length: 1000 }, (_, i) => (i < 8 ? EARLIEST[i]! : 0xff))],
])('%s is no HDF5 file', (_, bytes) => {
  expect(refusalOf(() => readHdf5(bytes, 'x.h5'))).toMatchObject({ code: 'SNUG202' });
});
