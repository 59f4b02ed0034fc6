/**
 * What the structural tests read: the files of the repository, parsed and not type-checked, which keeps each test file
 * below a second.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Node, Project, type SourceFile, SyntaxKind } from 'ts-morph';

export const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

interface Import {
  /** As it is written. */
  readonly specifier: string;
  readonly line: number;
  /** Types only, so that nothing is loaded at run time. */
  readonly typeOnly: boolean;
  /** `import()`: loaded when it is reached. */
  readonly dynamic: boolean;
}

/** Paths below a folder of the repository, relative to the repository and with `/`; nothing where there is no folder. */
export function filesBelow(folder: string): readonly string[] {
  if (!existsSync(`${root}/${folder}`)) return [];
  return readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => `${entry.parentPath}/${entry.name}`.replaceAll('\\', '/').slice(root.length + 1))
    .sort();
}

export const readText = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');

export const sourcePaths: readonly string[] = filesBelow('src').filter(path => path.endsWith('.ts'));

/** Parses one text; the path tells only how messages name it. */
export function parse(path: string, text: string): SourceFile {
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  return project.createSourceFile(`/${path}`, text);
}

/** Every file of `src/`, by path. */
export function sourceFiles(): ReadonlyMap<string, SourceFile> {
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  return new Map(sourcePaths.map(path => [path, project.createSourceFile(`/${path}`, readText(path))]));
}

/** Everything that a file takes from another: `import`, `export … from`, `import()` and `import('…').Type`. */
export function importsOf(file: SourceFile): readonly Import[] {
  const imports: Import[] = [];
  const add = (node: Node, specifier: string | undefined, typeOnly: boolean, dynamic: boolean): void => {
    if (specifier !== undefined) imports.push({ specifier, line: node.getStartLineNumber(), typeOnly, dynamic });
  };
  for (const node of file.getImportDeclarations()) {
    const named = node.getNamedImports();
    const onlyTypes = named.length > 0 && node.getDefaultImport() === undefined && named.every(n => n.isTypeOnly());
    add(node, node.getModuleSpecifierValue(), node.isTypeOnly() || onlyTypes, false);
  }
  for (const node of file.getExportDeclarations()) {
    const named = node.getNamedExports();
    const onlyTypes = named.length > 0 && named.every(n => n.isTypeOnly());
    add(node, node.getModuleSpecifierValue(), node.isTypeOnly() || onlyTypes, false);
  }
  // Walking a file to its leaves costs more than all the rest, and few files need it.
  if (!/\b(import|require)\s*\(/.test(file.getFullText())) return imports;
  for (const call of file.getDescendantsOfKind(SyntaxKind.CallExpression)) {
    const callee = call.getExpression();
    const [argument] = call.getArguments();
    const loads = callee.getKind() === SyntaxKind.ImportKeyword || callee.getText() === 'require';
    if (loads) add(call, Node.isStringLiteral(argument) ? argument.getLiteralValue() : '(computed)', false, true);
  }
  for (const node of file.getDescendantsOfKind(SyntaxKind.ImportType)) {
    const argument = node.getArgument();
    add(node, argument.getText().slice(1, -1), true, false);
  }
  return imports;
}

/** The file that a relative import names, or null where it names a package. */
export function target(from: string, specifier: string): string | null {
  return specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), specifier)) : null;
}

/** The package of an import that is no path: `zod` for `zod/v4`, `@a/b` for `@a/b/c`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The room of a file: its top folder in `src/`, or its own name where it stands beside the folders. */
export const roomOf = (path: string): string => path.split('/')[1] ?? path;
