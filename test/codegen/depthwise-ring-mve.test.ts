/**
 * The depthwise kernel of flows, whose versions are chosen by the core: each against the definition, over thousands of random
 * shapes, tables and buffers, with arrays at the end of memory so that a read beyond one faults.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { helperSources } from '../../src/codegen/helpers.ts';
import { WARNINGS } from '../../src/toolchain/host-compiler.ts';
import { runInQemu } from '../../src/toolchain/qemu.ts';
import { tool } from '../support/host-c.ts';
import { newFolder, ROOT } from '../support/snug.ts';
import { templates } from '../support/templates.ts';
import { ARM, ARM_QEMU, needTools } from '../support/tools.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));

/** A core for each version. `end` is where the machine's memory at 0x20000000 ends. */
const CORES = {
  'MVE on a Cortex-M55': {
    flags: ['-mcpu=cortex-m55', '-mfloat-abi=hard', '-DNEEDS_MVE'],
    machine: 'mps3-an547',
    end: '0x20080000',
  },
  'the C for vectors on a Cortex-M55 without MVE': {
    flags: ['-mcpu=cortex-m55+nomve', '-mfloat-abi=hard'],
    machine: 'mps3-an547',
    end: '0x20080000',
  },
  'DSP on a Cortex-M4': { flags: ['-mcpu=cortex-m4', '-DNEEDS_DSP'], machine: 'mps2-an386', end: '0x20400000' },
  'Thumb-2 on a Cortex-M3': { flags: ['-mcpu=cortex-m3'], machine: 'mps2-an385', end: '0x20400000' },
};

let folder = '';
beforeAll(async () => {
  folder = await newFolder();
  const sources = helperSources(await templates(), ['depthwise_ring_s8']);
  await writeFile(`${folder}/helper.h`, sources.map(({ source }) => `${source}\n`).join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.for(Object.entries(CORES))('%s is the definition', async ([name, { flags, machine, end }], context) => {
  await needTools(context, ...ARM_QEMU);
  for (const level of ['-O3', '-Os']) {
    const program = `${name.replaceAll(/\W/g, '_')}${level}.elf`;
    const args = [
      ...[...flags, '-mthumb', '-std=c99', level, '-nostartfiles', `-DMEMORY_END=${end}`, '-DHELPER="helper.h"'],
      ...[`-I${folder}`, `-I${ROOT}/templates/kernels`, '-T', `${FIXTURES}depthwise-ring.ld`],
      ...[`${FIXTURES}depthwise-ring.c`, '-o', program],
    ];
    await tool('arm-none-eabi-gcc', args, folder);
    expect(await runInQemu(machine, program, folder, false)).toEqual({
      exitCode: 0,
      console: expect.stringContaining('PASS: 4000 cases'),
    });
  }
});

test('the version for MVE compiles without a warning, at every level, with a frame pointer and without r9', async context => {
  await needTools(context, ...ARM);
  const helper = await readFile(`${folder}/helper.h`, 'utf8');
  const use = 'uintptr_t use(void);\nuintptr_t use(void)\n{\n    return (uintptr_t)depthwise_ring_s8;\n}\n';
  await writeFile(`${folder}/alone.c`, `#include <stdint.h>\n#include <string.h>\n\n${helper}\n${use}`);
  for (const more of [
    '-O0',
    '-Og',
    '-O1',
    '-O2',
    '-O3',
    '-Os',
    '-O1 -fno-omit-frame-pointer',
    '-O2 -fPIC -ffixed-r9',
  ]) {
    const args = ['-mcpu=cortex-m55', '-mfloat-abi=hard', '-mthumb', ...WARNINGS, ...more.split(' ')];
    await tool('arm-none-eabi-gcc', [...args, '-c', 'alone.c', '-o', 'alone.o'], folder);
  }
});
