/** The machines of QEMU and their clocks. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instructionsOf, MACHINE_CORES, machineFor } from '../../src/firmware/machines.ts';
import type { CoreName } from '../../src/targets/target.ts';
import { parseTarget } from '../../src/targets/target.ts';
import { ROOT } from '../support/snug.ts';

test('every machine is a target that QEMU models', async () => {
  expect(MACHINE_CORES.length).toBeGreaterThan(0);
  for (const core of MACHINE_CORES) {
    const { target } = machineFor({ core: core as CoreName, qemu: null })!;
    const text = await readFile(join(ROOT, 'targets', target, 'target.json'), 'utf8');
    expect(parseTarget(target, text, target).qemu, core).toBe(target);
  }
  expect(machineFor({ core: 'xtensa-lx7', qemu: null })).toBeNull();
  expect(machineFor({ core: 'cortex-m33', qemu: 'mps2-an521' })?.target).toBe('mps2-an521');
});

test('an instruction takes 64 ns of virtual time', () => {
  // 25 MHz: a tick is 40 ns.
  expect(instructionsOf(machineFor({ core: 'cortex-m4', qemu: null })!, 1600)).toBe(1000);
  // 32 MHz: a tick is 31.25 ns.
  expect(instructionsOf(machineFor({ core: 'cortex-m55', qemu: null })!, 2048)).toBe(1000);
});
