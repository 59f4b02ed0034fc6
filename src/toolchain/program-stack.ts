/**
 * The stack of a program that was not written to a folder: its sources go to a temporary one, the tables of weights left
 * out, because they have no code. Takes a cross compiler for Cortex-M where one is installed, otherwise the host's gcc.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { emitProgram } from '../codegen/emit.ts';
import type { Program } from '../codegen/program.ts';
import type { TemplateFiles } from '../codegen/templates.ts';
import { withBuildFolder } from './host-program.ts';
import { isInstalled } from './run.ts';
import { measureStack } from './stack-usage.ts';

/** A bound on the stack of one inference, and the build that it holds for. */
export interface ProgramStack {
  readonly bytes: number;
  /** Functions from the entry to the deepest. */
  readonly path: readonly string[];
  /** Compiler and flags. */
  readonly build: string;
}

interface Build {
  readonly compiler: string;
  readonly flags: readonly string[];
}

const CROSS: Build = { compiler: 'arm-none-eabi-gcc', flags: ['-mcpu=cortex-m4', '-mthumb', '-std=c99', '-O2'] };
const HOST: Build = { compiler: 'gcc', flags: ['-std=c99', '-O2'] };

/** Functions that a firmware calls. */
function entriesOf({ name, plan, pixels }: Program): readonly string[] {
  if (plan.schedule.input !== 'streamed') return [`${name}_run`];
  const formats = pixels === null ? [] : pixels.tables.length === 3 ? ['_rgb888', '_rgb565'] : ['_grey8'];
  return ['begin', 'push_rows', ...formats.map(format => `push_rows${format}`), 'finish'].map(
    part => `${name}_${part}`,
  );
}

/**
 * Measures without running. The kernels are the portable ones; CMSIS-NN's have frames of their own.
 * @returns null where there is no gcc that writes call graphs, or no kernels to measure with
 * @throws SnugError `buildFailed` where the compiler refuses the program
 */
export async function programStack(program: Program, templates: TemplateFiles): Promise<ProgramStack | null> {
  const build = (await isInstalled(CROSS.compiler)) ? CROSS : HOST;
  if (program.kernels === 'cmsis-nn' || !(await isInstalled(build.compiler))) return null;
  return withBuildFolder(async folder => {
    const sources: string[] = [];
    for (const [path, text] of emitProgram({ ...program, golden: [] }, templates)) {
      if (!/\.[ch]$/.test(path) || path.endsWith('_weights.c')) continue;
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
      if (path.endsWith('.c')) sources.push(path);
    }
    const { compiler, flags } = build;
    const usage = await measureStack({
      ...{ compiler, flags, sources, includes: ['.', 'cmsis_nn'], folder, buildFolder: folder },
      entries: entriesOf(program),
    });
    return usage === null ? null : { ...usage, build: [compiler, ...flags].join(' ') };
  });
}
