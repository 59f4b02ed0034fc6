/** `snug build DIR --target ID`: firmware for a board, what it takes of every region, and the stack. */
import { copyFile, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { outputNotWritable } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { machineFor } from '../firmware/machines.ts';
import { buildSelfTest, runChecked, stackIn } from '../toolchain/board-program.ts';
import { buildForTarget, type RegionUse } from '../toolchain/build-target.ts';
import type { Firmware } from '../toolchain/firmware.ts';
import { withBuildFolder } from '../toolchain/host-program.ts';
import { isInstalled } from '../toolchain/run.ts';
import { type BoardJob, boardJob } from './board-build.ts';
import { checkPlace, makeFolder } from './files.ts';
import { addBoardFlags, addOutputFlags, type Flags } from './flags.ts';
import { table, terminal } from './terminal.ts';

interface BuildFlags extends Flags {
  readonly layers?: boolean;
}

/** Runs the same program on the board's core in QEMU; null where there is no machine or no QEMU. */
async function measuredStack({ found, simulated }: BoardJob): Promise<number | null> {
  if (machineFor(found.target) === null || !(await isInstalled('qemu-system-arm'))) return null;
  const options = await simulated();
  const { console } = await runChecked(options, await buildSelfTest(options, false), false);
  return stackIn(console);
}

/** The program, its map, and the sources that it was built from beside the emitted ones. */
async function writeFirmware({ elf, sources }: Firmware, out: string): Promise<string> {
  const name = basename(elf);
  try {
    await makeFolder(resolve(out));
    await copyFile(elf, join(out, name));
    await copyFile(elf.replace(/\.elf$/, '.map'), join(out, name.replace(/\.elf$/, '.map')));
    for (const file of await readdir(sources)) await copyFile(join(sources, file), join(out, file));
  } catch (error) {
    throw new SnugError(outputNotWritable({ path: out, reason: (error as Error).message }, { file: out }));
  }
  return join(out, name);
}

function regionTable(regions: readonly RegionUse[]): string {
  return table(
    ['region', 'kind', 'used', 'of', '', 'sections'],
    regions.map(({ region, kind, usedBytes, sizeBytes, sections }) => [
      ...[region, kind, String(usedBytes), String(sizeBytes), `${((100 * usedBytes) / sizeBytes).toFixed(1)} %`],
      sections.map(({ section, bytes }) => `${section} ${bytes}`).join(', '),
    ]),
    ['left', 'left', 'right', 'right', 'right', 'left'],
  );
}

async function buildCommand(dir: string, flags: BuildFlags): Promise<void> {
  const out = terminal(flags);
  await withBuildFolder(async folder => {
    const job = await boardJob(dir, flags, folder);
    const { output, found } = job;
    const { target } = found;
    const place = flags.out ?? join(dir, 'firmware', target.id);
    await checkPlace(place);
    const options = await job.real();
    out.note(`building for ${target.name}`);
    const built = await buildForTarget(options, flags.layers ?? false);
    const elf = await writeFirmware(built.firmware, place);
    const stack = {
      reservedBytes: built.firmware.layout.stackBytes,
      boundBytes: built.stackBoundBytes,
      measuredBytes: await measuredStack(job),
    };
    const known = (bytes: number | null): string => (bytes === null ? 'not known' : `${bytes} bytes`);
    const text = [
      regionTable(built.regions),
      `stack of the network: measured ${known(stack.measuredBytes)}, bound ${known(stack.boundBytes)}; reserved ${known(stack.reservedBytes)}`,
      ...(built.outsideBytes > 0 ? [`${built.outsideBytes} bytes lie in no region of the target`] : []),
      `written to ${elf}`,
    ];
    out.result(text.join('\n'), {
      ...{ snug: output.manifest.snug, command: 'build', name: output.name, target: target.id, elf },
      ...{ regions: built.regions, outsideBytes: built.outsideBytes, stack },
    });
  });
}

/** Adds `snug build`. */
export function addBuildCommand(program: Command): void {
  const command = program
    .command('build')
    .argument('<dir>', 'folder that snug compile wrote')
    .description('build firmware for a board and hold its size against the memory of the board')
    .option('--out <folder>', 'folder for the firmware (firmware/ID in DIR)')
    .option('--layers', 'with cycles and checksums of every layer, which take time themselves');
  addOutputFlags(addBoardFlags(command)).action((dir: string, flags: BuildFlags) => buildCommand(dir, flags));
}
