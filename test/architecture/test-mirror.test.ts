/** Tests mirror `src/`: whoever knows a file knows where its test is. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filesBelow, root } from './source-tree.ts';

/** Folders of `test/` that belong to no folder of `src/`. */
const ON_THEIR_OWN: readonly string[] = [
  'architecture', // the shape of the repository
  'cases', // golden folders through the whole pipeline
  'examples', // the examples, run as a user runs them
  'properties', // laws that hold across rooms
  'qemu', // emitted C on an emulated core
  'support', // helpers
];

/** Folders inside a mirrored one that hold material and no tests. */
const MATERIAL: readonly string[] = ['cases', 'fixtures', '__snapshots__'];

/** Every folder on the way to a file, without those that need no counterpart. */
function mirrored(path: string): readonly string[] {
  const folders = path.split('/').slice(1, -1);
  if (ON_THEIR_OWN.includes(folders[0] ?? '')) return [];
  const end = folders.findIndex(folder => MATERIAL.includes(folder));
  const kept = end < 0 ? folders : folders.slice(0, end);
  return kept.map((_, depth) => kept.slice(0, depth + 1).join('/'));
}

test('folders are taken from paths', () => {
  expect(mirrored('test/frontends/onnx/fixtures/a.onnx')).toEqual(['frontends', 'frontends/onnx']);
  expect(mirrored('test/support/values.ts')).toEqual([]);
  expect(mirrored('test/compile.test.ts')).toEqual([]);
});

test('every folder of tests is a folder of src', () => {
  const folders = new Set(filesBelow('test').flatMap(mirrored));
  expect(folders.size).toBeGreaterThan(0);
  expect([...folders].filter(folder => !existsSync(`${root}/src/${folder}`))).toEqual([]);
});
