/** `snug quantize`, and `snug compile` with `--explain` and `--min-sqnr`. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { QuantizationReport } from '../../src/report/quantization/types.ts';
import { compileInto, filesIn, jsonOf, ROOT, snug, TINY, testFolder } from '../support/snug.ts';

const NETWORK = TINY.slice(0, -2);
const FAST = ['--quantize', 'fast'];

test('prints the ladder, every layer and the most sensitive ones, and writes nothing', async () => {
  const cwd = await testFolder();
  const { stdout, stderr, exitCode } = await snug(['quantize', ...NETWORK, '--explain'], { cwd });
  expect(exitCode).toBe(0);
  expect(stderr).toContain('explain: ');
  expect(stdout).toMatch(/^mbv2_010_32: output SQNR [\d.]+ dB, float's class in \d of 4 inputs\n/);
  expect(stdout).toContain(
    'calibrated with 8 random inputs: mse ranges, a scale for each channel, compensated rounding',
  );
  expect(stdout).toContain('Weights are seeded random numbers');
  expect(stdout).toMatch(/ranges as seen, nearest rounding +[\d.]+ +\d of 4/);
  expect(stdout).toMatch(/\+ compensated rounding +[\d.]+ +[+-][\d.]+ +\d of 4/);
  expect(stdout).toMatch(/stem +conv2d +1×16×16×\d+ +[\d.]+ +[\d.]+ +[\d.]+ +\S.* to .* mse/);
  expect(stdout).toMatch(/most sensitive: \w+ \([\d.]+ dB\), \w+ \([\d.]+ dB\), \w+ \([\d.]+ dB\)\n$/);
  expect(await filesIn(cwd)).toEqual(new Map());
});

test('gives one object, and a page', async () => {
  const cwd = await testFolder();
  const args = ['quantize', ...NETWORK, ...FAST, '--json', '--html', 'q.html', '--quiet'];
  const result = await snug(args, { cwd });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  const report = jsonOf(result) as unknown as QuantizationReport;
  expect(Object.keys(report)).toEqual([
    ...['snug', 'command', 'name', 'weights', 'recipe', 'calibration', 'measured', 'output', 'ladder', 'layers'],
  ]);
  expect(report).toMatchObject({
    command: 'quantize',
    name: 'mbv2_010_32',
    calibration: { samples: 8, inputs: 'random' },
  });
  expect(report.ladder.map(({ step }) => step)).toEqual(['plain', 'analytic-bias']);
  expect(Object.keys(report.layers[0]!)).toEqual([
    ...['name', 'operator', 'output', 'weightSqnrDb', 'sqnrDb', 'clipped', 'range', 'scale', 'zeroPoint'],
    ...['sensitivityDb', 'equalized'],
  ]);
  const page = await readFile(join(cwd, 'q.html'), 'utf8');
  expect(page).toContain('<h1>mbv2_010_32: what quantization costs</h1>');
  expect(jsonOf(await snug(args, { cwd }))).toEqual(report);
  expect(await readFile(join(cwd, 'q.html'), 'utf8')).toBe(page);
});

test('a compilation is explained beside its program, with the same figures', async () => {
  const cwd = await testFolder();
  const plain = await filesIn(await compileInto(cwd, 'plain', [...TINY, ...FAST]));
  const result = await snug(['compile', ...TINY, ...FAST, '--out', 'out', '--explain', '--quiet'], { cwd });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  expect(result.stdout).toContain('most sensitive: ');
  const explained = await filesIn(join(cwd, 'out'));
  const added = [...explained.keys()].filter(path => !plain.has(path));
  expect(added).toEqual(['quantization.html', 'quantization.json']);
  for (const [path, bytes] of plain) {
    if (path !== 'manifest.json') expect(explained.get(path)?.equals(bytes), path).toBe(true);
  }
  // The manifest lists the two files besides, and is the same otherwise.
  const manifests = [plain, explained].map(
    files => JSON.parse(files.get('manifest.json')!.toString()) as { files: object },
  );
  const {
    'quantization.html': page,
    'quantization.json': figures,
    ...shared
  } = manifests[1]!.files as Record<string, string>;
  expect([page, figures]).toEqual(Array(2).fill(expect.stringMatching(/^[0-9a-f]{64}$/)));
  expect({ ...manifests[1], files: shared }).toEqual(manifests[0]);
  const report = JSON.parse(explained.get('quantization.json')!.toString()) as QuantizationReport;
  const compiled = JSON.parse(explained.get('report.json')!.toString()) as {
    layers: { name: string; sqnrDb: number }[];
  };
  expect(report.layers.map(({ name, sqnrDb }) => ({ name, sqnrDb }))).toEqual(
    compiled.layers.map(({ name, sqnrDb }) => ({ name, sqnrDb })),
  );
  const json = jsonOf(
    await snug(['compile', ...TINY, ...FAST, '--out', 'out', '--explain', '--json', '--quiet'], { cwd }),
  );
  expect(json).toMatchObject({ command: 'compile', quantization: report });
});

test('a layer of too much noise is named, and nothing is written', async () => {
  const cwd = await testFolder();
  const compiled = await snug(['compile', ...TINY, ...FAST, '--out', 'out', '--min-sqnr', '60', '--quiet'], { cwd });
  expect(compiled.exitCode).toBe(1);
  expect(compiled.stderr).toMatch(/SNUG404.*\d+ layers have an SQNR below 60 dB: \w+ \([\d.]+ dB\)/s);
  expect(compiled.stderr).toContain('--quantize best');
  expect(compiled.stdout).toBe('');
  expect(existsSync(join(cwd, 'out'))).toBe(false);

  const asked = ['quantize', ...NETWORK, ...FAST, '--min-sqnr', '60', '--quiet'];
  const quantized = await snug([...asked, '--html', 'q.html'], { cwd });
  expect(quantized.exitCode).toBe(1);
  expect(quantized.stderr).toContain('SNUG404');
  // The table shows why.
  expect(quantized.stdout).toContain('most sensitive: ');
  expect(existsSync(join(cwd, 'q.html'))).toBe(true);
  const { error } = jsonOf(await snug([...asked, '--json'], { cwd })) as {
    error: { code: string; severity: string }[];
  };
  expect(error).toMatchObject([{ code: 'SNUG404', severity: 'answer' }]);
});

test('a threshold that is met is kept, and the configuration may have it', async () => {
  const cwd = await testFolder();
  await compileInto(cwd, 'out', [...TINY, ...FAST, '--min-sqnr', '1']);
  await writeFile(
    join(cwd, 'snug.config.js'),
    `export default { model: { network: 'mobilenet-v2', width: 0.1, resolution: 32, classes: 5 }, quantize: { preset: 'fast', minSqnr: 60 } };\n`,
  );
  const configured = ['quantize', '--config', 'snug.config.js', '--quiet'];
  expect(await snug(configured, { cwd })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('below 60 dB'),
  });
  expect(await snug([...configured, '--min-sqnr', '1'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a network that is quantized already has nothing to compare with', async () => {
  const cwd = await testFolder();
  const file = join(ROOT, 'test/frontends/tflite/fixtures/mobilenet_v2_int8.tflite');
  const refused = await snug(['quantize', '--model', file, '--quiet'], { cwd });
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('the model file is quantized already');
  const promised = await snug(['compile', '--model', file, '--out', 'out', '--min-sqnr', '20', '--quiet'], { cwd });
  expect(promised.exitCode).toBe(2);
  expect(promised.stderr).toContain('--min-sqnr cannot be checked');
  const noted = await snug(['compile', '--model', file, '--out', 'out', '--explain'], { cwd });
  expect(noted.exitCode).toBe(0);
  expect(noted.stderr).toContain('nothing to explain: the model file is quantized already');
  expect(existsSync(join(cwd, 'out/quantization.json'))).toBe(false);
});

test('a quantized network whose input is not what preprocessing gives gets a note that says what would be', async () => {
  const cwd = await testFolder();
  const file = join(ROOT, 'test/frontends/tflite/fixtures/mobilenet_v2_int8.tflite');
  const compile = ['compile', '--model', file, '--out', 'out'];
  expect((await snug(compile, { cwd })).stderr).not.toContain('pixels become');
  const config = { model: file, preprocess: { mean: 0, std: 255 } };
  await writeFile(join(cwd, 'snug.config.js'), `export default ${JSON.stringify(config)};\n`);
  const { exitCode, stderr } = await snug(['compile', '--config', 'snug.config.js', '--out', 'out'], { cwd });
  expect(exitCode).toBe(0);
  expect(stderr).toContain('pixels become 0 to 1, and the input of the model file is quantized for −0.996 to 1');
  expect(stderr).toContain('--mean 127.5 --std 127.5');
});

test.each([
  [['--min-sqnr', '0'], 'It must be a number above 0'],
  [['--html', 'none/q.html'], 'q.html'],
  [['--quantize', 'perfect'], 'Allowed choices are fast, balanced, best'],
])('refuses %j', async (args, message) => {
  const result = await snug(['quantize', ...NETWORK, ...FAST, ...args, '--quiet'], { cwd: await testFolder() });
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain(message);
});

test('says how many pictures are enough', async () => {
  const cwd = await testFolder();
  const result = await snug(['quantize', ...NETWORK, ...FAST, '--convergence', '--json', '--quiet'], { cwd });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  const { convergence } = jsonOf(result) as { readonly convergence: readonly { readonly samples: number }[] };
  expect(convergence.map(({ samples }) => samples)).toEqual([1, 2, 5, 8]);
  for (const point of convergence) expect(point).toMatchObject({ heldOut: 8, sqnrDb: expect.any(Number) });
  const text = await snug(['quantize', ...NETWORK, ...FAST, '--convergence', '--quiet'], { cwd });
  expect(text.stdout).toContain('how many pictures are enough: the output over 8 that none was calibrated with');
});

test('refuses to hold pictures out where calibration takes all of them', async () => {
  const cwd = await testFolder();
  const images = join(ROOT, 'examples/digits/images');
  const args = ['quantize', ...NETWORK, '--channels', '1', ...FAST, '--images', images, '--samples', '1000000'];
  const result = await snug([...args, '--convergence', '--quiet'], { cwd });
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('none is left to measure over');
});
