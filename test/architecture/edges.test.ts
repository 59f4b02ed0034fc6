/**
 * Disk and processes appear at the edges only, and one room starts processes. The rooms between run in a browser too,
 * which keeps them pure and lets their tests do without files.
 */
import { builtinModules } from 'node:module';
import { Node, type SourceFile, SyntaxKind } from 'ts-morph';
import { expect, test } from 'vitest';
import { importsOf, packageOf, parse, roomOf, sourceFiles } from './source-tree.ts';

/** Rooms that touch disk, processes or threads. */
const EDGES: readonly string[] = ['cli', 'config', 'disk', 'pictures', 'toolchain', 'workers'];

/** Packages that the rooms between use; each of them runs in a browser. */
const BROWSER_PACKAGES: readonly string[] = ['fflate', 'flatbuffers', 'handlebars', 'protobufjs', 'zod'];

/** Globals that only Node has. */
const NODE_GLOBALS: readonly string[] = ['process', 'Buffer', 'global', '__dirname', '__filename'];

function nodeGlobals(file: SourceFile): readonly string[] {
  if (!NODE_GLOBALS.some(name => file.getFullText().includes(name))) return [];
  const uses = file.getDescendantsOfKind(SyntaxKind.Identifier).filter(identifier => {
    if (!NODE_GLOBALS.includes(identifier.getText())) return false;
    const parent = identifier.getParent();
    if (Node.isPropertyAccessExpression(parent)) return parent.getExpression() === identifier;
    return (
      Node.isCallExpression(parent) || Node.isVariableDeclaration(parent) || Node.isElementAccessExpression(parent)
    );
  });
  return uses.map(identifier => `${identifier.getStartLineNumber()}: uses the global ${identifier.getText()}`);
}

/** What keeps a file out of a browser. */
function nodeUses(file: SourceFile): readonly string[] {
  const imports = importsOf(file).flatMap(({ specifier, line }) => {
    if (specifier.startsWith('.')) return [];
    const name = packageOf(specifier);
    if (name.startsWith('node:') || builtinModules.includes(name)) return [`${line}: imports Node's ${specifier}`];
    return BROWSER_PACKAGES.includes(name)
      ? []
      : [`${line}: imports ${specifier}, which is not known to run in a browser`];
  });
  return [...imports, ...nodeGlobals(file)];
}

test('what keeps a file out of a browser is found', () => {
  const found = (text: string): readonly string[] => nodeUses(parse('src/a.ts', text));
  expect(found("import { readFileSync } from 'node:fs';")).toEqual(["1: imports Node's node:fs"]);
  expect(found("import type { Stats } from 'fs/promises';")).toEqual(["1: imports Node's fs/promises"]);
  expect(found("const m = await import('sharp');")).toEqual([
    '1: imports sharp, which is not known to run in a browser',
  ]);
  expect(found('const e = process.env;')).toEqual(['1: uses the global process']);
  expect(found('const b = Buffer.from([]);')).toEqual(['1: uses the global Buffer']);
  expect(found("import { z } from 'zod'; interface Buffer { bytes: number } const x = plan.process;")).toEqual([]);
});

test('rooms between the edges use nothing of Node', () => {
  const inner = [...sourceFiles()].filter(([path]) => !EDGES.includes(roomOf(path)));
  expect(inner.flatMap(([path, file]) => nodeUses(file).map(problem => `${path}:${problem}`))).toEqual([]);
});

test('processes are started by src/toolchain only', () => {
  const problems = [...sourceFiles()]
    .filter(([path]) => roomOf(path) !== 'toolchain')
    .flatMap(([path, file]) =>
      importsOf(file)
        .filter(({ specifier }) => /^(execa|(node:)?child_process)$/.test(packageOf(specifier)))
        .map(({ specifier, line }) => `${path}:${line}: ${specifier}`),
    );
  expect(problems).toEqual([]);
});
