/** Programs of an output folder for a board: what runs on it, built for the board itself or for its machine in QEMU. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileView } from '../codegen/program.ts';
import { plainFile, render, type TemplateFiles } from '../codegen/templates.ts';
import { programFailed } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { boardFiles } from '../firmware/files.ts';
import type { Machine } from '../firmware/machines.ts';
import { selfTestSource } from '../firmware/self-test.ts';
import { int8Bytes, tensorOf } from '../graph/graph.ts';
import { bytesOf } from '../numerics/fnv1a.ts';
import type { Target } from '../targets/target.ts';
import { tracedLayers } from './compare-vectors.ts';
import { buildFirmware, type Firmware, type FirmwareBuild } from './firmware.ts';
import { joinTrace, type Runner } from './host-program.ts';
import type { OutputFolder } from './output-folder.ts';
import { type BoardRun, runInQemu } from './qemu.ts';

/** A board to build for. */
export interface Board {
  /** Regions, compiler and flags. */
  readonly target: Target;
  /** Texts of the target's own files, null where they are generated. */
  readonly startup: string | null;
  readonly linkerText: string | null;
  /** Set where `target` is a machine of QEMU and not the board itself. */
  readonly machine: Machine | null;
}

/** The same for every program of one command. */
export interface BoardBuild {
  readonly output: OutputFolder;
  readonly board: Board;
  readonly templates: TemplateFiles;
  readonly library: FirmwareBuild['library'];
  /** Existing folder for objects and programs. */
  readonly folder: string;
}

type Program = 'self-test' | 'runner' | 'golden';

async function buildProgram(options: BoardBuild, kind: Program, trace: boolean): Promise<Firmware> {
  const { output, board, templates, library, folder } = options;
  const { name, manifest } = output;
  const { target, machine, startup, linkerText } = board;
  const { banner } = fileView({ name, version: manifest.snug });
  const files = new Map(boardFiles(target, templates, banner, startup, machine?.clock ?? null));
  if (kind === 'self-test') {
    const layers = tracedLayers(output).map(({ tensor }) => tensor);
    const network = { name, version: manifest.snug, graph: output.graph, input: manifest.input, layers };
    files.set('main.c', selfTestSource(network, target.name, templates));
  } else if (kind === 'runner') {
    files.set('main.c', render(templates, 'firmware/runner.c.hbs', { name, upper: name.toUpperCase(), banner }));
  } else files.set('newlib.c', plainFile(templates, 'firmware/newlib.c'));
  return buildFirmware({
    placed: machine === null && manifest.target === target.id,
    ...{ output, target, linkerText, files, library, trace, templates, banner, folder },
    extraSources: kind === 'golden' ? [`test/${name}_test.c`, `test/${name}_golden.c`] : [],
    prints: kind === 'golden',
    program: trace && kind !== 'golden' ? `${name}-${kind}-layers` : `${name}-${kind}`,
  });
}

/** One inference over a pattern, compared with the interpreter; with `layers` it times and compares every layer. */
export function buildSelfTest(options: BoardBuild, layers: boolean): Promise<Firmware> {
  return buildProgram(options, 'self-test', layers);
}

/** The golden test that the output carries. */
export function buildBoardGoldenTest(options: BoardBuild): Promise<Firmware> {
  return buildProgram(options, 'golden', true);
}

/** Bytes of stack that a self-test says the network took. */
export function stackIn(console: string): number {
  return Number(/^stack (\d+)$/m.exec(console)?.[1]);
}

/** @throws SnugError `programFailed` where it ends with an error */
export async function runChecked(options: BoardBuild, { elf }: Firmware, counted: boolean): Promise<BoardRun> {
  const result = await runInQemu(options.board.target.qemu!, elf, options.folder, counted);
  if (result.exitCode !== 0) {
    throw new SnugError(programFailed({ program: options.output.name, output: result.console.slice(0, 4000) }));
  }
  return result;
}

/**
 * A program in QEMU that takes inputs from a file and, with `trace`, gives every layer's bytes, which takes it longer.
 * @throws SnugError as `buildFirmware`; the methods of the runner throw `programFailed`
 */
export async function buildBoardRunner(options: BoardBuild, trace: boolean): Promise<Runner> {
  const { output, folder } = options;
  const firmware = await buildProgram(options, 'runner', trace);
  const outputSize = int8Bytes(tensorOf(output.graph, output.graph.output));
  const execute = async (inputs: readonly Int8Array[]): Promise<void> => {
    await writeFile(join(folder, 'inputs.bin'), Buffer.concat(inputs.map(bytesOf)));
    await runChecked(options, firmware, false);
  };
  return {
    async outputs(inputs) {
      await execute(inputs);
      const data = new Int8Array(await readFile(join(folder, 'outputs.bin')));
      return inputs.map((_, i) => data.subarray(i * outputSize, (i + 1) * outputSize));
    },
    async trace(input) {
      await execute([input]);
      return joinTrace(await readFile(join(folder, 'trace.bin')));
    },
  };
}
