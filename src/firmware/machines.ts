/**
 * QEMU's machines, by core: where a program for a board runs when the board is not there. Every instruction of the core
 * takes the same virtual time, so that the machine's timer counts instructions (QEMU documentation, "TCG Instruction
 * Counting").
 */
import type { CoreName, Target } from '../targets/target.ts';

/**
 * The timer of a machine: the CMSDK timer at an address, which counts 32 bits, or the system counter of the SSE-300.
 */
export type Clock = { readonly kind: 'cmsdk'; readonly address: number } | { readonly kind: 'sse' };

/** A machine and the clock that its programs read. */
export interface Machine {
  /** The target that describes its memory; `qemu` of that target names it for QEMU. */
  readonly target: string;
  /** What reads its timer. */
  readonly clock: Clock;
  /** Rate of that timer in virtual time. */
  readonly ticksHz: number;
}

const MPS2 = { clock: { kind: 'cmsdk', address: 0x4000_0000 }, ticksHz: 25e6 } as const;
/** The core starts in the Secure state, which sees the timer here. */
const MPS2_SECURE = { clock: { kind: 'cmsdk', address: 0x5000_0000 }, ticksHz: 20e6 } as const;
const MPS3 = { clock: { kind: 'sse' }, ticksHz: 32e6 } as const;

const MACHINES: readonly Machine[] = [
  { target: 'mps2-an385', ...MPS2 },
  { target: 'mps2-an386', ...MPS2 },
  { target: 'mps2-an500', ...MPS2 },
  { target: 'mps2-an505', ...MPS2_SECURE },
  { target: 'mps2-an521', ...MPS2_SECURE },
  { target: 'mps3-an547', ...MPS3 },
];

const BY_CORE: Readonly<Partial<Record<CoreName, string>>> = {
  // QEMU has no Cortex-M0+; a Cortex-M3 runs its instructions, and all programs for it.
  'cortex-m0plus': 'mps2-an385',
  'cortex-m3': 'mps2-an385',
  'cortex-m4': 'mps2-an386',
  'cortex-m7': 'mps2-an500',
  // The first core of AN521 has neither floating point nor the DSP extension, as most boards with this core do.
  'cortex-m33': 'mps2-an505',
  'cortex-m55': 'mps3-an547',
  // Nor a Cortex-M85, whose vector instructions are those of the Cortex-M55.
  'cortex-m85': 'mps3-an547',
};

/** The machine that a board is, or one with its core; null where QEMU has none. */
export function machineFor({ core, qemu }: Pick<Target, 'core' | 'qemu'>): Machine | null {
  return MACHINES.find(({ target }) => target === (qemu ?? BY_CORE[core])) ?? null;
}

/** Cores with a machine, for messages. */
export const MACHINE_CORES: readonly string[] = Object.keys(BY_CORE);

/**
 * QEMU's `-icount shift`: an instruction takes 2^6 = 64 ns of virtual time, more than a tick of any of the timers, so
 * that counts are exact to the instruction. With the shift of 0 a tick would be 31 to 50 of them.
 */
export const ICOUNT_SHIFT = 6;

/** Instructions in a number of ticks. */
export function instructionsOf(machine: Machine, ticks: number): number {
  return Math.round((ticks * 1e9) / (machine.ticksHz * 2 ** ICOUNT_SHIFT));
}
