/** Containers and names that weights do not come in, and damaged files of those that they do. */
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { SnugError } from '../../../src/diagnostics/diagnostic.ts';
import { writeSafetensors } from '../../../src/formats/safetensors.ts';
import { isWeightFile, loadWeights } from '../../../src/frontends/weights/index.ts';
import { mobilenetV2 } from '../../../src/models/mobilenet-v2.ts';
import { type Random, seededRandom } from '../../../src/numerics/random.ts';
import { op, pickle } from '../../support/pickle-writer.ts';
import { refusalFrom } from '../../support/refusal.ts';
import { type WeightFixture, weightFixture, weightFixtures } from '../../support/weight-fixtures.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('refused', () => {
  test('names of no known network, with those that are known', async () => {
    const bytes = writeSafetensors(new Map([['body.0.weight', { shape: [1], data: Float32Array.of(1) }]]));
    const diagnostic = await refusalFrom(() => loadWeights({ path: 'w.safetensors', bytes }));
    expect(diagnostic).toMatchObject({ code: 'SNUG204', origin: { file: 'w.safetensors' } });
    expect(diagnostic.message).toContain('body.0.weight');
    for (const name of ['torchvision', 'timm', 'GluonCV', 'keras.applications']) {
      expect(diagnostic.hint).toContain(name);
    }
  });

  test.each<[string, Uint8Array, string]>([
    ['net.onnx', text('\x08\x07\x12'), 'SNUG201'],
    ['empty.pth', new Uint8Array(0), 'SNUG201'],
    ['cut.safetensors', text('x'), 'SNUG202'],
    ['cut.pth', text('PK\x03\x04'), 'SNUG202'],
    ['other.zip', zipSync({ 'readme.txt': text('x') }), 'SNUG201'],
    ['objects.pkl', pickle(op.emptyDict), 'SNUG204'],
  ])('%s', async (path, bytes, code) => {
    expect((await refusalFrom(() => loadWeights({ path, bytes }))).code).toBe(code);
  });
});

test('networks are told from weights', () => {
  expect(isWeightFile({ path: 'net.onnx', bytes: text('\x08\x07\x12') })).toBe(false);
  expect(isWeightFile({ path: 'net.keras', bytes: zipSync({ 'config.json': text('{}') }) })).toBe(false);
  expect(isWeightFile({ path: 'cut.pth', bytes: new Uint8Array(0) })).toBe(true);
});

/** Reads and builds; anything but success and a diagnostic fails the test. */
async function outcome({ file, options }: WeightFixture, bytes: Uint8Array): Promise<'read' | 'refused'> {
  try {
    mobilenetV2(options, await loadWeights({ path: file, bytes }));
    return 'read';
  } catch (error) {
    if (error instanceof SnugError) return 'refused';
    throw error;
  }
}

describe.each(weightFixtures)('$file, damaged', fixture => {
  const whole = weightFixture(fixture.file);
  const at = (random: Random): number => Math.floor(random.uniform() * whole.length);

  test('cut off anywhere', async () => {
    const random = seededRandom(1);
    for (let i = 0; i < 200; i += 1) expect(await outcome(fixture, whole.subarray(0, at(random)))).toBe('refused');
  });

  test('one byte changed anywhere', async () => {
    const random = seededRandom(2);
    for (let i = 0; i < 200; i += 1) {
      const bytes = whole.slice();
      bytes[at(random)]! ^= 1 + Math.floor(random.uniform() * 255);
      expect(await outcome(fixture, bytes)).toMatch(/read|refused/);
    }
  });
});
