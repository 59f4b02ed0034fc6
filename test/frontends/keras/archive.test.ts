import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { readZip } from '../../../src/formats/zip.ts';
import { loadModel } from '../../../src/frontends/index.ts';
import { keras } from '../../../src/frontends/keras/index.ts';
import { gunzipped } from '../../support/keras-model.ts';
import { refusalFrom } from '../../support/refusal.ts';

const WHOLE = gunzipped(`${import.meta.dirname}/fixtures/shared.keras.gz`);
const parts = Object.fromEntries([...readZip(WHOLE, 'x')].map(([name, read]) => [name, read()]));
const refused = async (entries: Parameters<typeof zipSync>[0]) => {
  const bytes = zipSync(entries);
  expect(keras.detect(bytes)).toBe(true);
  return refusalFrom(() => loadModel({ path: 'x.keras', bytes }));
};

test('the order of the entries and compression do not matter', async () => {
  const bytes = zipSync({ 'z.txt': new Uint8Array(3), ...Object.fromEntries(Object.entries(parts).toReversed()) });
  expect((await loadModel({ path: 'x.keras', bytes })).graph.nodes).toHaveLength(7);
});

test('parts that are missing or no parts are named', async () => {
  const { 'model.weights.h5': weights, 'config.json': config } = parts;
  expect((await refused({ 'config.json': config! })).message).toContain('model.weights.h5 is missing');
  expect((await refused({ 'model.weights.h5': weights! })).message).toContain('config.json is missing');
  const text = new TextEncoder().encode('{');
  expect((await refused({ ...parts, 'config.json': text })).message).toContain('not JSON');
  expect(await refused({ ...parts, 'model.weights.h5': text })).toMatchObject({ code: 'SNUG202' });
});

test('zeros that inflate a thousandfold are no network', async () => {
  const bomb = new Uint8Array(8 * 2 ** 20);
  expect(await refused({ 'config.json': [bomb, { level: 9 }] })).toMatchObject({ code: 'SNUG202' });
  const weights = await refused({ ...parts, 'model.weights.h5': [bomb, { level: 9 }] });
  const nested = new TextEncoder().encode(`{"class_name": ${'['.repeat(10 ** 6)}${']'.repeat(10 ** 6)}}`);
  expect(await refused({ ...parts, 'config.json': nested })).toMatchObject({ code: 'SNUG202' });
  expect(weights).toMatchObject({ code: 'SNUG202', origin: { file: 'x.keras' } });
});
