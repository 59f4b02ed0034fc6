/** `snug profile DIR --target ID`: instructions of every layer on the board's core, counted in QEMU. */
import type { Command } from 'commander';
import { writeOutputFile } from '../disk/writable.ts';
import { profileSvg } from '../report/profile-svg.ts';
import { withBuildFolder } from '../toolchain/host-program.ts';
import { profileOnTarget, type TargetProfile } from '../toolchain/profile-target.ts';
import { boardJob } from './board-build.ts';
import { addBoardFlags, addOutputFlags, type Flags } from './flags.ts';
import { millions, type Terminal, table, terminal } from './terminal.ts';

interface ProfileFlags extends Flags {
  readonly svg?: string;
}

const BAR_COLUMNS = 30;

const perMac = (instructions: number, macs: number): string => (macs === 0 ? '' : (instructions / macs).toFixed(2));

function layerTable({ layers }: TargetProfile): string {
  const most = Math.max(1, ...layers.map(({ instructions }) => instructions));
  return table(
    ['', 'layer', 'instructions', 'a MAC', ''],
    layers.map(({ number, layer, instructions, macs }) => [
      ...[String(number), layer, String(instructions), perMac(instructions, macs)],
      '█'.repeat(Math.round((BAR_COLUMNS * instructions) / most)),
    ]),
    ['right', 'left', 'right', 'right', 'left'],
  );
}

async function profileCommand(dir: string, flags: ProfileFlags): Promise<void> {
  const out = terminal(flags);
  let progress: ReturnType<Terminal['progress']> | null = null;
  await withBuildFolder(async folder => {
    const job = await boardJob(dir, flags, folder);
    const { output, found } = job;
    const options = await job.simulated();
    const machine = options.board.target.name;
    const profile = await profileOnTarget(options, {
      stage(name) {
        progress?.stop();
        progress = out.progress(name);
      },
    });
    (progress as ReturnType<Terminal['progress']> | null)?.stop();
    const macs = profile.layers.reduce((sum, layer) => sum + layer.macs, 0);
    const attributed = profile.layers.reduce((sum, layer) => sum + layer.instructions, 0);
    if (flags.svg !== undefined) {
      const title = `${output.name} on ${machine}: ${millions(profile.instructions)} instructions`;
      await writeOutputFile(flags.svg, profileSvg(title, profile.layers));
    }
    const text = [
      layerTable(profile),
      `${output.name} on ${machine}: ${profile.instructions} instructions, ${perMac(profile.instructions, macs)} a MAC, ${macs} MACs`,
      `the layers sum to ${attributed}, measured one by one; stack of the network: ${profile.stackBytes} bytes`,
    ];
    out.result(text.join('\n'), {
      ...{ snug: output.manifest.snug, command: 'profile', name: output.name, target: found.target.id, machine },
      ...{ kernels: options.library === null ? 'portable' : 'cmsis-nn', macs },
      instructions: profile.instructions,
      stackBytes: profile.stackBytes,
      layers: profile.layers.map(({ layer, instructions, macs: count }) => ({
        name: layer,
        instructions,
        macs: count,
      })),
    });
  });
}

/** Adds `snug profile`. */
export function addProfileCommand(program: Command): void {
  const command = program
    .command('profile')
    .argument('<dir>', 'folder that snug compile wrote')
    .description('count the instructions of every layer on the core of a board, in QEMU')
    .option('--svg <file>', 'a bar for every layer, as a picture');
  addOutputFlags(addBoardFlags(command)).action((dir: string, flags: ProfileFlags) => profileCommand(dir, flags));
}
