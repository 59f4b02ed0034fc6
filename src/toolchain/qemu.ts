/** Runs programs of boards in QEMU. */
import { ICOUNT_SHIFT } from '../firmware/machines.ts';
import { type Finished, run } from './run.ts';

/** Longer than any network takes; a program that hangs must not hang its caller. */
const LIMIT_SECONDS = 1800;

/** How a program ended, and what it printed on its console. */
export interface BoardRun {
  readonly exitCode: number;
  readonly console: string;
}

/**
 * @param machine QEMU's name of it
 * @param folder where the program's files are
 * @param counted with virtual time that follows the instructions: slower, and the same in every run
 * @throws SnugError `toolMissing`
 */
export async function runInQemu(machine: string, elf: string, folder: string, counted: boolean): Promise<BoardRun> {
  const args = [
    ...['-M', machine, '-nographic', '-monitor', 'none', '-serial', 'null'],
    ...['-semihosting-config', 'enable=on,target=native'],
    ...(counted ? ['-icount', `shift=${ICOUNT_SHIFT}`] : []),
    ...['-kernel', elf],
  ];
  const { exitCode, stdout, stderr }: Finished = await run('qemu-system-arm', args, folder, LIMIT_SECONDS);
  return { exitCode, console: [stdout, stderr].filter(text => text !== '').join('\n') };
}
