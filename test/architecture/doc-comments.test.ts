/**
 * One comment for each exported function, class and interface: they have a contract, or units and shapes, that a signature
 * does not hold. Type aliases and constants may speak through their names.
 *
 * Two things save a comment that would repeat another: a module that has a comment and exports one of these is documented
 * by it, and so is a run of exports without blank lines by the comment on top of the run.
 */
import { Node, type SourceFile, type Statement } from 'ts-morph';
import { expect, test } from 'vitest';
import { parse, sourceFiles } from './source-tree.ts';

/** The functions, classes and interfaces that a statement exports, constants that hold a function included. */
function exportedBy(statement: Statement): readonly string[] {
  if (!Node.isExportable(statement) || !statement.hasExportKeyword()) return [];
  if (Node.isFunctionDeclaration(statement) || Node.isClassDeclaration(statement)) {
    return [statement.getName() ?? 'default'];
  }
  if (Node.isInterfaceDeclaration(statement)) return [statement.getName()];
  if (!Node.isVariableStatement(statement)) return [];
  return statement
    .getDeclarations()
    .filter(declaration => {
      const value = declaration.getInitializer();
      return Node.isArrowFunction(value) || Node.isFunctionExpression(value);
    })
    .map(declaration => declaration.getName());
}

/** A comment that begins the file, after the line that makes a program of it. */
function hasModuleComment(file: SourceFile): boolean {
  return /^(#!.*\n)?\s*\/\*\*/.test(file.getFullText());
}

function undocumented(file: SourceFile): readonly string[] {
  const missing: string[] = [];
  const exported = new Set<string>();
  let covered = false;
  let end = 0;
  for (const statement of file.getStatements()) {
    const start = statement.getStartLineNumber();
    const comment = statement.getLeadingCommentRanges().at(-1);
    const hasComment = comment !== undefined && file.getLineAndColumnAtPos(comment.getEnd()).line === start - 1;
    // The next of a run, or a further overload.
    const continues: boolean = covered && start === end + 1;
    covered = hasComment || continues;
    end = statement.getEndLineNumber();
    const names = exportedBy(statement);
    for (const name of names) exported.add(name);
    if (!covered) missing.push(...names);
  }
  return exported.size === 1 && hasModuleComment(file) ? [] : missing;
}

test('undocumented exports are found', () => {
  const found = (...lines: readonly string[]): readonly string[] => undocumented(parse('src/a.ts', lines.join('\n')));
  const f = 'export function f(): void {}';
  const c = 'export class C {}';
  const i = 'export interface I { a: number }';
  expect(found('/** M. */', 'import "b";', '', f, '', c)).toEqual(['f', 'C']);
  expect(found('import "b";', '', '/** F. */', f, '', c)).toEqual(['C']);
  expect(found('import "b";', '', '/** F and C. */', f, c)).toEqual([]);
  expect(found('import "b";', '', '// F, for a reason.', f)).toEqual([]);
  expect(found('import "b";', f)).toEqual(['f']);
  expect(found('/** M. */', 'import "b";', '', f, '', 'type T = number;', 'function g() {}')).toEqual([]);
  expect(found('/** M. */', 'import "b";', '', i, '', 'export type T = number;')).toEqual([]);
  expect(found('/** M. */', 'import "b";', '', f, '', i)).toEqual(['f', 'I']);
  expect(found('import "b";', '', '/** F and I. */', f, i)).toEqual([]);
  expect(found('import "b";', '', 'interface J { a: number }', '', i)).toEqual(['I']);
  expect(found('export const n: number = 1;', '', 'export const g = (): number => 1;')).toEqual(['g']);
});

test('every file of src begins with a comment', () => {
  const bare = [...sourceFiles()].filter(([, file]) => !hasModuleComment(file)).map(([path]) => path);
  expect(bare).toEqual([]);
});

test('every exported function, class and interface of src has a comment', () => {
  const problems = [...sourceFiles()].flatMap(([path, file]) => undocumented(file).map(name => `${path}: ${name}`));
  expect(problems).toEqual([]);
});
