/** Starts processes: the only file that knows execa. */
import { execa } from 'execa';
import { toolMissing } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';

/** How a process ended, and all that it wrote. */
export interface Finished {
  /** 128 where a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The one command that installs each tool on a Debian system. */
const INSTALL: Readonly<Record<string, string>> = {
  gcc: 'apt-get install gcc libc6-dev',
  clang: 'apt-get install clang',
  size: 'apt-get install binutils',
};

/**
 * Runs a program to its end. A program that ends with an error is no exception here: the caller knows what it means.
 * @throws SnugError where the program does not exist
 */
export async function run(program: string, args: readonly string[], folder: string): Promise<Finished> {
  const result = await execa(program, args, { cwd: folder, reject: false, stdin: 'ignore', env: { LC_ALL: 'C' } });
  if (result.code === 'ENOENT') {
    throw new SnugError(toolMissing({ tool: program, install: INSTALL[program] ?? `apt-get install ${program}` }));
  }
  // A process that a signal ended has no exit code.
  return {
    exitCode: result.exitCode ?? 128,
    stdout: result.stdout,
    stderr: result.stderr || (result.signalDescription ?? ''),
  };
}

/** Whether the program is on the PATH and answers to `--version`. */
export async function isInstalled(program: string): Promise<boolean> {
  const result = await execa(program, ['--version'], { reject: false, stdin: 'ignore' });
  return result.exitCode === 0;
}
