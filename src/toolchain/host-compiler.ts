/** Builds emitted C on the host: every source to an object, the objects to a program, warnings being errors. */
import { basename, join } from 'node:path';
import { buildFailed } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { CmsisNn } from './cmsis-nn.ts';
import { cmsisNnFault } from './cmsis-nn-faults.ts';
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
  /** CMSIS-NN, about whose headers nothing is warned; null where the sources have the kernels. */
  readonly library: CmsisNn | null;
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

/** One run of a compiler or a linker. */
interface BuildStep {
  /** What it makes, for the error. */
  readonly step: string;
  readonly compiler: string;
  readonly args: readonly string[];
  /** Folder that paths are relative to. */
  readonly folder: string;
  /** CMSIS-NN in place of the portable kernels; null for those. */
  readonly library: CmsisNn | null;
}

/** Why a compiler or a linker stopped: the user's CMSIS-NN, or the emitted C. */
export function buildFault({ step, compiler, library }: BuildStep, stderr: string): SnugError {
  const fault = library === null ? null : cmsisNnFault(stderr, library);
  // The first errors explain the rest.
  const output = stderr.split('\n').slice(0, 20).join('\n');
  return new SnugError(fault ?? buildFailed({ tool: compiler, output }, { file: step }));
}

/**
 * Runs a compiler or a linker.
 * @throws SnugError `buildFailed` with its first messages, or what is wrong with the library
 */
export async function build(options: BuildStep): Promise<void> {
  const { exitCode, stderr } = await run(options.compiler, options.args, options.folder);
  if (exitCode !== 0) throw buildFault(options, stderr);
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
  const { compiler, sources, includes, library, defines, sanitize, folder, buildFolder, program } = options;
  const checks = sanitize ? SANITIZERS : [];
  const flags = [
    ...WARNINGS,
    sanitize ? '-O1' : '-O3',
    ...checks,
    ...includes.map(path => `-I${path}`),
    ...(library?.includes ?? []).map(path => `-isystem${path}`),
    ...defines.map(name => `-D${name}`),
  ];
  const objectOf = (source: string): string => join(buildFolder, `${program}-${basename(source, '.c')}.o`);
  const common = { compiler, folder, library };
  await inPairs(sources, source =>
    build({ ...common, step: source, args: [...flags, '-c', source, '-o', objectOf(source)] }),
  );
  const path = join(buildFolder, program);
  const archives = library === null ? [] : [library.archive];
  await build({ ...common, step: program, args: [...checks, ...sources.map(objectOf), ...archives, '-o', path] });
  return path;
}
