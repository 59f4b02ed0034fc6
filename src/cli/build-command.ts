/** `snug build DIR --target ID`: firmware for a board, what it takes of every region, and the stack. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { checkOutputFolder, writeOutputFolder } from '../disk/output-folder.ts';
import { FIRMWARE_FORMAT, MANIFEST, sha256 } from '../disk/owned.ts';
import { machineFor } from '../firmware/machines.ts';
import { buildSelfTest, runChecked, stackIn } from '../toolchain/board-program.ts';
import { buildForTarget, type RegionUse } from '../toolchain/build-target.ts';
import type { Firmware } from '../toolchain/firmware.ts';
import { withBuildFolder } from '../toolchain/host-program.ts';
import { isInstalled } from '../toolchain/run.ts';
import { type BoardJob, boardJob } from './board-build.ts';
import { packageVersion } from './files.ts';
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

/** The program, its map, and the sources that it was built from beside the emitted ones, with a manifest that lists them. */
async function writeFirmware({ elf, sources }: Firmware, { output, found }: BoardJob, out: string): Promise<string> {
  const paths = [
    elf,
    elf.replace(/\.elf$/, '.map'),
    ...(await readdir(sources)).sort().map(file => join(sources, file)),
  ];
  const files = new Map<string, string | Uint8Array>();
  for (const path of paths) files.set(basename(path), await readFile(path));
  const manifest = {
    ...{ snug: await packageVersion(), format: FIRMWARE_FORMAT, name: output.name, target: found.target.id },
    files: Object.fromEntries(Array.from(files, ([name, content]) => [name, sha256(content)])),
  };
  files.set(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  await writeOutputFolder(out, files, FIRMWARE_FORMAT);
  return join(out, basename(elf));
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
    await checkOutputFolder(place, FIRMWARE_FORMAT);
    const options = await job.real();
    out.note(`building for ${target.name}`);
    const built = await buildForTarget(options, flags.layers ?? false);
    const elf = await writeFirmware(built.firmware, job, place);
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
