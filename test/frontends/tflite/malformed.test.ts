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

test('tables that share one long vector without end are refused before they take time', () => {
  const file = new Uint8Array(400_000);
  const view = new DataView(file.buffer);
  const shared = 200_000;
  // A root table whose four fields are version 3, and vectors that are all the same vector of itself.
  view.setUint32(0, 40, true);
  file.set([0x54, 0x46, 0x4c, 0x33], 4);
  view.setUint16(12, 14, true);
  view.setUint16(14, 24, true);
  [4, 8, 12, 0, 16].forEach((offset, slot) => {
    view.setUint16(16 + 2 * slot, offset, true);
  });
  view.setInt32(40, 28, true);
  view.setUint32(44, 3, true);
  for (const field of [48, 52, 56]) view.setUint32(field, shared - field, true);
  view.setUint32(shared, 49_000, true);
  // Every element is the root table, the names of which are the whole vector.
  for (let i = 0; i < 49_000; i += 1) {
    const at = shared + 4 + 4 * i;
    view.setUint32(at, (40 - at) >>> 0, true);
  }
  const start = performance.now();
  loadOrRefuse(file);
  expect(performance.now() - start).toBeLessThan(3000);
});
