import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { readZip } from '../../src/formats/zip.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { refusalOf } from '../support/refusal.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const NOISE = Uint8Array.from({ length: 3000 }, (_, i) => (i * i * 7) >> 3);
const BYTES = zipSync({
  'a/config.json': text('{"a": 1}'),
  'a/': new Uint8Array(),
  stored: [NOISE, { level: 0 }],
  deflated: [text('snug '.repeat(1000)), { level: 9 }],
});

function readAll(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  return new Map([...readZip(bytes, 'x.zip')].map(([name, read]) => [name, read()]));
}

/** Position of a directory entry's field. */
function entryField(bytes: Uint8Array, name: string, offset: number): number {
  const at = new TextDecoder('latin1').decode(bytes).lastIndexOf(name);
  return at - 46 + offset;
}

test('stored and deflated entries are read, directories are left out', () => {
  const entries = readAll(BYTES);
  expect([...entries.keys()]).toEqual(['a/config.json', 'stored', 'deflated']);
  expect(entries.get('stored')).toEqual(NOISE);
  expect(new TextDecoder().decode(entries.get('deflated'))).toBe('snug '.repeat(1000));
  expect(readZip(zipSync({}), 'empty.zip').size).toBe(0);
});

test('archives that are cut off or changed are refused, or read as they were', () => {
  const numbers = seededRandom(5);
  const whole = readAll(BYTES);
  for (let i = 0; i < 200; i += 1) {
    const cut = BYTES.subarray(0, numbers.integer(BYTES.length));
    expect(refusalOf(() => readAll(cut))).toMatchObject({ code: 'SNUG202', origin: { file: 'x.zip' } });
    const changed = BYTES.slice();
    changed[numbers.integer(BYTES.length)]! ^= 1 + numbers.integer(255);
    try {
      for (const [name, bytes] of readAll(changed)) expect(whole.get(name) ?? bytes).toEqual(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(SnugError);
    }
  }
});

test('limits hold for stated sizes, and stated sizes for what inflates', () => {
  const zeros = zipSync({ bomb: [new Uint8Array(2 ** 20), { level: 9 }], other: new Uint8Array(10) });
  const limited = (limits: Parameters<typeof readZip>[2]) => refusalOf(() => readZip(zeros, 'x.zip', limits));
  expect(limited({ entries: 1, entryBytes: 2 ** 30, totalBytes: 2 ** 30 })).toMatchObject({ code: 'SNUG204' });
  expect(limited({ entries: 2, entryBytes: 2 ** 20 - 1, totalBytes: 2 ** 30 }).message).toContain('bomb');
  expect(limited({ entries: 2, entryBytes: 2 ** 20, totalBytes: 2 ** 20 + 9 })).toMatchObject({ code: 'SNUG204' });
  expect(readZip(zeros, 'x.zip', { entries: 2, entryBytes: 2 ** 20, totalBytes: 2 ** 20 + 10 }).size).toBe(2);

  const claim = (size: number) => {
    const bytes = zeros.slice();
    new DataView(bytes.buffer).setUint32(entryField(bytes, 'bomb', 24), size, true);
    return refusalOf(() => readZip(bytes, 'x.zip').get('bomb')?.());
  };
  // Less than is there, more than is there, more than deflate can make of so many bytes, and more than is allowed.
  for (const size of [5, 2 ** 20 + 1, 2 ** 26]) expect(claim(size)).toMatchObject({ code: 'SNUG202' });
  expect(claim(2 ** 31)).toMatchObject({ code: 'SNUG204' });
});

test('checksums, encryption, unknown compression and repeated names are noticed', () => {
  const change = (name: string, offset: number, value: number) => {
    const bytes = BYTES.slice();
    bytes[entryField(bytes, name, offset)] = value;
    return refusalOf(() => readAll(bytes)).message;
  };
  expect(change('stored', 16, BYTES[entryField(BYTES, 'stored', 16)]! ^ 1)).toContain(
    'the checksum of stored is wrong',
  );
  expect(change('stored', 8, 1)).toContain('stored is encrypted');
  expect(change('stored', 10, 14)).toContain('method 14');
  expect(change('stored', 24, 1)).toContain('does not inflate to');
  const twice = zipSync({ one: NOISE, two: NOISE });
  twice.set(text('one'), entryField(twice, 'two', 46));
  expect(refusalOf(() => readAll(twice)).message).toContain('it holds one twice');
});
