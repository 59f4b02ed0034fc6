/** Runs programs of boards in QEMU. */
import { ICOUNT_SHIFT } from '../firmware/machines.ts';
import { type Finished, type Limits, run } from './run.ts';

/**
 * A program that hangs must not hang its caller, and one that is slow must not be stopped. QEMU computes as long as a program
 * goes round in a loop, so that the limit is on what it computes: two hours, where the largest networks take minutes. How
 * long that takes to pass depends on what else the machine does, so that the time that passes ends only a program that sleeps.
 */
const LIMITS: Limits = { cpuSeconds: 2 * 3600, seconds: 24 * 3600 };

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
  const { exitCode, stdout, stderr }: Finished = await run('qemu-system-arm', args, folder, LIMITS);
  return { exitCode, console: [stdout, stderr].filter(text => text !== '').join('\n') };
}
