/** What `npm pack` promises: every path that package.json names is there, or is built from a file that is there. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readText, root } from './source-tree.ts';

const target = z.union([z.string(), z.record(z.string(), z.string())]);
const manifest = z
  .object({ files: z.array(z.string()), bin: z.record(z.string(), z.string()), exports: z.record(z.string(), target) })
  .parse(JSON.parse(readText('package.json')));

const entryPoints: readonly string[] = [
  ...Object.values(manifest.bin),
  ...Object.values(manifest.exports).flatMap(entry => (typeof entry === 'string' ? [entry] : Object.values(entry))),
].map(path => path.replace(/^\.\//, ''));

const exists = (path: string): boolean => existsSync(`${root}/${path}`);

/** `dist` stands for what the compiler makes of `src`. */
const sourceOf = (path: string): string => path.replace(/^dist\//, 'src/').replace(/(\.d\.ts|\.js)$/, '.ts');

test('every entry point has its source', () => {
  expect(entryPoints.map(sourceOf).filter(path => !exists(path))).toEqual([]);
});

test('every entry point is in the build, where there is one', () => {
  // A checkout that was never built has no dist; CI builds before it tests.
  expect(entryPoints.filter(path => exists('dist') && !exists(path))).toEqual([]);
});

test('every published file or folder exists', () => {
  expect(manifest.files.filter(path => path !== 'dist' && !exists(path))).toEqual([]);
});

test('the lock file names no registry, so that any mirror will do', () => {
  const lines = readText('package-lock.json').split('\n');
  expect(lines.filter(line => /^\s*"resolved":/.test(line))).toEqual([]);
});
