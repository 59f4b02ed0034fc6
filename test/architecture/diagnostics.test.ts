/**
 * The catalog of diagnostics: a code is written once, every entry is raised somewhere, and a test provokes it. A
 * diagnostic that nothing raises is a promise in the documentation that the program does not keep.
 */
import { Node, SyntaxKind } from 'ts-morph';
import { expect, test } from 'vitest';
import { filesBelow, importsOf, parse, readText, sourceFiles, target } from './source-tree.ts';

const CATALOG = 'src/diagnostics/catalog.ts';

interface Entry {
  readonly name: string;
  readonly code: string;
}

function entries(text: string): readonly Entry[] {
  return parse(CATALOG, text)
    .getVariableDeclarations()
    .filter(declaration => declaration.isExported())
    .map(declaration => {
      const call = declaration.getInitializerIfKind(SyntaxKind.CallExpression);
      const code = call?.getArguments()[0];
      return { name: declaration.getName(), code: Node.isStringLiteral(code) ? code.getLiteralValue() : '' };
    });
}

/** The catalog is its files, one for each hundred of codes. */
const parts = filesBelow('src/diagnostics/catalog');
const catalog = parts.flatMap(path => entries(readText(path)));

test('the catalog passes on every one of its files', () => {
  const passedOn = readText(CATALOG)
    .split('\n')
    .flatMap(line => /^export \* from '\.\/(.*)';$/.exec(line)?.[1] ?? []);
  expect(passedOn.map(path => `src/diagnostics/${path}`).sort()).toEqual([...parts].sort());
});

test('entries are read from the catalog', () => {
  expect(
    entries("export const a = define('SNUG101', 'usage');\nconst b = define('SNUG102');\nexport const c = d;"),
  ).toEqual([
    { name: 'a', code: 'SNUG101' },
    { name: 'c', code: '' },
  ]);
  expect(catalog.length).toBeGreaterThan(0);
});

test('codes are SNUG and three digits', () => {
  expect(catalog.filter(({ code }) => !/^SNUG\d{3}$/.test(code))).toEqual([]);
});

test('codes are unique', () => {
  const codes = catalog.map(({ code }) => code);
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
});

test('every diagnostic is raised in src', () => {
  const used = new Set<string>();
  for (const [path, file] of sourceFiles()) {
    if (!importsOf(file).some(({ specifier }) => target(path, specifier) === CATALOG)) continue;
    for (const call of file.getDescendantsOfKind(SyntaxKind.CallExpression)) {
      used.add(call.getExpression().getText());
      // Handed to a function that calls it.
      for (const argument of call.getArguments()) if (Node.isIdentifier(argument)) used.add(argument.getText());
    }
  }
  expect(catalog.filter(({ name }) => !used.has(name)).map(({ name, code }) => `${code} ${name}`)).toEqual([]);
});

test('every diagnostic has its code in a test', () => {
  const tests = filesBelow('test').filter(path => !path.startsWith('test/architecture/'));
  const text = tests
    .filter(path => /\.(ts|json|txt|snap)$/.test(path))
    .map(readText)
    .join('\n');
  expect(catalog.filter(({ code }) => !text.includes(code)).map(({ name, code }) => `${code} ${name}`)).toEqual([]);
});
