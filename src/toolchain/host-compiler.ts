/** Builds emitted C on the host: every source to an object, the objects to a program, warnings being errors. */
import { basename, join } from 'node:path';
import { buildFailed } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { isInstalled, run } from './run.ts';

/** Command name of a compiler. */
export type HostCompiler = 'gcc' | 'clang';

/** The contract's warnings (docs/emitted-c.md). */
export const WARNINGS: readonly string[] = [
  '-std=c99',
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-Wconversion',
  '-Wcast-qual',
  '-Werror',
];
const SANITIZERS = [
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=all',
  '-fno-omit-frame-pointer',
  '-g1',
] as const;

/** One program to build. */
export interface HostBuild {
  readonly compiler: HostCompiler;
  /** Sources, relative to `folder`, or absolute. */
  readonly sources: readonly string[];
  /** As `-I`, relative to `folder`, or absolute. */
  readonly includes: readonly string[];
  /** Headers of others, about which nothing is warned. */
  readonly systemIncludes: readonly string[];
  /** Libraries to link, absolute. */
  readonly archives: readonly string[];
  /** Macro names without values. */
  readonly defines: readonly string[];
  /** With the address and undefined-behaviour sanitizers, which end the program at the first fault. */
  readonly sanitize: boolean;
  /** Folder that paths are relative to. */
  readonly folder: string;
  /** Folder for objects and the program. */
  readonly buildFolder: string;
  /** File name of the program in `buildFolder`. */
  readonly program: string;
}

/** The compilers of the host that can build for it: gcc always, for its absence is an error, and clang where present. */
export async function hostCompilers(): Promise<readonly HostCompiler[]> {
  return (await isInstalled('clang')) ? ['gcc', 'clang'] : ['gcc'];
}

/**
 * Runs a compiler or a linker.
 * @param step what it makes, for the error
 * @throws SnugError `buildFailed` with its first messages
 */
export async function build(step: string, compiler: string, args: readonly string[], folder: string): Promise<void> {
  const { exitCode, stderr } = await run(compiler, args, folder);
  if (exitCode === 0) return;
  // The first errors explain the rest.
  const output = stderr.split('\n').slice(0, 20).join('\n');
  throw new SnugError(buildFailed({ tool: compiler, output }, { file: step }));
}

/** Runs at most two compilers at a time: weights compile for long and take memory. */
export async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

/**
 * Compiles and links for the host.
 * @returns path of the program
 * @throws SnugError with the compiler's first messages
 */
export async function buildForHost(options: HostBuild): Promise<string> {
  const { compiler, sources, includes, systemIncludes, archives, defines, sanitize, folder, buildFolder, program } =
    options;
  const checks = sanitize ? SANITIZERS : [];
  const flags = [
    ...WARNINGS,
    sanitize ? '-O1' : '-O3',
    ...checks,
    ...includes.map(path => `-I${path}`),
    ...systemIncludes.map(path => `-isystem${path}`),
    ...defines.map(name => `-D${name}`),
  ];
  const objectOf = (source: string): string => join(buildFolder, `${program}-${basename(source, '.c')}.o`);
  await inPairs(sources, source => build(source, compiler, [...flags, '-c', source, '-o', objectOf(source)], folder));
  const path = join(buildFolder, program);
  await build(program, compiler, [...checks, ...sources.map(objectOf), ...archives, '-o', path], folder);
  return path;
}
