/**
 * No file imports itself, however far around. Types count as well: TypeScript would allow it, but files that need each
 * other's types are one file, or lack a third.
 */
import { expect, test } from 'vitest';
import { importsOf, sourceFiles, target } from './source-tree.ts';

/** One cycle for each way back to a file that is still open, as `a -> b -> a`; empty where there is none. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const open: string[] = [];
  const visit = (file: string): void => {
    const start = open.indexOf(file);
    if (start >= 0) found.push([...open.slice(start), file].join(' -> '));
    if (start >= 0 || done.has(file)) return;
    open.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    open.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return found;
}

test('cycles are found, and shared imports are none', () => {
  const graph = (edges: Readonly<Record<string, readonly string[]>>): readonly string[] =>
    cycles(new Map(Object.entries(edges)));
  expect(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })).toEqual([]);
  expect(graph({ a: ['b'], b: ['c'], c: ['b'] })).toEqual(['b -> c -> b']);
  expect(graph({ a: ['a'] })).toEqual(['a -> a']);
});

test('no file of src imports itself through others', () => {
  const graph = new Map(
    [...sourceFiles()].map(([path, file]) => [
      path,
      importsOf(file).flatMap(({ specifier }) => target(path, specifier) ?? []),
    ]),
  );
  expect(cycles(graph)).toEqual([]);
});
