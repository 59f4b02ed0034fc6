/**
 * The user's CMSIS-NN, as includes and an archive: built from a checkout through its own CMake project, so that snug knows
 * none of its sources, or taken as it is from a folder where it was built before. docs/cmsis-nn.md has the releases.
 */
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { cmsisNnMissing, cmsisNnNotBuilt } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { run } from './run.ts';

/** What a program is compiled and linked with in place of the portable kernels. */
export interface CmsisNn {
  /** The folder that was given, absolute. */
  readonly path: string;
  /** Folders with the library's headers; warnings about these are not the program's. */
  readonly includes: readonly string[];
  readonly archive: string;
  /** As git describes the checkout; null for an archive and outside of git, because the headers do not say. */
  readonly version: string | null;
}

/** Where the library is, and whom it is for. */
export interface CmsisNnOptions {
  /** A checkout, or a folder with an archive and its headers. */
  readonly path: string;
  /** Command name of the compiler of the program. */
  readonly compiler: string;
  /** Processor, float ABI and macros of the program; the library's own build adds its optimisation. */
  readonly flags: readonly string[];
  /** Existing folder; everything that is made lies in a folder of its own in it. */
  readonly buildFolder: string;
}

const HEADER = 'arm_nnfunctions.h';
const INCLUDE_FOLDERS = ['Include', 'include'] as const;
const ARCHIVE_FOLDERS = ['.', 'lib', 'build'] as const;
const ARCHIVE = 'libcmsis-nn.a';
const ARCHIVE_OF_ANOTHER_NAME = /^lib.*nn.*\.a$/i;
/** Compilers that build for the machine that they run on. */
const HOST_COMPILERS = /^(?:gcc|clang|cc)(?:-\d+)?$/;

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

async function includeFolder(path: string): Promise<string | null> {
  for (const folder of INCLUDE_FOLDERS) {
    if (await exists(join(path, folder, HEADER))) return join(path, folder);
  }
  return null;
}

/** The archive of the library's own name, wherever it lies, before others. */
async function findArchive(path: string): Promise<string | null> {
  let other: string | null = null;
  for (const folder of ARCHIVE_FOLDERS) {
    const files = (await readdir(join(path, folder)).catch(() => [] as string[])).sort();
    if (files.includes(ARCHIVE)) return join(path, folder, ARCHIVE);
    const named = files.find(file => ARCHIVE_OF_ANOTHER_NAME.test(file));
    if (named !== undefined) other ??= join(path, folder, named);
  }
  return other;
}

/** A tag, or one with the commits since; git itself is no requirement. */
async function versionOfCheckout(path: string): Promise<string | null> {
  if (!(await exists(join(path, '.git')))) return null;
  const { exitCode, stdout } = await run('git', ['describe', '--tags', '--always'], path).catch(() => ({
    exitCode: 1,
    stdout: '',
  }));
  return exitCode === 0 && stdout.trim() !== '' ? stdout.trim() : null;
}

async function cmake(args: readonly string[], path: string): Promise<void> {
  const { exitCode, stdout, stderr } = await run('cmake', args, path);
  if (exitCode === 0) return;
  // CMake's own messages are on one stream, those of the compiler on either.
  const output = `${stderr}\n${stdout}`.trim().split('\n').slice(0, 20).join('\n');
  throw new SnugError(cmsisNnNotBuilt({ path, output }, { file: path }));
}

async function buildCheckout(path: string, includes: string, options: CmsisNnOptions): Promise<CmsisNn> {
  const { compiler, flags } = options;
  const folder = resolve(options.buildFolder, 'cmsis-nn');
  await mkdir(folder, { recursive: true });
  const settings = {
    CMAKE_C_COMPILER: compiler,
    // The library's project enables C++, of which it compiles nothing.
    CMAKE_CXX_COMPILER: compiler,
    CMAKE_CXX_COMPILER_WORKS: '1',
    CMAKE_TRY_COMPILE_TARGET_TYPE: 'STATIC_LIBRARY',
    CMAKE_C_FLAGS: [...flags, '-ffunction-sections', '-fdata-sections'].join(' '),
    ...(HOST_COMPILERS.test(compiler) ? {} : { CMAKE_SYSTEM_NAME: 'Generic' }),
  };
  const defines = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  await cmake(['-S', path, '-B', folder, ...defines], path);
  await cmake(['--build', folder, '--target', 'cmsis-nn', '--parallel', '2'], path);
  const archive = await findArchive(folder);
  if (archive === null) {
    const output = `the target cmsis-nn left no ${ARCHIVE} in ${folder}`;
    throw new SnugError(cmsisNnNotBuilt({ path, output }, { file: path }));
  }
  return { path, includes: [includes], archive, version: await versionOfCheckout(path) };
}

/**
 * Builds CMSIS-NN from a checkout, or finds it built in a folder without CMakeLists.txt. A checkout is always built, because
 * an archive in it may be for another core.
 * @throws SnugError `cmsisNnMissing`; `toolMissing` without CMake; `cmsisNnNotBuilt` with its first messages
 */
export async function buildCmsisNn(options: CmsisNnOptions): Promise<CmsisNn> {
  const path = resolve(options.path);
  const includes = await includeFolder(path);
  if (includes !== null) {
    if (await exists(join(path, 'CMakeLists.txt'))) return buildCheckout(path, includes, options);
    const archive = await findArchive(path);
    if (archive !== null) return { path, includes: [includes], archive, version: null };
  }
  const lookedFor =
    includes === null
      ? `${INCLUDE_FOLDERS.map(folder => `${folder}/${HEADER}`).join(' or ')}`
      : `CMakeLists.txt, or ${ARCHIVE} in ${ARCHIVE_FOLDERS.map(folder => (folder === '.' ? 'the folder itself' : `${folder}/`)).join(', ')}`;
  throw new SnugError(cmsisNnMissing({ path: options.path, lookedFor }, { file: options.path }));
}
