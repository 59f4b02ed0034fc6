import { describe, expect, test } from 'vitest';
import { SnugError } from '../../../src/diagnostics/diagnostic.ts';
import { loadTflite, tflite } from '../../../src/frontends/tflite/index.ts';
import { seededRandom } from '../../../src/numerics/random.ts';
import { refusalOf } from '../../support/refusal.ts';
import { fixtureBytes } from '../../support/tflite-fixture.ts';
import { chain } from '../../support/tflite-networks.ts';
import { tfliteModel } from '../../support/tflite-writer.ts';

const load = (bytes: Uint8Array) => loadTflite(bytes, { file: 'bad.tflite' });
const FILES = [
  ['written here', tfliteModel(chain())],
  ['of TensorFlow', fixtureBytes('parts_uint8_io.tflite')],
  ['of TensorFlow, float', fixtureBytes('parts_float16.tflite')],
] as const;

/** A graph or a diagnostic; anything else fails the test. */
function loadOrRefuse(bytes: Uint8Array): void {
  try {
    load(bytes);
  } catch (error) {
    if (!(error instanceof SnugError)) throw error;
  }
}

describe.each(FILES)('a file %s', (_, bytes) => {
  test('is called damaged where it is cut off', () => {
    const random = seededRandom(11);
    for (let i = 0; i < 200; i += 1) loadOrRefuse(bytes.subarray(0, random.integer(bytes.length)));
    for (const end of [0, 3, 7, 8, 12, Math.floor(bytes.length / 2)]) {
      expect(refusalOf(() => load(bytes.subarray(0, end)))).toMatchObject({
        code: 'SNUG202',
        origin: { file: 'bad.tflite' },
      });
    }
  });

  test('with changed bytes gives a graph or a diagnostic', () => {
    const random = seededRandom(12);
    for (let i = 0; i < 200; i += 1) {
      const changed = bytes.slice();
      changed[random.integer(bytes.length)] = random.integer(256);
      loadOrRefuse(changed);
    }
  });

  test('with changed words in its tables gives a graph or a diagnostic', () => {
    const random = seededRandom(13);
    const values = [0, 1, 0x7f, 0x80, 0xff];
    for (let i = 0; i < 600; i += 1) {
      const changed = bytes.slice();
      // Tables stand at both ends: offsets, vtables and lengths of vectors.
      const near = random.integer(Math.min(4000, bytes.length - 4));
      const at = random.integer(2) === 0 ? near : bytes.length - 4 - near;
      changed.fill(values[random.integer(values.length)]!, at, at + 1 + random.integer(4));
      loadOrRefuse(changed);
    }
  });
});

test('content decides, and a damaged file still counts', () => {
  expect(tflite.detect(FILES[0][1].subarray(0, 8))).toBe(true);
  expect(tflite.detect(FILES[0][1].subarray(0, 7))).toBe(false);
  expect(tflite.detect(new Uint8Array(0))).toBe(false);
});

test('tables that share one long vector are refused before they are all read', () => {
  const file = new Uint8Array(400_000);
  const shorts = (at: number, ...values: number[]): void =>
    file.set(new Uint8Array(Uint16Array.from(values).buffer), at);
  const words = (at: number, ...values: number[]): void =>
    file.set(new Uint8Array(Uint32Array.from(values).buffer), at);
  words(0, 44);
  file.set([0x54, 0x46, 0x4c, 0x33], 4);
  // Which fields the tables have: a model's version, codes and subgraphs; a subgraph's inputs, outputs and operators; an
  // operator's inputs; nothing of an operator's code.
  shorts(8, 10, 16, 4, 8, 12);
  shorts(20, 12, 16, 0, 4, 8, 12);
  shorts(32, 8, 8, 0, 4);
  shorts(40, 4, 4);
  // The model, a vector of one code, a vector of one subgraph, and a vector of one index.
  words(44, 36, 3, 8, 16);
  words(60, 1, 4, 28);
  words(72, 1, 4, 60, 12, 8, 12);
  words(96, 1, 0);
  // Every operator is the same table, which has 49,000 inputs: 40,000 times 196 kB.
  const [operators, operator] = [40_000, 160_108];
  words(104, operators, ...Array.from({ length: operators }, (_, i) => operator - (108 + 4 * i)));
  words(operator, operator - 32, 4, 49_000);
  const { code, message } = refusalOf(() => load(file));
  expect(code).toBe('SNUG202');
  expect(message).toContain('its tables lead to the same vectors again and again');
});
