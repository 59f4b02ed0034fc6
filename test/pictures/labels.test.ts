/** Labels out of files: what they say, and what is wrong with them, with the line. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { type ClassNames, type LabelFile, labelledByFile, readClassNames } from '../../src/pictures/labels.ts';
import { newFolder } from '../support/snug.ts';

let folder: string;
beforeAll(async () => {
  folder = await newFolder();
  for (const name of ['a.png', 'b.png', 'with, comma.png']) await writeFile(join(folder, name), '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = (path: string, text: string | Uint8Array): LabelFile => ({
  path,
  data: typeof text === 'string' ? new TextEncoder().encode(text) : text,
});
const NAMES: ClassNames = { path: 'names.txt', names: ['background', 'crane', 'tench', 'crane', '9'] };
const LISTED: readonly string[] = ['x/1.png', 'x/2.png', 'x/3.png'];

async function labelsIn(of: LabelFile, names: ClassNames | null = null): Promise<Readonly<Record<string, number>>> {
  const pictures = await labelledByFile(of, folder, async () => LISTED, names);
  return Object.fromEntries(pictures.map(({ path, label }) => [path.replace(`${folder}/`, ''), label]));
}

async function refusal(of: LabelFile, names: ClassNames | null = null): Promise<string> {
  const error: unknown = await labelsIn(of, names).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SnugError);
  const [{ code, message, origin } = { code: '', message: '', origin: {} }] = (error as SnugError).diagnostics;
  return `${code} ${'line' in origin ? `line ${origin.line}` : 'no line'}: ${message}`;
}

describe('a CSV', () => {
  const csv = (text: string): LabelFile => file('labels.csv', text);

  test('gives pictures in its order, with a header or without', async () => {
    const expected = { 'b.png': 7, 'a.png': 0, 'with, comma.png': 12 };
    const rows = 'b.png,7\na.png,0\n"with, comma.png",12\n';
    expect(await labelsIn(csv(rows))).toEqual(expected);
    expect(Object.keys(await labelsIn(csv(rows)))).toEqual(Object.keys(expected));
    expect(await labelsIn(csv(`path,label\n${rows}`))).toEqual(expected);
    expect(await labelsIn(csv(`\uFEFFPath,Label\r\n${rows.replaceAll('\n', '\r\n')}`))).toEqual(expected);
    expect(await labelsIn(csv('label,who,path\n 3 ,me,a.png\n'))).toEqual({ 'a.png': 3 });
    expect(await labelsIn(file('LABELS.CSV', './a.png,1'))).toEqual({ 'a.png': 1 });
  });

  test('may have names, which --classes numbers', async () => {
    expect(await labelsIn(csv('a.png,tench\nb.png,7\n'), NAMES)).toEqual({ 'a.png': 2, 'b.png': 7 });
    // A name that is a number is a name first.
    expect(await labelsIn(csv('a.png,9'), NAMES)).toEqual({ 'a.png': 4 });
  });

  test('is refused with the line that is wrong', async () => {
    const wrong: readonly (readonly [string, string])[] = [
      [
        'a.png,1\nb.png,cat',
        'SNUG128 line 2: labels.csv cannot be used as labels: label "cat" is no class number, and names need --classes FILE',
      ],
      ['a.png,-1', 'SNUG128 line 1: labels.csv cannot be used as labels: label "-1" is no class number'],
      ['a.png,1.5', 'label "1.5" is no class number'],
      ['a.png,', 'line 1: labels.csv cannot be used as labels: a label is empty'],
      [',3', 'line 1: labels.csv cannot be used as labels: a path is empty'],
      ['a.png,1\n\nb.png,2,3', 'line 3: labels.csv cannot be used as labels: a row has 3 fields, and the first has 2'],
      ['a.png', 'line 1: labels.csv cannot be used as labels: the first row has neither two fields'],
      ['file,class,x\na.png,1,2', 'nor these as names of columns'],
      ['a.png,1\n./a.png,1', 'line 2: labels.csv cannot be used as labels: ./a.png is listed twice, first in line 1'],
      ['a.png,1\n"b.png,2', 'line 2: labels.csv cannot be used as labels: a quote is never closed'],
      ['path,label\n', 'it has a header and no rows'],
      ['', 'it has no rows'],
      ['path,label\na.png,1\nc.png,1', `SNUG102 line 3: there is no picture at ${join(folder, 'c.png')}`],
      ['.,1', 'SNUG102 line 1: there is no picture at'],
      ['a\0b.png,1', 'SNUG102 line 1'],
      [`${'a'.repeat(5000)},1`, 'SNUG102 line 1'],
    ];
    for (const [text, says] of wrong) expect(await refusal(csv(text))).toContain(says);
    const names = 'label "cat" is no class number, and names.txt has no such name';
    expect(await refusal(csv('a.png,cat'), NAMES)).toContain(names);
    expect(await refusal(csv('a.png,crane'), NAMES)).toContain(
      'line 1: labels.csv cannot be used as labels: crane is the name of classes 1 and 3: write the number',
    );
    expect(await refusal(file('labels.csv', Uint8Array.of(0xff, 0xfe, 0x61, 0)))).toContain('it is not text in UTF-8');
  });
});

describe('a list of labels', () => {
  const list = (text: string): LabelFile => file('truth.txt', text);

  test('is for the sorted pictures', async () => {
    const expected = { 'x/1.png': 490, 'x/2.png': 1, 'x/3.png': 0 };
    expect(await labelsIn(list('490\n1\n0\n'))).toEqual(expected);
    expect(await labelsIn(list('490\r\n1\r\n0\r\n\r\n'))).toEqual(expected);
    expect(await labelsIn(list('tench\ntench\n1'), NAMES)).toEqual({ 'x/1.png': 2, 'x/2.png': 2, 'x/3.png': 1 });
  });

  test('is refused where it does not fit', async () => {
    expect(await refusal(list('1\n2\n'))).toBe(
      'SNUG128 no line: truth.txt cannot be used as labels: it has 2 lines, and the folder 3 pictures',
    );
    expect(await refusal(list('1\n\n3\n'))).toContain('line 2: truth.txt cannot be used as labels: a label is empty');
    expect(await refusal(list('1\nb 2\n3\n'))).toContain('line 2: truth.txt cannot be used as labels: label "b 2"');
  });
});

test('another ending is refused', async () => {
  expect(await refusal(file('labels.tsv', 'a\t1'))).toContain('SNUG101 no line: --labels labels.tsv ends neither');
});

test('class names are lines, and not nothing', () => {
  expect(readClassNames(file('n.txt', 'tench\r\n goldfish, Carassius auratus \r\n\r\n')).names).toEqual([
    'tench',
    'goldfish, Carassius auratus',
  ]);
  expect(() => readClassNames(file('n.txt', '\n\n'))).toThrow('SNUG128: n.txt cannot be used as labels: it is empty');
});
