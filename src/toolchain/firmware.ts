/**
 * Builds a program of a board from an output folder: compiles every source with the board's compiler, chooses regions by
 * the sizes of the objects, and links. Objects are kept by what they were made from, so that two programs share them.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { TemplateFiles } from '../codegen/templates.ts';
import { firmwareTooLarge } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type FirmwareFiles, linkerScript } from '../firmware/files.ts';
import { ANYWHERE, ARENA_PREFIX, type Layout, layOut, type SectionSizes, WEIGHTS_PREFIX } from '../firmware/layout.ts';
import { type ElfSection, elfSections } from '../formats/elf.ts';
import { fnv1a } from '../numerics/fnv1a.ts';
import type { Target } from '../targets/target.ts';
import type { CmsisNn } from './cmsis-nn.ts';
import { build, buildFault, inPairs, WARNINGS } from './host-compiler.ts';
import { kernelSources, type OutputFolder } from './output-folder.ts';
import { run } from './run.ts';

/** What is built, and for which board. */
export interface FirmwareBuild {
  readonly output: OutputFolder;
  /** Its regions are linked for, its compiler and flags compile. */
  readonly target: Target;
  /** Whether the program was compiled for this very target, so that its sections have places. */
  readonly placed: boolean;
  /** Text of the target's own linker script; null where it is generated. */
  readonly linkerText: string | null;
  /** Sources beside the emitted ones, by name, and their headers. */
  readonly files: FirmwareFiles;
  /** Emitted sources besides the program and its weights, relative to the output folder. */
  readonly extraSources: readonly string[];
  /** CMSIS-NN in place of the portable kernels; null for those. */
  readonly library: CmsisNn | null;
  /** With the trace hook of the emitted program. */
  readonly trace: boolean;
  /** newlib's small printf is linked. */
  readonly prints: boolean;
  readonly templates: TemplateFiles;
  /** For the banner of generated files. */
  readonly banner: string;
  /** Existing folder for all that is made. */
  readonly folder: string;
  /** Name of the program's file, without extension. */
  readonly program: string;
}

/** A linked program. */
export interface Firmware {
  readonly elf: string;
  /** Where the sources beside the emitted ones lie, and the linker script. */
  readonly sources: string;
  readonly layout: Layout;
  readonly sections: readonly ElfSection[];
}

const OPTIMIZE = ['-std=c99', '-O3', '-ffunction-sections', '-fdata-sections'] as const;

/** Sections of a program that was compiled for no board, or for another one. */
function placementDefines({ output, placed }: FirmwareBuild): readonly string[] {
  if (placed) return [];
  const upper = output.name.toUpperCase();
  const section = (name: string): string => `__attribute__((section("${name}${ANYWHERE}")))`;
  return [`${upper}_ARENA_SECTION=${section(ARENA_PREFIX)}`, `SNUG_WEIGHTS_SECTION=${section(WEIGHTS_PREFIX)}`];
}

async function compileAll(options: FirmwareBuild): Promise<readonly string[]> {
  const { output, target, files, library, trace, folder, extraSources } = options;
  const sourceFolder = join(folder, options.program);
  await mkdir(sourceFolder, { recursive: true });
  for (const [name, text] of files) await writeFile(join(sourceFolder, name), text);
  const root = resolve(output.path);
  const emitted = [
    ...[`${output.name}.c`, `${output.name}_weights.c`],
    ...extraSources,
    ...(library === null ? await kernelSources(output) : []),
  ].map(path => join(root, path));
  const own = [...files.keys()].filter(name => name.endsWith('.c')).map(name => join(sourceFolder, name));
  const includes = [root, join(root, 'test'), sourceFolder, ...(library?.includes ?? [join(root, 'cmsis_nn')])];
  const defines = [...placementDefines(options), ...(trace ? [`${output.name.toUpperCase()}_TRACE`] : [])];
  const flags = [
    ...target.flags,
    ...WARNINGS.filter(flag => !OPTIMIZE.includes(flag as '-O3')),
    ...OPTIMIZE,
    ...includes.map(path => (path === library?.includes[0] ? `-isystem${path}` : `-I${path}`)),
    ...defines.map(define => `-D${define}`),
  ];
  const objects = new Map<string, string>();
  await inPairs([...emitted, ...own], async source => {
    const text = await readFile(source, 'utf8');
    // The trace changes the program and its main alone; tables and kernels are the same object in all programs.
    const traced = source.endsWith(`${output.name}.c`) || source.startsWith(sourceFolder) || source.includes('/test/');
    const used = traced ? flags : flags.filter(flag => !flag.endsWith('_TRACE'));
    const key = fnv1a(new TextEncoder().encode([...used.filter(f => !f.includes(sourceFolder)), text].join('\n')));
    const object = join(folder, `${basename(source, '.c')}-${key.toString(16)}.o`);
    objects.set(source, object);
    if ((await stat(object).catch(() => null)) !== null) return;
    const args = [...used, '-c', source, '-o', object];
    await build({ step: basename(source), compiler: target.compiler, args, folder, library });
  });
  return [...emitted, ...own].map(source => objects.get(source)!);
}

async function sizesOf(objects: readonly string[]): Promise<SectionSizes> {
  const sizes = new Map<string, number>();
  for (const object of objects) {
    for (const { name, bytes } of elfSections(await readFile(object), object)) {
      sizes.set(name, (sizes.get(name) ?? 0) + bytes);
    }
  }
  return sizes;
}

/** As GNU ld says it, once for every region that is too small. */
const OVERFLOW = /region [`'](\w+)' overflowed by (\d+) bytes/g;

function refuseOverflow(target: Target, { output }: FirmwareBuild, stderr: string): void {
  const overflows = [...stderr.matchAll(OVERFLOW)].map(([, region, over]) => {
    // A linker script of the target's own may know memory that is no region.
    const known = target.regions.find(({ name }) => name === region);
    const fix =
      known?.kind !== 'flash'
        ? `compile with --target ${target.id}, which places the arena, with --input streamed, which needs least RAM, or at the width and resolution that snug fit finds`
        : 'compile at the width that snug fit finds within the flash, or take a target with more';
    const size = known?.size ?? null;
    return firmwareTooLarge(
      { target: target.id, region: region!, size, over: Number(over), fix },
      { file: output.path },
    );
  });
  if (overflows.length > 0) throw new SnugError(...overflows);
}

/**
 * @throws SnugError `toolMissing`, `buildFailed` with the compiler's first messages, what is wrong with CMSIS-NN, or `firmwareTooLarge` for each region
 */
export async function buildFirmware(options: FirmwareBuild): Promise<Firmware> {
  const { target, placed, linkerText, library, prints, templates, banner, folder, program } = options;
  const objects = await compileAll(options);
  const layout = layOut(target, await sizesOf(objects), placed);
  const script = join(folder, program, 'linker.ld');
  await writeFile(script, linkerText ?? linkerScript(target, layout, templates, banner));
  const elf = join(folder, `${program}.elf`);
  const args = [
    ...target.flags,
    ...[
      '-nostartfiles',
      '-Wl,--gc-sections',
      '-Wl,--nmagic',
      `-Wl,-Map=${join(folder, `${program}.map`)}`,
      '-T',
      script,
    ],
    ...(prints ? ['--specs=nano.specs'] : []),
    ...objects,
    ...(library === null ? [] : [library.archive]),
    ...['-o', elf],
  ];
  const { exitCode, stderr } = await run(target.compiler, args, folder);
  if (exitCode !== 0) {
    refuseOverflow(target, options, stderr);
    throw buildFault({ step: `${program}.elf`, compiler: target.compiler, args, folder, library }, stderr);
  }
  return { elf, sources: join(folder, program), layout, sections: elfSections(await readFile(elf), elf) };
}
