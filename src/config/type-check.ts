/**
 * The configuration as TypeScript sees it: read and checked by ts-morph before anything of it runs, so that a misspelt
 * field is reported with its line, as an editor would. `snug` itself resolves to the declarations next to this file,
 * so a configuration needs no `node_modules`.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceFile, Diagnostic as TsDiagnostic } from 'ts-morph';
import { configTypeError } from '../diagnostics/catalog.ts';
import { type Diagnostic, SnugError } from '../diagnostics/diagnostic.ts';

/** `src/index.ts` when snug runs from its sources, `dist/index.d.ts` when it is installed. */
function ownDeclarations(): string {
  const index = (extension: string): string => fileURLToPath(new URL(`../index${extension}`, import.meta.url));
  return existsSync(index('.ts')) ? index('.ts') : index('.d.ts');
}

/** Node's own names for configurations in a folder without @types/node: untyped, but not errors. */
const NODE_STANDIN = `
declare module 'node:*';
${['fs', 'fs/promises', 'os', 'path', 'url'].map(name => `declare module '${name}';`).join(' ')}
declare const process: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  cwd(): string;
};
declare const console: Record<'log' | 'warn' | 'error', (...values: unknown[]) => void>;
declare class URL { constructor(url: string, base?: string | URL); readonly href: string; readonly pathname: string }
interface ImportMeta { readonly url: string; readonly dirname: string; readonly filename: string }
`;

/** The `node_modules/@types` in reach of the configuration, or null; TypeScript would look from the current folder. */
function nodeTypesFolder(file: string): string | null {
  try {
    return dirname(dirname(createRequire(file).resolve('@types/node/package.json')));
  } catch {
    return null;
  }
}

/** Reads the file as a syntax tree, with everything that it imports; nothing is checked and nothing runs. */
export async function readSource(path: string): Promise<SourceFile> {
  // ts-morph carries the TypeScript compiler and takes half a second to load; only configurations need it.
  const { Project, ts } = await import('ts-morph');
  const file = resolve(path);
  const typesFolder = nodeTypesFolder(file);
  const project = new Project({
    skipAddingFilesFromTsConfig: true,
    compilerOptions: {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts'],
      ...(typesFolder === null ? { types: [] } : { types: ['node'], typeRoots: [typesFolder] }),
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      allowJs: true,
      checkJs: false,
      paths: { snug: [ownDeclarations()] },
    },
  });
  if (typesFolder === null) project.createSourceFile(join(dirname(file), '.snug-node-standin.d.ts'), NODE_STANDIN);
  return project.addSourceFileAtPath(file);
}

/** The outermost sentence is TypeScript's summary; the indented ones below it say which part does not fit. */
function flatten(diagnostic: TsDiagnostic): string {
  const message = diagnostic.getMessageText();
  const lines: string[] = [];
  for (let part = typeof message === 'string' ? undefined : message; part !== undefined; part = part.getNext()?.[0]) {
    lines.push(part.getMessageText());
  }
  return typeof message === 'string' ? message : lines.join(' ');
}

function toDiagnostic(diagnostic: TsDiagnostic, source: SourceFile, path: string): Diagnostic {
  const { line, column } = source.getLineAndColumnAtPos(diagnostic.getStart() ?? 0);
  return configTypeError({ problem: flatten(diagnostic) }, { file: path, line, column });
}

/**
 * Checks the configuration itself; what it imports is checked only as far as its own types need it.
 * @param path as the diagnostics shall show it
 * @throws SnugError with one configTypeError for each error, in the order of their lines
 */
export function assertTyped(source: SourceFile, path: string): void {
  const program = source.getProject().getProgram();
  const syntax: readonly TsDiagnostic[] = program.getSyntacticDiagnostics(source);
  // After a syntax error the types are guesses, and their errors would bury the one that counts.
  const errors = syntax.length > 0 ? syntax : program.getSemanticDiagnostics(source);
  if (errors.length > 0) throw new SnugError(...errors.map(error => toDiagnostic(error, source, path)));
}
