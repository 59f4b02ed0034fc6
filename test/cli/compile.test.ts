/** `snug compile` without pictures or weights: what it writes, prints and repeats. */
import { createHash } from 'node:crypto';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CompileReport } from '../../src/report/report.ts';
import {
  compileInto,
  execute,
  type Finished,
  filesIn,
  jsonOf,
  newFolder,
  ROOT,
  snug,
  TINY,
  testFolder,
} from '../support/snug.ts';
import { largeBiases } from '../support/tflite-networks.ts';
import { tfliteModel } from '../support/tflite-writer.ts';

const KERNELS = [
  ...['arm_avgpool_s8.c', 'arm_convolve_1x1_s8_fast.c', 'arm_convolve_wrapper_s8.c', 'arm_depthwise_conv_wrapper_s8.c'],
  ...['arm_elementwise_add_s8.c', 'arm_fully_connected_s8.c', 'arm_nn_types.h', 'arm_nnfunctions.h'],
  ...['arm_softmax_s8.c', 'snug_requantize.h'],
].map(file => `cmsis_nn/${file}`);
const PROGRAM = ['tiny.c', 'tiny.h', 'tiny_weights.c', 'tiny_weights.h'];
const GOLDEN = ['test/tiny_golden.c', 'test/tiny_golden.h', 'test/tiny_test.c'];
const DATA = ['CMakeLists.txt', 'manifest.json', 'report.json', 'test/model.safetensors', 'test/vectors.bin'];

let cwd: string;
let compiled: Finished;
let report: CompileReport;
let files: ReadonlyMap<string, Buffer>;
const text = (path: string): string => files.get(path)?.toString('utf8') ?? '';

beforeAll(async () => {
  cwd = await newFolder();
  compiled = await snug(['compile', ...TINY, '--out', 'out', '--json'], { cwd });
  report = jsonOf(compiled) as unknown as CompileReport;
  files = await filesIn(join(cwd, 'out'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('a compilation', () => {
  test('ends well and logs on stderr', () => {
    expect(compiled.exitCode).toBe(0);
    expect(compiled.stderr).toMatch(
      /^preprocessing, [^\n]*\n {2}size [^\n]*\n {2}channels [^\n]*\n {2}numbers [^\n]*\(default\)\ncalibrate …\ncalibrate: 8, [\d.]+ s\nquantize …\n/,
    );
    for (const stage of ['quantize', 'golden vectors', 'emit']) expect(compiled.stderr).toContain(`${stage} …`);
  });

  test('writes the files of the contract and no others', () => {
    expect([...files.keys()].sort()).toEqual([...KERNELS, ...PROGRAM, ...GOLDEN, ...DATA].sort());
  });

  test('prints the object that report.json holds', () => {
    expect(report).toEqual(JSON.parse(text('report.json')));
  });

  test('reports every field of docs/cli.md, what is unknown as null', () => {
    expect(report).toMatchObject({
      command: 'compile',
      name: 'tiny',
      model: { source: 'mobilenet-v2', width: 0.1, resolution: [32, 32], classes: 5, weights: 'seeded' },
      schedule: { kind: 'stream', recomputeFactor: 1, input: 'resident' },
      ram: { stateBytes: 8, stackBytes: null, inputBytes: 0, outputBytes: 5 },
      flash: { codeBytes: null },
    });
    expect(Object.keys(report).sort()).toEqual(
      [...['command', 'flash', 'layers', 'macs', 'model', 'name', 'parameters', 'ram', 'schedule', 'snug']].sort(),
    );
    expect(report.layers).toHaveLength(65);
    expect(report.layers[0]).toMatchObject({ name: 'stem', output: [1, 16, 16, 8] });
  });

  test('reports sums that add up', () => {
    const { ram, flash, macs, layers } = report;
    const sum = (of: (layer: (typeof layers)[number]) => number): number => layers.reduce((s, l) => s + of(l), 0);
    expect(macs.network).toBe(sum(layer => layer.macs));
    expect(macs.executed).toBe(macs.network);
    expect(flash.weightsBytes).toBe(sum(layer => layer.weightsBytes));
    expect(ram.scratchBytes).toBe(Math.max(...layers.map(layer => layer.scratchBytes)));
    expect(ram.scratchBytes).toBe(Math.max(...Object.values(ram.scratchBytesByCore)));
    const parts = [ram.arenaBytes, ram.scratchBytes, ram.stateBytes, ram.inputBytes, ram.outputBytes];
    expect(ram.totalBytes).toBe(parts.reduce((a, b) => a + b));
    expect(layers.map(layer => layer.name)).toContain(ram.peak.layer);
    for (const { name, sqnrDb } of layers) expect(sqnrDb, name).toBeGreaterThan(5);
  });

  test('says in every place that the weights are seeded and that calibration was random', () => {
    expect(report.model).toMatchObject({ weights: 'seeded', calibrationInputs: 'random' });
    expect(text('tiny.h')).toContain('WEIGHTS ARE SEEDED RANDOM NUMBERS');
    expect(JSON.parse(text('manifest.json'))).toMatchObject({
      format: 'snug-manifest',
      name: 'tiny',
      provenance: { source: 'mobilenet-v2', model: null, weights: null, calibration: { samples: 8, inputs: 'random' } },
    });
  });

  test('puts no path of this machine and no date into any file', () => {
    const strangers = [cwd, ROOT.replace(/\/$/, ''), homedir(), hostname()].filter(word => word.length > 4);
    for (const [path, data] of files) {
      const content = data.toString('latin1');
      for (const word of strangers) expect(content.includes(word), `${word} in ${path}`).toBe(false);
      expect(content, path).not.toMatch(
        /\b20[2-9]\d-[01]\d-[0-3]\d\b|__DATE__|__TIME__|(^|[\s"'=(])\/(tmp|home|root|usr)\//m,
      );
    }
  });

  test('begins every source with its licence', () => {
    for (const [path, data] of files) {
      if (!/\.[ch]$|CMakeLists/.test(path)) continue;
      expect(data.toString('utf8').split('\n')[0], path).toMatch(/SPDX-License-Identifier: \S+/);
    }
  });

  test('repeated gives the same bytes in every file', async () => {
    const again = await testFolder();
    const result = await snug(['compile', ...TINY, '--out', 'elsewhere/deep/out', '--quiet'], { cwd: again });
    expect(result.exitCode).toBe(0);
    const repeated = await filesIn(join(again, 'elsewhere/deep/out'));
    expect([...repeated.keys()]).toEqual([...files.keys()]);
    for (const [path, data] of files) expect(repeated.get(path)!.equals(data), path).toBe(true);
  });

  test('with another seed gives other weights', async () => {
    const folder = await testFolder();
    await snug(['compile', ...TINY, '--seed', '2', '--out', 'out', '--quiet'], { cwd: folder });
    const other = await filesIn(join(folder, 'out'));
    expect(other.get('tiny_weights.c')!.equals(files.get('tiny_weights.c')!)).toBe(false);
  });

  test('replaces an earlier output as a whole, with the files that this one has not', async () => {
    expect((await snug(['compile', ...TINY, '--integration', 'zephyr', '--out', 'out'], { cwd })).exitCode).toBe(0);
    expect((await filesIn(join(cwd, 'out'))).has('zephyr/module.yml')).toBe(true);
    expect((await snug(['compile', ...TINY, '--out', 'out', '--quiet'], { cwd })).exitCode).toBe(0);
    expect([...(await filesIn(cwd)).keys()].filter(path => !path.startsWith('out/'))).toEqual([]);
    const now = await filesIn(join(cwd, 'out'));
    for (const [path, data] of files) expect(now.get(path)!.equals(data), path).toBe(true);
    expect(now.has('zephyr/module.yml')).toBe(false);
  });

  test('lists its files in the manifest, with their hashes', () => {
    const { files: listed } = JSON.parse(text('manifest.json')) as { readonly files: Readonly<Record<string, string>> };
    const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    const others = [...files].filter(([path]) => path !== 'manifest.json');
    expect(listed).toEqual(Object.fromEntries(others.map(([path, data]) => [path, hash(data)])));
  });

  test('refuses to replace an output beside which somebody works, and one that was edited', async () => {
    const args = ['compile', ...TINY, '--out', 'out', '--quiet'];
    const own = join(cwd, 'out/main.c');
    await writeFile(own, 'int main(void);\n');
    const added = await snug(args, { cwd });
    expect(added).toMatchObject({ exitCode: 2, stdout: '' });
    expect(added.stderr).toContain('error SNUG105: out holds what snug did not write: main.c\n');
    await rm(own);
    await appendFile(join(cwd, 'out/tiny.c'), '/* mine */\n');
    expect((await snug(args, { cwd })).stderr).toContain('out was changed since snug wrote it: tiny.c\n');
    await rm(join(cwd, 'out/tiny.c'));
    expect(await snug(args, { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('options of compile', () => {
  test('--quiet prints the result and logs nothing', async () => {
    const folder = await testFolder();
    const { stdout, stderr, exitCode } = await snug(['compile', ...TINY, '--out', 'out', '--quiet'], { cwd: folder });
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toContain('tiny: 32×32 → 5, 65 layers');
    expect(stdout).toContain('Weights are seeded random numbers');
    expect(stdout).toContain('Calibrated on random inputs.');
  });

  test('NO_COLOR wins over everything that asks for colours', async () => {
    const folder = await testFolder();
    const colour = '\u001b[';
    const [out, env] = [['compile', ...TINY, '--out', 'out'], { FORCE_COLOR: '1' }];
    const coloured = await snug(['inspect', 'mobilenet-v2', '--resolution', 'abc'], { cwd: folder, env });
    expect(coloured.stderr).toContain(colour);
    for (const args of [out, ['inspect', 'mobilenet-v2', '--resolution', 'abc'], ['inspect', ...TINY.slice(0, 8)]]) {
      const plain = await snug(args, { cwd: folder, env: { ...env, NO_COLOR: '1' } });
      expect(plain.stdout + plain.stderr).not.toContain(colour);
    }
  });

  test('a golden test without the trace does not compile, and says what to define', async () => {
    const folder = await testFolder();
    await compileInto(folder, 'out');
    const flags = ['-std=c99', '-Iout', '-Iout/test', '-Iout/cmsis_nn'];
    const sources = ['out/test/tiny_test.c', 'out/test/tiny_golden.c', 'out/tiny.c', 'out/tiny_weights.c'];
    const bare = await execute('gcc', [...flags, '-fsyntax-only', sources[0]!], { cwd: folder });
    expect(bare.exitCode).not.toBe(0);
    expect(bare.stderr).toContain('define TINY_TRACE for all files of this program, tiny.c among them');

    // Defined for the test alone, the program has no trace to compare.
    await execute('gcc', [...flags, '-DTINY_TRACE', '-c', sources[0]!, '-o', 'test.o'], { cwd: folder });
    const link = `gcc ${flags.join(' ')} test.o ${sources.slice(1).join(' ')} out/cmsis_nn/*.c -o golden`;
    expect(await execute('sh', ['-c', link], { cwd: folder })).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await execute('./golden', [], { cwd: folder })).toMatchObject({
      exitCode: 1,
      stdout: 'FAIL: tiny.c was compiled without TINY_TRACE\n',
    });
  });

  test('a model whose file has a name that is taken is called otherwise, and a note says so', async () => {
    const folder = await testFolder();
    await writeFile(join(folder, 'stdlib.tflite'), tfliteModel(largeBiases()));
    const args = ['compile', '--model', 'stdlib.tflite', '--samples', '1'];
    const { stderr, exitCode } = await snug([...args, '--out', 'out'], { cwd: folder });
    expect(stderr).toContain('stdlib is taken in C, so the program is called stdlib_; --name gives it another');
    expect(exitCode).toBe(0);
    expect([...(await filesIn(join(folder, 'out'))).keys()]).toContain('stdlib_.h');
    const named = await snug([...args, '--name', 'mine', '--out', 'mine'], { cwd: folder });
    expect(named.stderr).not.toContain('taken in C');
  });

  test('--golden 0 leaves the golden test out and keeps the vectors', async () => {
    const folder = await testFolder();
    await snug(['compile', ...TINY, '--golden', '0', '--out', 'out', '--quiet'], { cwd: folder });
    const paths = [...(await filesIn(join(folder, 'out'))).keys()];
    expect(paths.filter(path => GOLDEN.includes(path))).toEqual([]);
    expect(paths).toContain('test/vectors.bin');
  });

  test('--kernels cmsis-nn leaves the portable kernels out', async () => {
    const folder = await testFolder();
    await snug(['compile', ...TINY, '--kernels', 'cmsis-nn', '--out', 'out', '--quiet'], { cwd: folder });
    const output = await filesIn(join(folder, 'out'));
    expect([...output.keys()].filter(path => path.startsWith('cmsis_nn/'))).toEqual([]);
    expect(output.get('CMakeLists.txt')!.toString()).toContain('tiny needs CMSIS-NN');
  });

  test('--dump-after prints the graph as that pass left it, on stderr', async () => {
    const folder = await testFolder();
    const dump = async (pass: string): Promise<Finished> =>
      snug(['compile', ...TINY, '--dump-after', pass, '--out', 'out', '--json'], { cwd: folder });
    const folded = await dump('fold-batch-norm');
    expect(jsonOf(folded)).toEqual(report);
    expect(folded.stderr).toContain('graph mbv2_010_32 (folded, weights seeded)\n  input %0 1×32×32×3\n');
    expect(folded.stderr).toContain(' = clamp "stem_relu6" ');
    expect(folded.stderr).not.toContain('batchNorm');
    const quantized = await dump('quantize');
    expect(quantized.stderr).toContain('(quantized, weights seeded)');
    expect(quantized.stderr).toMatch(/input %0 1×32×32×3 quantization \{scale: [\d.]+, zeroPoint: -1\}/);
    const absent = await dump('append-softmax');
    expect(absent.exitCode).toBe(0);
    expect(absent.stderr).toContain('nothing to print after append-softmax: that pass did not run');
  });

  test('snug.config.ts of the folder counts, and flags win over it', async () => {
    const folder = await testFolder();
    await writeFile(
      join(folder, 'snug.config.ts'),
      `import { defineConfig } from 'snug';
export default defineConfig({
  name: 'from_config',
  model: { network: 'mobilenet-v2', width: 0.1, resolution: 32, classes: 7 },
  out: 'configured',
});
`,
    );
    const { stderr, ...result } = await snug(['compile', '--classes', '3', '--json'], { cwd: folder });
    expect(stderr).toContain('configuration: snug.config.ts');
    expect(jsonOf({ ...result, stderr })).toMatchObject({ name: 'from_config', model: { width: 0.1, classes: 3 } });
    expect(await readFile(join(folder, 'configured/from_config.h'), 'utf8')).toContain('FROM_CONFIG_OUTPUT_LENGTH 3');
  });
});
