/** `--labels` and `--classes`: labels in files of their own, where they are looked for, and what they count as. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writePictures } from '../../support/pictures.ts';
import { refusals } from '../../support/refused.ts';
import { compileInto, type Finished, newFolder, snug, TINY } from '../../support/snug.ts';

/** One lies deeper than a folder of pictures is searched. */
const FILES: readonly string[] = ['b.png', 'deep/er/a.png', 'c.png'];

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
  await writePictures(join(cwd, 'set'), FILES);
  await compileInto(cwd, 'out');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const put = (name: string, text: string): Promise<void> => writeFile(join(cwd, name), text);
const evaluate = (folder: string, args: readonly string[]): Promise<Finished> =>
  snug(['eval', folder, '--no-reference', '--json', '--out', 'results.json', ...args], { cwd });
const refused = refusals(() => cwd);

/** Path, label and class of every picture, in the order of the evaluation. */
async function labels(...args: readonly string[]): Promise<readonly (readonly [string, number, number])[]> {
  expect(await evaluate('out', args)).toMatchObject({ exitCode: 0 });
  const { results } = JSON.parse(await readFile(join(cwd, 'results.json'), 'utf8')) as {
    results: readonly { path: string; label: number; class: number }[];
  };
  return results.map(({ path, label, class: right }) => [path, label, right]);
}

describe('a CSV', () => {
  const expected = [
    ['c.png', 4, 4],
    ['deep/er/a.png', 0, 0],
  ];

  test('says which pictures there are, relative to --images or else to itself', async () => {
    await put('elsewhere.csv', 'path,label\nc.png,4\ndeep/er/a.png,0\n');
    await put('set/inside.csv', 'c.png,4\n"deep/er/a.png",0\n');
    expect(await labels('--images', 'set', '--labels', 'elsewhere.csv')).toEqual(expected);
    expect(await labels('--labels', 'set/inside.csv')).toEqual(expected);
    expect(await labels('--labels', join(cwd, 'set/inside.csv'))).toEqual(expected);
  });

  test('has labels to which the offset is added, and which the network must have', async () => {
    await put('set/one.csv', 'b.png,5\n');
    expect(await labels('--labels', 'set/one.csv', '--label-offset', '-1')).toEqual([['b.png', 5, 4]]);
    const says = ['b.png is labelled 5, and the network has classes 0 to 4', '--label-offset'];
    await refused(['eval', 'out', '--labels', 'set/one.csv'], { code: 'SNUG124', says });
  });

  test('may have names', async () => {
    await put('names.txt', 'ant\nbee\ncat\ndog\nemu\n');
    await put('set/names.csv', 'b.png,dog\nc.png,ant\n');
    const named = [
      ['b.png', 3, 3],
      ['c.png', 0, 0],
    ];
    expect(await labels('--labels', 'set/names.csv', '--classes', 'names.txt')).toEqual(named);
    const args = ['eval', 'out', '--labels', 'set/names.csv'];
    await refused(args, { code: 'SNUG128', says: ['label "dog"', 'names need --classes', 'set/names.csv:1'] });
    await put('few.txt', 'dog\n');
    const says = ['label "ant"', 'few.txt has no such name', 'set/names.csv:2'];
    await refused([...args, '--classes', 'few.txt'], { code: 'SNUG128', says });
    await refused([...args, '--classes', 'absent.txt'], { code: 'SNUG102', says: ['list of class names'] });
    await refused(['eval', 'out', '--images', 'set', '--classes', 'names.txt'], {
      code: 'SNUG101',
      says: ['--labels'],
    });
  });

  test('names pictures that are not there by its line', async () => {
    await put('set/gone.csv', 'b.png,1\ngone.png,1\n');
    const says = ['there is no picture at', 'gone.png', 'set/gone.csv:2'];
    await refused(['eval', 'out', '--labels', 'set/gone.csv'], { code: 'SNUG102', says });
    await refused(['eval', 'out', '--labels', 'absent.csv'], { code: 'SNUG102', says: ['label file', 'absent.csv'] });
  });
});

test('a list of labels is for the sorted pictures of the folder', async () => {
  await put('truth.txt', '3\n1\n');
  expect(await labels('--images', 'set', '--labels', 'truth.txt')).toEqual([
    ['b.png', 3, 3],
    ['c.png', 1, 1],
  ]);
  await refused(['eval', 'out', '--labels', 'truth.txt'], { code: 'SNUG101', says: ['--images FOLDER'] });
  await put('truth.txt', '3\n1\n2\n');
  const says = ['truth.txt', 'it has 3 lines, and the folder 2 pictures'];
  await refused(['eval', 'out', '--images', 'set', '--labels', 'truth.txt'], { code: 'SNUG128', says });
  await put('truth.dat', '3\n');
  await refused(['eval', 'out', '--images', 'set', '--labels', 'truth.dat'], { code: 'SNUG101', says: ['truth.dat'] });
});

test('names of 1001 classes count the background themselves, and those of 1000 do not', async () => {
  await compileInto(cwd, 'imagenet', [...TINY, '--classes', '1001', '--golden', '0']);
  const names = Array.from({ length: 1000 }, (_, i) => `class ${i}`);
  await put('set/tench.csv', 'b.png,class 0\n');
  await put('1000.txt', names.join('\n'));
  await put('1001.txt', ['background', ...names].join('\n'));
  for (const file of ['1000.txt', '1001.txt']) {
    const result = await evaluate('imagenet', ['--labels', 'set/tench.csv', '--classes', file]);
    expect(result.exitCode).toBe(0);
    expect(result.stderr.includes('class 0 is taken as background')).toBe(file === '1000.txt');
    expect(await readFile(join(cwd, 'results.json'), 'utf8')).toContain('"class":1,');
  }
});
