/**
 * What the commands for boards share: the output folder, the board of `--target` or the machine of QEMU that stands for it,
 * and CMSIS-NN where it is asked for.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badUsage, machineMissing } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { MACHINE_CORES, machineFor } from '../firmware/machines.ts';
import type { Board, BoardBuild } from '../toolchain/board-program.ts';
import { buildCmsisNn } from '../toolchain/cmsis-nn.ts';
import { requirePortableKernels } from '../toolchain/host-program.ts';
import { type OutputFolder, readOutputFolder } from '../toolchain/output-folder.ts';
import { readTemplates } from './files.ts';
import type { Flags } from './flags.ts';
import { type FoundTarget, findTarget, targetPlaces } from './target-folders.ts';

/** `--target`, or the target that the network was compiled for. */
function targetIdOf({ manifest }: OutputFolder, { target }: Flags): string {
  const id = target ?? manifest.target ?? null;
  if (id !== null) return id;
  const problem = 'no target is given, and the network was compiled for none';
  throw new SnugError(badUsage({ problem, fix: 'name one with --target; snug targets lists them' }));
}

/** The target, compiled for by another command where `--compiler` names one. */
async function foundTarget(output: OutputFolder, flags: Flags): Promise<FoundTarget> {
  const found = await findTarget(targetIdOf(output, flags), targetPlaces(flags.config));
  return flags.compiler === undefined ? found : { ...found, target: { ...found.target, compiler: flags.compiler } };
}

/** The board itself. */
async function realBoard({ target, folder }: FoundTarget): Promise<Board> {
  const textOf = async (file: string | null): Promise<string | null> =>
    file === null ? null : readFile(join(folder, file), 'utf8');
  return {
    ...{ target, machine: null },
    startup: await textOf(target.startup),
    linkerText: await textOf(target.linkerScript),
  };
}

/**
 * A machine of QEMU with the board's core: its memory, and the compiler and flags of the board.
 * @throws SnugError `machineMissing`
 */
async function simulatedBoard({ target }: FoundTarget): Promise<Board> {
  const machine = machineFor(target);
  if (machine === null) {
    const machines = MACHINE_CORES.join(', ');
    throw new SnugError(machineMissing({ target: target.id, core: target.core, machines }));
  }
  const { regions, qemu, name } = (await findTarget(machine.target, targetPlaces(undefined))).target;
  return {
    target: { ...target, ...{ name, regions, qemu, startup: null, linkerScript: null } },
    ...{ startup: null, linkerText: null, machine },
  };
}

/** What a command for boards works on. */
export interface BoardJob {
  readonly output: OutputFolder;
  /** The target that was asked for. */
  readonly found: FoundTarget;
  /** For the board itself. */
  readonly real: () => Promise<BoardBuild>;
  /** For QEMU, which need not have a machine for the core. */
  readonly simulated: () => Promise<BoardBuild>;
}

/**
 * Reads folder and target, and builds CMSIS-NN where `--cmsis-nn` names one.
 * @param folder existing one for objects and programs
 * @throws SnugError where there is no such output or target, or no kernels
 */
export async function boardJob(dir: string, flags: Flags, folder: string): Promise<BoardJob> {
  const output = await readOutputFolder(dir);
  const found = await foundTarget(output, flags);
  const { compiler, flags: coreFlags } = found.target;
  if (flags.cmsisNn === undefined) requirePortableKernels(output);
  const library =
    flags.cmsisNn === undefined
      ? null
      : await buildCmsisNn({ path: flags.cmsisNn, compiler, flags: coreFlags, buildFolder: folder });
  const templates = await readTemplates();
  const common = { output, templates, library, folder };
  return {
    ...{ output, found },
    real: async () => ({ ...common, board: await realBoard(found) }),
    simulated: async () => ({ ...common, board: await simulatedBoard(found) }),
  };
}
