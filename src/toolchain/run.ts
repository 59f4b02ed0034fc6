/**
 * Starts processes: the only file that knows execa. It is loaded with the first of them, for loading takes a tenth of a
 * second, and many commands start none.
 */
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
  'g++': 'apt-get install g++',
  size: 'apt-get install binutils',
  ar: 'apt-get install binutils',
  nm: 'apt-get install binutils',
  cmake: 'apt-get install cmake make',
  'arm-none-eabi-gcc': 'apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi',
  'qemu-system-arm': 'apt-get install qemu-system-arm',
  'xtensa-lx106-elf-gcc': 'apt-get install gcc-xtensa-lx106 picolibc-xtensa-lx106-elf',
};

/** The command that installs a tool on a Debian system. */
export function installCommand(program: string): string {
  return INSTALL[program] ?? `apt-get install ${program}`;
}

/** What ends a program that would go on for ever. */
export interface Limits {
  /** Time that it computes, whatever else the machine does meanwhile. */
  readonly cpuSeconds: number;
  /** Time that passes: for a program that waits for what never comes, and so computes nothing. */
  readonly seconds: number;
}

/** Sets the limit in the shell, which then becomes the program. */
const LIMITED = 'ulimit -S -t "$1" && shift && exec "$@"';
/** What the shell ends with where there is no such program. */
const NOT_FOUND = 127;

/** What a program that a limit ended is told to have done; null for one that ended otherwise. */
function limitReached(limits: Limits | null, timedOut: boolean, signal: string | undefined): string | null {
  if (limits === null) return null;
  if (timedOut) return `stopped after ${limits.seconds} s`;
  return signal === 'SIGXCPU' ? `stopped after ${limits.cpuSeconds} s of computing` : null;
}

/**
 * Runs a program to its end, or to its limits, after which it is stopped and counts as ended by a signal. A program that ends
 * with an error is no exception here: the caller knows what it means.
 * @throws SnugError where the program does not exist
 */
export async function run(
  program: string,
  args: readonly string[],
  folder: string,
  limits: Limits | null = null,
): Promise<Finished> {
  const options = {
    cwd: folder,
    reject: false,
    stdin: 'ignore',
    env: { LC_ALL: 'C' },
    timeout: 1000 * (limits?.seconds ?? 0),
  } as const;
  const { execa } = await import('execa');
  // Windows has neither the shell nor the limit: there the time that passes must do.
  const shell = limits !== null && process.platform !== 'win32';
  const result = shell
    ? await execa('sh', ['-c', LIMITED, 'sh', String(limits.cpuSeconds), program, ...args], options)
    : await execa(program, args, options);
  if (result.code === 'ENOENT' || (shell && result.exitCode === NOT_FOUND && result.stderr.includes('not found'))) {
    throw new SnugError(toolMissing({ tool: program, install: installCommand(program) }));
  }
  // A process that a signal ended has no exit code.
  return {
    exitCode: result.exitCode ?? 128,
    stdout: result.stdout,
    stderr: limitReached(limits, result.timedOut, result.signal) ?? (result.stderr || (result.signalDescription ?? '')),
  };
}

/** The first line of `--version`, null where the program is not on the PATH. */
export async function versionOf(program: string): Promise<string | null> {
  const { execa } = await import('execa');
  const result = await execa(program, ['--version'], { reject: false, stdin: 'ignore' });
  return result.exitCode === 0 ? (result.stdout.split('\n')[0] ?? '').trim() : null;
}

/**
 * Refuses to begin what a missing program would end.
 * @param instead what can be had without it
 * @throws SnugError `toolMissing`
 */
export async function requireTool(program: string, instead?: string): Promise<void> {
  if (await isInstalled(program)) return;
  const install = installCommand(program);
  throw new SnugError(toolMissing({ tool: program, install, ...(instead === undefined ? {} : { instead }) }));
}

/** Whether the program is on the PATH and answers to `--version`. */
export async function isInstalled(program: string): Promise<boolean> {
  return (await versionOf(program)) !== null;
}
