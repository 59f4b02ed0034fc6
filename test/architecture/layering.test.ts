/**
 * Data flows one way, and so do imports. The rooms of `src/` are its folders and the files beside them; a room imports from
 * itself and from the rooms of its row. A new room needs a row, which is the moment to think about its place.
 */
import { expect, test } from 'vitest';
import { importsOf, roomOf, sourceFiles, target } from './source-tree.ts';

const UP_TO_IR = ['diagnostics', 'numerics', 'ir'];
const UP_TO_GRAPH = [...UP_TO_IR, 'formats', 'ops', 'graph'];
const UP_TO_CODEGEN = [...UP_TO_GRAPH, 'interpreter', 'plan', 'codegen'];

/** What a room imports from, values and types. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  diagnostics: [],
  disk: ['diagnostics'],
  numerics: [],
  formats: ['diagnostics'],
  ir: ['diagnostics', 'numerics'],
  ops: UP_TO_IR,
  graph: [...UP_TO_IR, 'ops', 'formats'],
  models: UP_TO_GRAPH,
  frontends: [...UP_TO_GRAPH, 'models'],
  passes: UP_TO_GRAPH,
  interpreter: UP_TO_GRAPH,
  plan: UP_TO_GRAPH,
  pictures: [...UP_TO_IR, 'disk'],
  'input-check': [...UP_TO_GRAPH, 'interpreter', 'pictures'],
  targets: ['diagnostics', 'ir'],
  fit: [...UP_TO_GRAPH, 'models', 'passes', 'plan'],
  codegen: UP_TO_CODEGEN,
  report: [...UP_TO_CODEGEN, 'passes'],
  workers: [...UP_TO_GRAPH, 'passes', 'interpreter', 'pictures'],
  firmware: [...UP_TO_CODEGEN, 'targets'],
  toolchain: [...UP_TO_CODEGEN, 'pictures', 'targets', 'firmware', 'disk'],
  'compile.ts': [...UP_TO_CODEGEN, 'passes', 'report'],
  compile: [...UP_TO_CODEGEN, 'passes', 'report'],
  // A configuration that is loaded through jiti imports `snug`, which `config/execute.ts` hands to it as this module.
  config: ['diagnostics', 'ir', 'models', 'pictures', 'index.ts'],
  'index.ts': [...UP_TO_CODEGEN, 'models', 'passes', 'pictures', 'report', 'config', 'compile.ts', 'compile'],
  cli: [
    ...UP_TO_CODEGEN,
    ...[
      'models',
      'frontends',
      'passes',
      'pictures',
      'input-check',
      'report',
      'workers',
      'toolchain',
      'config',
      'fit',
      'targets',
      'firmware',
      'disk',
    ],
    ...['compile.ts', 'compile', 'index.ts'],
  ],
};

/** What a room may name in its types besides, and not run. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  // The options of a compilation are the types of the stages that take them.
  config: ['plan', 'passes'],
  // The tools read back the manifest that a compilation wrote.
  toolchain: ['report'],
  // A report states how pictures were prepared.
  report: ['pictures'],
};

/** Why a file of one room may not import from another; null where it may. */
function refusal(from: string, to: string, typeOnly: boolean): string | null {
  if (from === to) return null;
  const allowed = ALLOWED[from];
  if (allowed === undefined) return `${from} has no row in the table of rooms`;
  if (allowed.includes(to)) return null;
  if (!(TYPES_ONLY[from] ?? []).includes(to)) return `${from} does not import from ${to}`;
  return typeOnly ? null : `${from} imports only types from ${to}`;
}

test('the rule refuses what the table does not list', () => {
  expect(refusal('ops', 'ir', false)).toBeNull();
  expect(refusal('ops', 'ops', false)).toBeNull();
  expect(refusal('ir', 'ops', true)).toBe('ir does not import from ops');
  expect(refusal('passes', 'plan', true)).toBe('passes does not import from plan');
  expect(refusal('report', 'pictures', true)).toBeNull();
  expect(refusal('report', 'pictures', false)).toBe('report imports only types from pictures');
  expect(refusal('attic', 'ir', false)).toBe('attic has no row in the table of rooms');
});

test('the table has no rooms that import from each other, but for the configuration and the public API', () => {
  const mutual = Object.entries(ALLOWED).flatMap(([from, rooms]) =>
    rooms.filter(to => from < to && (ALLOWED[to] ?? []).includes(from)).map(to => `${from} ${to}`),
  );
  expect(mutual).toEqual(['config index.ts']);
});

test('every import stays within the table', () => {
  const problems = [...sourceFiles()].flatMap(([path, file]) => {
    const room = roomOf(path);
    if (ALLOWED[room] === undefined) return [`${path}: ${room} has no row in the table of rooms`];
    return importsOf(file).flatMap(({ specifier, line, typeOnly }) => {
      const to = target(path, specifier);
      if (to === null) return [];
      if (!to.startsWith('src/')) return [`${path}:${line}: ${specifier} is outside of src`];
      const problem = refusal(room, roomOf(to), typeOnly);
      return problem === null ? [] : [`${path}:${line}: ${specifier}: ${problem}`];
    });
  });
  expect(problems).toEqual([]);
});
