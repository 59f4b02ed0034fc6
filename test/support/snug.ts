/** Runs the built program as a user does: a process of its own, in a folder of its own. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished } from 'vitest';
import { isInstalled } from '../../src/toolchain/run.ts';
import { skipFor } from './lack.ts';

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Neither colours nor a terminal, whatever the machine that tests run on has set. */
const PLAIN = { CI: undefined, FORCE_COLOR: undefined, NO_COLOR: undefined };

/** Runs any program to its end, which may be an error. */
export async function execute(program: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const { exitCode, stdout, stderr, code } = await execa(program, args, {
    cwd: options.cwd,
    env: { ...PLAIN, ...options.env },
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: false,
  });
  // A test that sets the PATH is about what happens without a tool.
  if (code === 'ENOENT' && options.env?.['PATH'] === undefined && !isAbsolute(program)) skipFor(program);
  return { exitCode: exitCode ?? 128, stdout, stderr };
}

/** `snug ARGS`; the test is skipped where the command needs a tool that the machine lacks. */
export async function snug(args: readonly string[], options: RunOptions): Promise<Finished> {
  const result = await execute(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], options);
  const [, tool] = /^error SNUG501: (\S+) is not installed/m.exec(result.stderr) ?? [];
  if (tool !== undefined && options.env?.['PATH'] === undefined && !(await isInstalled(tool))) skipFor(tool);
  return result;
}

/** The one JSON object that stdout must be. */
export function jsonOf({ stdout }: Finished): Readonly<Record<string, unknown>> {
  expect(stdout.endsWith('}\n'), stdout).toBe(true);
  expect(stdout.trimEnd()).not.toContain('\n');
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

/** An empty folder for the running test, which is removed when the test ends. */
export async function testFolder(): Promise<string> {
  const folder = await newFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An empty folder that its maker removes. */
export function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'snug-test-'));
}

/** Every file below a folder with its bytes, by path with `/`; `.snug/` is this machine's and no part of an output. */
export async function filesIn(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter(path => !path.startsWith('.snug/'))
    .sort();
  return new Map(await Promise.all(paths.map(async path => [path, await readFile(join(folder, path))] as const)));
}

/** A network that compiles in a second: `--name tiny`, 32×32 to 5 classes. */
export const TINY: readonly string[] = [
  ...['--model', 'mobilenet-v2', '--width', '0.1', '--resolution', '32', '--classes', '5', '--name', 'tiny'],
];

/**
 * Compiles a network into `cwd/out` and expects that it succeeds. Weights are rounded the fast way unless `args` says how, for
 * few tests are about it.
 */
export async function compileInto(cwd: string, out: string, args: readonly string[] = TINY): Promise<string> {
  const preset = args.includes('--quantize') ? [] : ['--quantize', 'fast'];
  const result = await snug(['compile', ...args, ...preset, '--out', out, '--quiet'], { cwd });
  expect(result.stderr).toBe('');
  expect(result.exitCode).toBe(0);
  return join(cwd, out);
}
