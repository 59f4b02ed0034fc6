/**
 * Around all tests: compilers run through ccache where it is installed, for the same kernels, weights and networks are
 * compiled hundreds of times. An object comes from the cache where the preprocessed source, the flags and the compiler are
 * the same; the cache is new for every run, so that each object was made in this run by this compiler.
 * SNUG_COMPILER_CACHE=off does without.
 */
import { accessSync, constants } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const COMPILERS: readonly string[] = [
  ...['gcc', 'g++', 'cc', 'c++', 'clang', 'clang++'],
  ...['arm-none-eabi-gcc', 'arm-none-eabi-g++', 'xtensa-lx106-elf-gcc'],
];

/** Where the PATH leads for a program; null for none. */
function find(program: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next folder may have it.
    }
  }
  return null;
}

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const ccache = find('ccache');
  if (ccache === null || process.env['SNUG_COMPILER_CACHE'] === 'off') return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'snug-ccache-'));
  const programs = join(folder, 'bin');
  await mkdir(programs);
  for (const name of COMPILERS) {
    const compiler = find(name);
    if (compiler === null) continue;
    const path = join(programs, name);
    // Releases of ccache before 4.9 lose the files that this option writes.
    const direct = `case " $* " in *" -fcallgraph-info"*) exec '${compiler}' "$@";; esac`;
    await writeFile(path, `#!/bin/sh\n${direct}\nexec '${ccache}' '${compiler}' "$@"\n`);
    await chmod(path, 0o755);
  }
  process.env['PATH'] = `${programs}${delimiter}${process.env['PATH']}`;
  process.env['CCACHE_DIR'] = join(folder, 'cache');
  // Tests work in folders of their own, whose names only debug information would have.
  process.env['CCACHE_NOHASHDIR'] = '1';
  return () => rm(folder, { recursive: true, force: true });
}
