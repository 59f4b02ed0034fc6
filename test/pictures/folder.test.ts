import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { labelled, listPictures } from '../../src/pictures/folder.ts';

const base = mkdtempSync(join(tmpdir(), 'snug-folder-'));
afterAll(() => rmSync(base, { recursive: true }));

let made = 0;
/** A folder with empty files of these names; a name that ends in `/` is a folder without files. */
function make(...names: readonly string[]): string {
  made += 1;
  const folder = join(base, String(made));
  mkdirSync(folder);
  for (const name of names) {
    mkdirSync(join(folder, name.endsWith('/') ? name : dirname(name)), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(join(folder, name), '');
  }
  return folder;
}

async function listed(folder: string): Promise<readonly string[]> {
  return (await listPictures(folder)).map(path => relative(folder, path).replaceAll('\\', '/'));
}

async function labels(folder: string): Promise<Readonly<Record<string, number>>> {
  const pairs = labelled(await listPictures(folder), folder);
  return Object.fromEntries(pairs.map(({ path, label }) => [relative(folder, path).replaceAll('\\', '/'), label]));
}

async function codeOf(action: () => Promise<unknown>): Promise<unknown> {
  const error = await action().then(
    () => null,
    thrown => thrown,
  );
  if (!(error instanceof SnugError)) throw new Error(`expected a SnugError, got ${String(error)}`);
  return error.diagnostics.map(({ code, message, origin }) => ({ code, message, file: origin.file }));
}

test('lists pictures and arrays one level deep, in the order of code units', async () => {
  const folder = make(
    ...['b.JPG', 'a.png', 'ä.webp', 'B.jpeg', 'x.gif', 'x.tif', 'x.tiff', 'x.avif', 'x.npy', 'x.f32'],
    ...['notes.txt', '.hidden.png', '10/x.png', '9/x.png', '9/deep/x.png', '.cache/x.png', 'dir.png/y.png'],
  );
  expect(await listed(folder)).toEqual([
    ...['10/x.png', '9/x.png', 'B.jpeg', 'a.png', 'b.JPG', 'dir.png/y.png'],
    ...['x.avif', 'x.f32', 'x.gif', 'x.npy', 'x.tif', 'x.tiff', 'ä.webp'],
  ]);
});

test.skipIf(process.platform === 'win32')('follows links to folders and files, and passes over dead ones', async () => {
  const target = make('a.png');
  const folder = make('b.png');
  symlinkSync(target, join(folder, '7'));
  symlinkSync(join(target, 'a.png'), join(folder, 'c.png'));
  symlinkSync(join(target, 'gone.png'), join(folder, 'd.png'));
  expect(await listed(folder)).toEqual(['7/a.png', 'b.png', 'c.png']);
});

test('a missing folder, a file, an empty folder', async () => {
  const folder = make('notes.txt', 'sub/');
  expect(await codeOf(() => listPictures(join(folder, 'none')))).toMatchObject([
    { code: 'SNUG102', file: join(folder, 'none') },
  ]);
  expect(await codeOf(() => listPictures(join(folder, 'notes.txt')))).toMatchObject([
    { code: 'SNUG103', message: expect.stringContaining('it is not a folder') },
  ]);
  expect(await codeOf(() => listPictures(folder))).toMatchObject([{ code: 'SNUG120', file: folder }]);
});

test('labels are the digits before the underscore', async () => {
  expect(await labels(make('0000_n01440764_tench.jpg', '0012_finch.jpg', '3_x.f32'))).toEqual({
    '0000_n01440764_tench.jpg': 0,
    '0012_finch.jpg': 12,
    '3_x.f32': 3,
  });
});

test('labels are the numbers of subfolders, whatever their files are called', async () => {
  expect(await labels(make('007/5_x.png', '12/y.png'))).toEqual({ '007/5_x.png': 7, '12/y.png': 12 });
});

test('class names count in sorted order, and one without pictures counts too', async () => {
  expect(await labels(make('cat/1_x.png', 'ant/y.png', 'bee/', '.git/'))).toEqual({ 'ant/y.png': 0, 'cat/1_x.png': 2 });
});

test('a choice of the pictures keeps the numbers of the classes', async () => {
  const folder = make('ant/x.png', 'bee/x.png', 'cat/x.png');
  expect(labelled([join(folder, 'cat', 'x.png')], folder)).toEqual([{ path: join(folder, 'cat', 'x.png'), label: 2 }]);
});

test('one named subfolder is no set of classes', async () => {
  expect(await labels(make('images/3_x.png'))).toEqual({ 'images/3_x.png': 3 });
});

test.each([
  [['1_x.png', 'y.png'], 'y.png'],
  [['1/x.png', 'cats/2_y.png'], 'cats/2_y.png'],
  [['images/x.png'], 'images/x.png'],
])('%j lack a label', async (names, example) => {
  const folder = make(...names);
  expect(await codeOf(() => labels(folder))).toMatchObject([{ code: 'SNUG123', file: join(folder, example) }]);
});
