/** Pictures, configurations, output folders and flags that are refused, before or during the work. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASS_NAMES } from '../../src/passes/index.ts';
import { pixelsOf, writePictures } from '../support/pictures.ts';
import { refusals } from '../support/refused.ts';
import { filesIn, newFolder, snug, TINY } from '../support/snug.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const refused = refusals(() => cwd);
const put = (name: string, data: string | Uint8Array): Promise<void> => writeFile(join(cwd, name), data);
const tiny = (...args: readonly string[]): readonly string[] => ['compile', ...TINY, '--out', 'out', ...args];

describe('pictures', () => {
  const calibrate = tiny('--images', 'samples');

  test('that are not there, or are none', async () => {
    await refused(calibrate, { code: 'SNUG102', says: ['there is no folder at samples'] });
    await mkdir(join(cwd, 'samples'));
    await put('samples/notes.txt', 'no picture');
    await refused(calibrate, { code: 'SNUG120', says: ['samples holds no pictures'] });
    await refused(tiny('--images', 'samples/notes.txt'), { code: 'SNUG103', says: ['notes.txt', 'not a folder'] });
  });

  test('of which one does not decode, among enough to occupy several workers', async () => {
    await mkdir(join(cwd, 'many'));
    await writePictures(
      join(cwd, 'many'),
      Array.from({ length: 12 }, (_, i) => `p${String(i).padStart(2, '0')}.png`),
    );
    await put('many/p07.jpg', pixelsOf(1));
    await put('many/p11.jpg', pixelsOf(2));
    const [first, ...more] = await refused(tiny('--images', 'many'), { code: 'SNUG121', says: ['many/p07.jpg'] });
    expect(first!.origin.file).toBe(join('many', 'p07.jpg'));
    expect(more).toEqual([]);
  });

  test('that are arrays of another length or with a value that is no number', async () => {
    await mkdir(join(cwd, 'arrays'));
    await put('arrays/a.f32', new Uint8Array(4 * 3000));
    const says = ['a.f32 is 3000 values, and the network takes 32×32×3'];
    await refused(tiny('--images', 'arrays'), { code: 'SNUG122', says });
    const values = new Float32Array(3072);
    values[5] = Number.POSITIVE_INFINITY;
    await put('arrays/a.f32', new Uint8Array(values.buffer));
    await refused(tiny('--images', 'arrays'), { code: 'SNUG126', says: ['a.f32 holds Infinity at element 5'] });
    await put('arrays/a.f32', new Uint8Array(3));
    await refused(tiny('--images', 'arrays'), { code: 'SNUG127', says: ['a.f32'] });
  });
});

describe('a configuration', () => {
  const configured = async (text: string, extension = 'ts'): Promise<readonly string[]> => {
    await put(`tiny.config.${extension}`, text);
    return ['compile', '--config', `tiny.config.${extension}`, '--out', 'out'];
  };

  test('that is not there', async () => {
    const args = ['compile', '--config', 'absent.config.ts', '--out', 'out'];
    await refused(args, { code: 'SNUG102', says: ['configuration', 'absent.config.ts'] });
  });

  test('with a type error, which is told with its line and column', async () => {
    const text =
      "import { defineConfig } from 'snug';\nexport default defineConfig({\n  model: 'mobilenet-v2',\n  golden: 'two',\n});\n";
    const [first] = await refused(await configured(text), { code: 'SNUG111', says: ['tiny.config.ts:4:3', 'number'] });
    expect(first!.origin).toEqual({ file: 'tiny.config.ts', line: 4, column: 3 });
  });

  test('with a key that does not exist', async () => {
    const typed =
      "import { defineConfig } from 'snug';\nexport default defineConfig({ model: 'mobilenet-v2', widht: 1 });\n";
    await refused(await configured(typed), { code: 'SNUG111', says: ['tiny.config.ts:2:54', 'widht'] });
    const untyped = "export default { model: 'mobilenet-v2',\n  widht: 1 };\n";
    await refused(await configured(untyped, 'mjs'), { code: 'SNUG110', says: ['tiny.config.mjs:2:3', 'widht'] });
  });

  test('that throws', async () => {
    const args = await configured(
      "export default { model: 'mobilenet-v2' };\nthrow new Error('no data today');\n",
      'mjs',
    );
    await refused(args, { code: 'SNUG112', says: ['tiny.config.mjs', 'no data today'] });
  });

  test('whose preprocessing does not fit the channels', async () => {
    const text = `export default {
  model: { network: 'mobilenet-v2', width: 0.1, resolution: 32, channels: 1 },
  preprocess: { mean: [1, 2, 3] },
};
`;
    await refused(await configured(text, 'mjs'), {
      code: 'SNUG110',
      says: ['preprocess.mean has 3 values', '1 channels'],
    });
  });
});

describe('an output folder', () => {
  test('that cannot be made', async () => {
    await put('a-file', 'content');
    const args = ['compile', ...TINY, '--out', 'a-file/deep/out'];
    const errors = await refused(args, { code: 'SNUG104', says: ['cannot write to a-file/deep/out', '--out'] });
    // Known before the work begins.
    expect(errors[0]!.message).toContain('is not a folder that may be written');
  });

  test('that is not snug’s', async () => {
    await mkdir(join(cwd, 'precious'));
    await put('precious/thesis.txt', 'three years');
    const args = ['compile', ...TINY, '--out', 'precious'];
    await refused(args, { code: 'SNUG105', says: ['precious exists and was not written by snug'] });
    await put('precious/manifest.json', '{ "format": "of something else" }');
    await refused(args, { code: 'SNUG105', says: ['precious'] });
    await refused(['compile', ...TINY, '--out', 'a-file'], { code: 'SNUG105', says: ['a-file'] });
    expect((await filesIn(join(cwd, 'precious'))).get('thesis.txt')!.toString()).toBe('three years');
  });

  test('that is empty, or the current one, is taken', async () => {
    await mkdir(join(cwd, 'fresh'));
    const here = { cwd: join(cwd, 'fresh') };
    for (const _ of ['empty', 'of snug']) {
      const result = await snug(['compile', ...TINY, '--out', '.', '--quiet'], here);
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect([...(await filesIn(join(cwd, 'fresh'))).keys()]).toContain('manifest.json');
    }
  });

  test('that was not given', async () => {
    await refused(['compile', ...TINY], { code: 'SNUG101', says: ['no output folder was given', '--out DIR'] });
  });
});

describe('a command line', () => {
  test.each([
    ['a width of 0', ['--width', '0'], "'--width <w>' argument '0' is invalid. It must be a number above 0."],
    ['a resolution of letters', ['--resolution', 'abc'], 'It must be one number, or height and width as 96x128.'],
    ['no classes', ['--classes', '0'], 'It must be at least 1.'],
    ['half a seed', ['--seed', '1.5'], 'It must be a whole number.'],
    ['a share above 1', ['--coverage', '1.5'], 'It must be at most 1.'],
    ['unknown kernels', ['--kernels', 'fast'], 'Allowed choices are portable, cmsis-nn, auto.'],
    ['an unknown flag', ['--widht', '1'], "unknown option '--widht'"],
    ['a flag without its value', ['--width'], "option '--width <w>' argument missing"],
    ['coverage without percentiles', ['--calibration', 'minmax', '--coverage', '0.9'], '--coverage has no meaning'],
    ['a name with a hyphen', ['--name', 'my-net'], '"my-net" cannot be the name of a network in C'],
    ['a name of C', ['--name', 'while'], '"while" cannot be the name of a network in C'],
    ['a name of a header', ['--name', 'features'], '"features" cannot be the name of a network in C'],
    ['a name of 300 characters', ['--name', 'n'.repeat(300)], 'it has 300 characters'],
    ['a name that begins with a digit', ['--name', '2net'], 'such as n_2net'],
  ])('with %s', async (_, flags, says) => {
    await refused(tiny(...flags), { code: 'SNUG101', says: [says] });
  });

  test('with a pass that does not exist, which lists those that do', async () => {
    const says = [PASS_NAMES.join(', ')];
    await refused(tiny('--dump-after', 'optimize'), { code: 'SNUG101', says });
  });

  test('with an unknown command, or without its argument', async () => {
    await refused(['compiel'], { code: 'SNUG101', says: ["unknown command 'compiel'", '(Did you mean compile?)'] });
    await refused(['verify'], { code: 'SNUG101', says: ["missing required argument 'dir'"] });
    await refused(['verify', 'out', '--samples', 'all'], { code: 'SNUG101', says: ['--samples'] });
    await refused(['verify', 'out', 'more'], { code: 'SNUG101', says: ['too many arguments'] });
  });

  test('is refused with --quiet as well, by its errors alone', async () => {
    const { exitCode, stdout, stderr } = await snug(tiny('--quiet', '--images', 'nowhere'), { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error SNUG102: .*\n {2}where: nowhere\n {2}to fix: .*\n$/);
  });
});
