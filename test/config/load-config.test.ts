/** Configurations written into a folder of the system's, where no `node_modules` is in reach. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { defaultConfigText } from '../../src/config/default-config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { SnugConfig } from '../../src/config/snug-config.ts';
import { type Diagnostic, SnugError } from '../../src/diagnostics/diagnostic.ts';

const folder = mkdtempSync(join(tmpdir(), 'snug config '));
afterAll(() => rmSync(folder, { recursive: true }));

let written = 0;
function write(text: string, name = 'snug.config.ts'): string {
  written += 1;
  const path = join(folder, String(written), name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function refused(path: string): Promise<readonly Diagnostic[]> {
  const error: unknown = await loadConfig(path).then(
    () => null,
    thrown => thrown,
  );
  if (!(error instanceof SnugError)) throw new Error(`expected a SnugError, got ${String(error)}`);
  return error.diagnostics;
}

/** `SNUG110 3:5 message` for each diagnostic of a configuration; the file must be the one that was asked for. */
async function problems(text: string, name?: string): Promise<readonly string[]> {
  const path = write(text, name);
  return (await refused(path)).map(({ code, message, origin }) => {
    expect(origin.file).toBe(path);
    const place = [origin.line, origin.column].filter(part => part !== undefined).join(':');
    return `${code} ${place} ${message}`;
  });
}

const IMPORT = "import { defineConfig } from 'snug';\n";

test('loads a configuration far from any node_modules and makes its paths absolute', async () => {
  const path = write(`${IMPORT}
import { join } from 'node:path';
const model = 'mobilenet-v2' as const;
export default defineConfig({
  name: 'eye',
  model: { network: model, weights: join('..', 'w.safetensors'), width: 0.35, resolution: [96, 128], blocks: [[1, 16, 1, 1]] },
  preprocess: { mean: [1, 2, 3], std: 4, channelOrder: 'bgr' },
  calibration: { images: process.env['SNUG_NO_SUCH_VARIABLE'] ?? 'pictures', method: 'percentile', coverage: 0.99 },
  labels: { offset: -1 }, kernels: 'auto', softmax: true, golden: 0, out: '/abs/out',
});`);
  const expected: SnugConfig = {
    name: 'eye',
    model: {
      network: 'mobilenet-v2',
      weights: join(folder, 'w.safetensors'),
      width: 0.35,
      resolution: [96, 128],
      blocks: [[1, 16, 1, 1]],
    },
    preprocess: { mean: [1, 2, 3], std: 4, channelOrder: 'bgr' },
    calibration: { images: join(dirname(path), 'pictures'), method: 'percentile', coverage: 0.99 },
    labels: { offset: -1 },
    kernels: 'auto',
    softmax: true,
    golden: 0,
    out: '/abs/out',
  };
  expect(await loadConfig(path)).toEqual(expected);
});

test('a model is a path, or a network by its name', async () => {
  const file = write(`${IMPORT}export default defineConfig({ model: 'm.tflite', resolution: 96, out: undefined });`);
  expect(await loadConfig(file)).toEqual({ model: join(dirname(file), 'm.tflite'), resolution: 96 });
  const named = write(`${IMPORT}export default defineConfig({ model: 'mobilenet-v2' });`);
  expect(await loadConfig(named)).toEqual({ model: { network: 'mobilenet-v2' } });
});

test('JavaScript configurations of both module systems load without a type check', async () => {
  const esm = write(`${IMPORT}export default defineConfig({ model: 'm' });`, 'snug.config.mjs');
  expect(await loadConfig(esm)).toEqual({ model: join(dirname(esm), 'm') });
  const common = write(`module.exports = require('snug').defineConfig({ model: 'm' });`, 'snug.config.js');
  expect(await loadConfig(common)).toEqual({ model: join(dirname(common), 'm') });
});

test('a configuration imports its neighbours, and is read anew when it changes', async () => {
  const path = write(`${IMPORT}import { width } from './width.ts';
export default defineConfig({ model: { network: 'mobilenet-v2', width } });`);
  for (const width of [0.5, 0.75]) {
    writeFileSync(join(dirname(path), 'width.ts'), `export const width = ${width};`);
    expect(await loadConfig(path)).toEqual({ model: { network: 'mobilenet-v2', width } });
  }
});

test("the configuration's own @types/node is used where there is one", async () => {
  const path = write(
    `${IMPORT}export default defineConfig({ model: process.env.NO_SUCH_VARIABLE ?? process.title2 });`,
  );
  const types = join(dirname(path), 'node_modules/@types/node');
  mkdirSync(types, { recursive: true });
  writeFileSync(join(types, 'package.json'), '{ "name": "@types/node", "version": "1.0.0", "types": "index.d.ts" }');
  writeFileSync(join(types, 'index.d.ts'), 'declare const process: { env: Record<string, string>; title: string };');
  expect(await refused(path)).toMatchObject([{ code: 'SNUG111', message: expect.stringContaining("'title2'") }]);
  writeFileSync(
    path,
    `${IMPORT}export default defineConfig({ model: process.env.NO_SUCH_VARIABLE ?? process.title });`,
  );
  expect(await loadConfig(path)).toMatchObject({ model: expect.any(String) });
});

test('the text of snug init passes the type check', async () => {
  const path = write(defaultConfigText());
  expect(await loadConfig(path)).toMatchObject({ name: 'mbv2', out: join(dirname(path), 'build/snug') });
  expect(defaultConfigText()).toMatch(/^\S.*\n$/s);
});

test('so do its commented lines', async () => {
  // `model` is a network here, so that a second resolution is as good as any.
  const path = write(defaultConfigText().replace(/^( *)\/\/ (?=\w+: )/gm, '$1'));
  expect(await loadConfig(path)).toMatchObject({ kernels: 'cmsis-nn', preprocess: { cropFraction: 0.875 } });
});

test('a misspelt field is a type error at its line', async () => {
  const [problem, ...rest] = await problems(`${IMPORT}
export default defineConfig({
  model: 'm',
  kernel: 'auto',
});`);
  expect(problem).toMatch(/^SNUG111 5:3 .*'kernel' does not exist.*Did you mean to write 'kernels'/);
  expect(rest).toEqual([]);
});

test('every type error is reported, nested ones too', async () => {
  const found = await problems(`${IMPORT}
export default defineConfig({
  model: { network: 'mobilenet-v2', widht: 1 },
  preprocess: { resize: 'cover' },
  softmax: 'yes',
});`);
  expect(found).toEqual([
    expect.stringMatching(/^SNUG111 4:37 .*'widht'/),
    expect.stringMatching(/^SNUG111 5:17 .*"cover".*"crop" \| "squash" \| "pad" \| "none"/),
    expect.stringMatching(/^SNUG111 6:3 Type 'string' is not assignable to type 'boolean/),
  ]);
});

test('a type error says which part does not fit', async () => {
  const [problem] = await problems(`${IMPORT}const c = { model: 5 };\nexport default defineConfig(c);`);
  expect(problem).toMatch(/^SNUG111 3:29 Argument of type .* Type 'number' is not assignable/);
  expect(problem).not.toContain('\n');
});

test('a syntax error is reported alone', async () => {
  const found = await problems(`${IMPORT}export default defineConfig({\n  model: 'm'\n  kernel: 3,\n});`);
  expect(found).toEqual(["SNUG111 4:3 ',' expected."]);
});

test('errors in what a configuration imports are not its own', async () => {
  const path = write(`${IMPORT}import { model } from './model.ts';\nexport default defineConfig({ model });`);
  writeFileSync(join(dirname(path), 'model.ts'), `export const model: string = 'm';\nconst unused: number = 'x';`);
  expect(await loadConfig(path)).toEqual({ model: join(dirname(path), 'm') });
});

test('a configuration that throws is reported at the line, without a stack', async () => {
  const found = await problems(`${IMPORT}
function weights(): string {
  throw new Error('no weights today\\nsecond line');
}
export default defineConfig({ model: weights() });`);
  expect(found).toEqual(['SNUG112 4 the configuration could not be loaded: no weights today']);
});

test("snug's own errors pass through a configuration", async () => {
  const path = write(
    `import { mobilenetV2 } from 'snug';\nmobilenetV2({ width: -1 });\nexport default { model: 'm' };`,
  );
  expect((await refused(path)).map(({ code }) => code)).toEqual(['SNUG303']);
});

test.each([
  ['export const model = 1;', 'snug.config.ts', 'it has no default export'],
  ['', 'snug.config.ts', 'it has no default export'],
  ['export default () => ({});', 'snug.config.ts', 'its default export is a function'],
  ["import './missing.js';\nexport default {};", 'snug.config.mjs', "Cannot find module './missing.js'"],
  ['export default { model: ', 'snug.config.mjs', 'ParseError: Unexpected token'],
  ['model: m', 'snug.config.yaml', 'it is neither a .ts nor a .js file'],
])('%j in %s cannot be loaded', async (text, name, reason) => {
  const [problem, ...rest] = await problems(text, name);
  expect(problem).toMatch(/^SNUG112 \d* ?/);
  expect(problem).toContain(`the configuration could not be loaded: ${reason}`);
  expect(rest).toEqual([]);
});

test('bounds that no type states are checked, each at its property', async () => {
  const found = await problems(`${IMPORT}
export default defineConfig({
  name: '2eyes',
  model: {
    network: 'mobilenet-v2',
    width: -1,
    resolution: [96, 16],
    blocks: [
      [1, 16, 1, 1],
      [6, 24, 0, 2],
    ],
  },
  resolution: 31.5,
  preprocess: { mean: NaN, 'std': [1, 0, 1], },
  calibration: {
    method: 'minmax', coverage: 0.5 },
});`);
  expect(found).toEqual([
    'SNUG110 4:3 name is "2eyes"; expected a C identifier (at most 63 lower-case letters, digits and underscores, a letter first)',
    'SNUG110 7:5 model.width is -1; expected a number above 0',
    'SNUG110 8:22 model.resolution[1] is 16; expected a number of at least 32',
    'SNUG110 11:15 model.blocks[1][2] is 0; expected a number of at least 1',
    'SNUG110 14:3 resolution is 31.5; expected a whole number or a list',
    'SNUG110 15:17 preprocess.mean is NaN; expected a number or a list',
    'SNUG110 15:39 preprocess.std[1] is 0; expected a number above 0',
    "SNUG110 17:23 calibration.coverage: coverage belongs to method 'percentile'",
  ]);
});

test('names that C would take, but not the prefix of macros in upper case', async () => {
  for (const name of ['Eye', '_eye', 'eyE2']) {
    const [problem] = await problems(`${IMPORT}export default defineConfig({ model: 'm', name: '${name}' });`);
    expect(problem).toContain(`SNUG110 2:43 name is "${name}"; expected a C identifier`);
  }
});

test('an epsilon of 0, as mobilenetV2 takes it, and no infinite one', async () => {
  const config = (epsilon: string): string =>
    `${IMPORT}export default defineConfig({ model: { network: 'mobilenet-v2', epsilon: ${epsilon} } });`;
  expect(await loadConfig(write(config('0')))).toMatchObject({ model: { epsilon: 0 } });
  for (const epsilon of ['-1e-9', 'Infinity', 'NaN']) {
    expect(await problems(config(epsilon))).toEqual([expect.stringMatching(/^SNUG110 2:\d+ model\.epsilon is /)]);
  }
});

test('settings that exclude each other', async () => {
  const found = await problems(
    `${IMPORT}export default defineConfig({ model: 'm', preprocess: {\n  resize: 'none',\n  cropFraction: 1 } });`,
  );
  expect(found).toEqual(["SNUG110 4:3 preprocess.cropFraction: there is nothing to crop with resize 'none' or 'pad'"]);
});

test('a value behind a constant is found there, one behind a call at the defineConfig call', async () => {
  const found = await problems(`${IMPORT}
const calibration = { coverage: 2 };
const half = (): { golden: number } => ({ golden: 0.5 });
export default (defineConfig({ model: 'm', calibration, ...half() }) satisfies object);`);
  expect(found).toEqual([
    'SNUG110 3:23 calibration.coverage is 2; expected a number of at most 1',
    'SNUG110 5:16 golden is 0.5; expected a whole number',
  ]);
});

test('JavaScript configurations get positions, unknown fields and missing ones too', async () => {
  const found = await problems(
    `export default {\n  colour: 'red',\n  model: { network: 'mobilenet-v3' },\n  kernels: 'fast',\n  golden: 'many',\n};`,
    'snug.config.mjs',
  );
  expect(found).toEqual([
    'SNUG110 3:12 model.network is "mobilenet-v3"; expected "mobilenet-v2"',
    'SNUG110 4:3 kernels is "fast"; expected one of "portable"|"cmsis-nn"|"auto"',
    'SNUG110 5:3 golden is "many"; expected a number',
    'SNUG110 2:3 colour is no field of a configuration',
  ]);
  expect(await problems('export default { out: "x" };', 'snug.config.js')).toEqual([
    'SNUG110 1:16 model is missing; expected a text or an object',
  ]);
});

test('a missing file, a folder', async () => {
  expect(await refused(join(folder, 'none.ts'))).toMatchObject([{ code: 'SNUG102' }]);
  expect(await refused(folder)).toMatchObject([{ code: 'SNUG103', origin: { file: folder } }]);
});
