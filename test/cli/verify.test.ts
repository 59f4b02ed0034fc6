/** `snug verify DIR`: that it proves equality, and that it finds each kind of damage and names the place. */
import { cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { editFile, editTable } from '../support/emitted.ts';
import { writePictures } from '../support/pictures.ts';
import { refusals } from '../support/refused.ts';
import { compileInto, type Finished, jsonOf, newFolder, snug, TINY } from '../support/snug.ts';
import { nodeAlone } from '../support/tools.ts';

let cwd: string;
let copies = 0;

beforeAll(async () => {
  cwd = await newFolder();
  await compileInto(cwd, 'out');
  // Without a golden test there is less to build.
  await compileInto(cwd, 'bare', [...TINY, '--golden', '0']);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

/** A copy of an output to damage. */
async function copy(of: 'out' | 'bare' = 'out'): Promise<string> {
  copies += 1;
  const folder = join(cwd, `copy-${copies}`);
  await cp(join(cwd, of), folder, { recursive: true });
  return folder;
}

const verify = (folder: string, ...args: readonly string[]): Promise<Finished> =>
  snug(['verify', folder, ...args], { cwd });

/** The first statement of `tiny_run` over an input in the arena. */
const FIRST_IN_RUN = 'if (input != tiny_input(arena))';

describe('a fresh output', () => {
  test('passes with every compiler and in every byte', async () => {
    const result = await verify('out', '--json');
    expect(result.exitCode).toBe(0);
    const object = jsonOf(result);
    const { ram, layers, ...report } = JSON.parse(await readFile(join(cwd, 'out/report.json'), 'utf8'));
    const bytes = (layers as { output: number[] }[]).reduce((sum, l) => sum + l.output.reduce((a, b) => a * b, 1), 0);
    expect(object).toMatchObject({
      snug: report.snug,
      command: 'verify',
      name: 'tiny',
      passed: true,
      vectors: 8,
      layers: layers.length,
      comparedBytes: 8 * bytes,
      differingBytes: 0,
      firstDifference: null,
    });
    const { compilers, goldenTests } = object as { compilers: string[]; goldenTests: object[] };
    expect(compilers[0]).toBe('gcc');
    expect(goldenTests).toEqual(
      compilers.map(compiler => ({ compiler, passed: true, message: 'PASS: tiny, 2 vectors, 65 layers each' })),
    );
    for (const word of ['golden test with gcc …', 'build with sanitizers …', 'compare every layer: 8']) {
      expect(result.stderr).toContain(word);
    }
  });

  test('is compared over pictures where a folder is given, quietly', async () => {
    await writePictures(join(cwd, 'pictures'), ['a.png', 'b.png', 'c.png']);
    const result = await verify('bare', '--images', 'pictures', '--samples', '2', '--quiet');
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(
      /2 vectors, 65 layers each, \d+ bytes compared under sanitizers: 0 differ\nPASS: tiny\n$/,
    );
  });
});

describe('an edited output', () => {
  test('a changed weight is found in its layer, at a place of its channel', async () => {
    const folder = await copy();
    // [out 48][kh 1][kw 1][in 8]: weights of output channel 5.
    await editTable(join(folder, 'tiny_weights.c'), 'tiny_block_2_expand_weights', 5 * 8 + 3, v =>
      v > 0 ? -127 : 127,
    );
    const result = await verify(folder, '--json');
    expect(result.exitCode).toBe(1);
    const object = jsonOf(result) as unknown as {
      passed: boolean;
      differingBytes: number;
      firstDifference: Record<'layer' | 'vector' | 'offset' | 'expected' | 'actual', number | string>;
      goldenTests: { passed: boolean; message: string }[];
    };
    expect(object.passed).toBe(false);
    expect(object.differingBytes).toBeGreaterThan(0);
    const { layer, vector, offset, expected, actual } = object.firstDifference;
    expect({ layer, vector, channel: Number(offset) % 48 }).toEqual({ layer: 'block_2_expand', vector: 0, channel: 5 });
    expect(expected).not.toBe(actual);
    for (const golden of object.goldenTests) {
      expect(golden).toMatchObject({
        passed: false,
        message: 'FAIL: layer 5 (block_2_expand) differs first, vector 0',
      });
    }
  });

  test('a changed multiplier of a later layer is found there and nowhere before', async () => {
    const folder = await copy();
    await editTable(join(folder, 'tiny_weights.c'), 'tiny_block_11_project_multipliers', 2, value => value / 2);
    const result = await verify(folder);
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(/golden test, gcc: FAIL: layer \d+ \(block_11_project\) differs first, vector 0\n/);
    const first = /first difference: layer (\w+), vector 0, byte (\d+): expected -?\d+, got -?\d+\nFAIL: tiny\n$/.exec(
      result.stdout,
    );
    expect(first?.[1]).toBe('block_11_project');
    const { layers } = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as {
      layers: { name: string; output: number[] }[];
    };
    expect(Number(first?.[2]) % layers.find(l => l.name === 'block_11_project')!.output.at(-1)!).toBe(2);
  });

  test('C that does not compile is an answer of no, with the compiler’s words', async () => {
    const folder = await copy();
    await editFile(join(folder, 'tiny.c'), FIRST_IN_RUN, `unknown_function(); ${FIRST_IN_RUN}`);
    const result = await verify(folder, '--json');
    expect(result.exitCode).toBe(1);
    expect(jsonOf(result)).toMatchObject({ error: [{ code: 'SNUG901', severity: 'answer' }] });
    expect(result.stderr).toContain('error SNUG901: gcc refused the emitted C:\n');
    expect(result.stderr).toContain('unknown_function');
  });

  test('a write beyond the arena is caught by the sanitizers', async () => {
    const folder = await copy('bare');
    await editFile(join(folder, 'tiny.c'), FIRST_IN_RUN, `*(int8_t *)(arena + 1) = 0; ${FIRST_IN_RUN}`);
    const result = await verify(folder, '--json');
    expect(result.exitCode).toBe(1);
    expect(jsonOf(result)).toMatchObject({ error: [{ code: 'SNUG902', severity: 'answer' }] });
    expect(result.stderr).toMatch(/error SNUG902: tiny stopped with an error:\n[\s\S]*global-buffer-overflow/);
  });
});

describe('what is no output of snug', () => {
  const refused = refusals(() => cwd);

  test('a folder without a manifest', async () => {
    await mkdir(join(cwd, 'empty'));
    await refused(['verify', 'empty'], { code: 'SNUG106', says: ['empty', 'manifest.json is missing'] });
    await refused(['verify', 'nowhere'], { code: 'SNUG106', says: ['nowhere'] });
  });

  test.each([
    ['text', 'not json', 'manifest.json is not JSON'],
    ['cut', '{ "snug": "0.1.0", "format": "snug-man', 'manifest.json is not JSON'],
    ['foreign', '{ "format": "other" }', 'was not written by snug, or is damaged'],
    [
      'bare',
      '{ "snug": "1", "format": "snug-manifest", "name": "tiny", "kernels": "auto", "input": "caller" }',
      '(provenance)',
    ],
  ])('a manifest that is damaged: %s', async (_, content, says) => {
    const folder = await copy();
    await writeFile(join(folder, 'manifest.json'), content);
    await refused(['verify', folder], { code: 'SNUG106', says: [folder, says] });
  });

  test('a manifest whose name leads out of the folder', async () => {
    const folder = await copy();
    await editFile(join(folder, 'manifest.json'), '"name": "tiny"', '"name": "../tiny"');
    await refused(['eval', folder, '--images', 'pictures'], { code: 'SNUG106', says: ['(name)'] });
  });

  test.each(['test/model.safetensors', 'test/vectors.bin'])('%s is missing', async file => {
    const folder = await copy();
    await rm(join(folder, file));
    await refused(['verify', folder], { code: 'SNUG106', says: [`${file} is missing`] });
  });

  test.each([0, 3071])('vectors of %i bytes', async size => {
    const folder = await copy();
    await truncate(join(folder, 'test/vectors.bin'), size);
    await refused(['verify', folder], {
      code: 'SNUG106',
      says: ['test/vectors.bin does not hold whole inputs of 3072'],
    });
  });

  test('a model that is cut off', async () => {
    const folder = await copy();
    await truncate(join(folder, 'test/model.safetensors'), 20_000);
    await refused(['verify', folder], { code: 'SNUG202', says: ['test/model.safetensors'] });
  });

  test('a host without gcc', async () => {
    const says = ['gcc is not installed', 'apt-get install gcc', 'snug doctor lists all that is missing'];
    await refused(['verify', 'out'], { code: 'SNUG501', says, env: { PATH: await nodeAlone() } });
  });

  test('an output that calls CMSIS-NN only', async () => {
    await compileInto(cwd, 'cmsis', [...TINY, '--kernels', 'cmsis-nn']);
    const says = ['cmsis holds no portable kernels', 'compile with --kernels auto'];
    await refused(['verify', 'cmsis'], { code: 'SNUG502', says });
    await mkdir(join(cwd, 'labelled'));
    await writePictures(join(cwd, 'labelled'), ['0_a.png']);
    await refused(['eval', 'cmsis', '--images', 'labelled'], { code: 'SNUG502', says });
  });
});
