/**
 * `pointwise_s8` on cores with the DSP extension, in QEMU: byte for byte what the portable kernel computes, without a byte
 * read or written elsewhere, and in as few instructions as it is meant to take.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { boardFiles, linkerScript } from '../../src/firmware/files.ts';
import { layOut } from '../../src/firmware/layout.ts';
import { ICOUNT_SHIFT } from '../../src/firmware/machines.ts';
import { WARNINGS } from '../../src/toolchain/host-compiler.ts';
import { runInQemu } from '../../src/toolchain/qemu.ts';
import { execute, ROOT, testFolder } from '../support/snug.ts';
import { board, region } from '../support/targets.ts';
import { templates as readTemplates } from '../support/templates.ts';
import { ARM_QEMU, needTools } from '../support/tools.ts';

interface DspBoard {
  readonly core: 'cortex-m4' | 'cortex-m7' | 'cortex-m33';
  readonly machine: string;
  readonly code: number;
  readonly data: number;
  /** 16 MB with nothing in front of and behind them: whoever reads there faults. */
  readonly alone: number;
  readonly timer: number;
}

const M4: DspBoard = {
  ...{ core: 'cortex-m4', machine: 'mps2-an386' },
  ...{ code: 0, data: 0x2000_0000, alone: 0x2100_0000, timer: 0x4000_0000 },
};
const BOARDS: readonly DspBoard[] = [
  M4,
  { ...M4, core: 'cortex-m7', machine: 'mps2-an500', alone: 0x6000_0000 },
  {
    ...{ core: 'cortex-m33', machine: 'mps2-an505' },
    ...{ code: 0x1000_0000, data: 0x3800_0000, alone: 0x8000_0000, timer: 0x5000_0000 },
  },
];

const COMMON = `#include <stdint.h>
#include <string.h>
#include "arm_nnfunctions.h"
#include "board.h"
#include "pointwise_s8.c"

/* Volatile, as compilers warn of objects that begin at a number they can see. */
static volatile uintptr_t alone = ALONE;
#define FIRST ((int8_t *)alone)
#define BEHIND ((int8_t *)(alone + 0x1000000u))

static int32_t bias[1280], multipliers[1280], shifts[1280];

typedef struct
{
    int32_t pixels, depth, channels, input_offset, output_offset, min, max;
} shape;

#if !defined(POINTWISE_DSP)
#error "the assembler is not compiled"
#endif
#define CALL(function, s, x, w, output) \\
    function(&(const cmsis_nn_context){ NULL, 0 }, \\
             &(const cmsis_nn_conv_params){ (s)->input_offset, (s)->output_offset, { 1, 1 }, { 0, 0 }, { 1, 1 }, \\
                                            { (s)->min, (s)->max } }, \\
             &(const cmsis_nn_per_channel_quant_params){ multipliers, shifts }, \\
             &(const cmsis_nn_dims){ 1, (s)->pixels, 1, (s)->depth }, x, \\
             &(const cmsis_nn_dims){ (s)->channels, 1, 1, (s)->depth }, w, \\
             &(const cmsis_nn_dims){ 1, 1, 1, (s)->channels }, bias, \\
             &(const cmsis_nn_dims){ 1, (s)->pixels, 1, (s)->channels }, output)
`;

const COMPARE = `${COMMON}
static uint32_t state = 2026;

static int32_t between(int32_t low, int32_t high)
{
    state = state * 1664525u + 1013904223u;
    return low + (int32_t)((state >> 8) % (uint32_t)(high - low + 1));
}

static int32_t one_of(int32_t a, int32_t b)
{
    return between(0, 1) == 0 ? a : b;
}

static void fill(int8_t *data, int32_t count, int extreme)
{
    for (int32_t i = 0; i < count; i++)
    {
        data[i] = (int8_t)(extreme ? one_of(-128, 127) : between(-128, 127));
    }
}

/* Shifts to the left, none, and multipliers below 2^30 are for the C beside the assembler. */
static void scales(int32_t channels, int extreme, int others)
{
    for (int32_t o = 0; o < channels; o++)
    {
        bias[o] = extreme ? between(-0x400000, 0x400000) * 120 : between(-20000, 20000);
        multipliers[o] = between(0, 9) == 0 ? one_of(0x40000000, 0x7fffffff) : 0x40000000 + between(0, 0x7fffff) * 128;
        shifts[o] = between(0, 7) == 0 ? between(-31, -1) : between(-12, -6);
        if (others && between(0, 3) == 0)
        {
            shifts[o] = between(0, 3);
        }
        if (others && between(0, 9) == 0)
        {
            multipliers[o] = between(0, 0x7fffff) * 100;
        }
    }
}

int main(void)
{
    static int8_t expected[70 * 40 + 64];
    int8_t *const output = FIRST + 0x100000;

    for (uint32_t round = 0; round < 2000; round++)
    {
        shape s = { one_of(between(1, 9), between(1, 70)), one_of(between(1, 100), 16 * between(1, 6)), between(1, 40),
                    one_of(between(-127, 128), one_of(-127, 128)), one_of(between(-128, 127), one_of(-128, 127)),
                    -128, 127 };
        const int32_t inputs = s.pixels * s.depth, weights = s.channels * s.depth, outputs = s.pixels * s.channels;
        const int extreme = between(0, 3) == 0;
        const int32_t places = between(0, 3);
        /* At the end or at the beginning of the memory, or somewhere, not aligned. */
        int8_t *const x = places == 0 ? FIRST : places == 1 ? BEHIND - inputs : FIRST + 0x200000 + between(0, 3);
        int8_t *const w = places < 2 ? FIRST + 0x300000 + between(0, 3) : places == 2 ? FIRST : BEHIND - weights;
        int8_t *const out = output + between(0, 3);

        if (between(0, 1) == 0)
        {
            s.min = between(-128, 127);
            s.max = between(s.min, 127);
        }
        fill(x, inputs, extreme);
        fill(w, weights, extreme);
        scales(s.channels, extreme, between(0, 3) == 0);
        memset(out - 32, 0x5a, (size_t)outputs + 64u);
        memset(expected, 0x5a, (size_t)outputs + 64u);
        if (CALL(arm_convolve_1x1_s8_fast, &s, x, w, expected + 32) != ARM_CMSIS_NN_SUCCESS ||
            CALL(pointwise_s8, &s, x, w, out) != ARM_CMSIS_NN_SUCCESS ||
            memcmp(out - 32, expected, (size_t)outputs + 64u) != 0)
        {
            board_print("differs in round ");
            board_print_number(round);
            return 1;
        }
    }
    board_print("same");
    return 0;
}
`;

/** Input channels, output channels, pixels, and the most instructions for a multiply-accumulate. */
const COUNTED = [
  [16, 96, 4, 2.1],
  [16, 96, 64, 1.82],
  [96, 24, 4, 1.35],
  [96, 24, 64, 1.3],
  [144, 32, 8, 1.3],
  [384, 96, 16, 1.23],
  [960, 160, 4, 1.22],
  [27, 32, 64, 1.78],
  [1280, 1000, 1, 1.6],
] as const;

const COUNT = `${COMMON}
int main(void)
{
    static const shape shapes[] = {
        ${COUNTED.map(([depth, channels, pixels]) => `{ ${pixels}, ${depth}, ${channels}, 128, -128, -128, 127 }`).join(',\n        ')}
    };

    for (int32_t o = 0; o < 1280; o++)
    {
        multipliers[o] = 0x50000000;
        shifts[o] = -8;
    }
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
    {
        const uint64_t before = board_ticks();

        (void)CALL(pointwise_s8, &shapes[i], FIRST, FIRST + 0x200000, FIRST + 0x400000);
        board_print_number(board_ticks() - before);
        board_print(" ");
    }
    return 0;
}
`;

/** Builds and runs a program; what it printed. */
async function runOn(given: DspBoard, source: string, optimize: string, counted: boolean): Promise<string> {
  const folder = await testFolder();
  const target = board(
    [
      { ...region('code', 'flash', given.code, 0x40_0000), holds: ['code', 'constants'] },
      { ...region('data', 'ram', given.data, 0x40_0000), holds: ['data'] },
    ],
    {
      core: given.core,
      features: { dsp: true, fpu: 'none', mve: 'none' },
      flags: [`-mcpu=${given.core}`, '-mthumb', '-mfloat-abi=soft'],
    },
  );
  const templates = await readTemplates();
  const files = new Map(boardFiles(target, templates, '', null, { kind: 'cmsdk', address: given.timer }));
  files.set('main.c', source);
  files.set('linker.ld', linkerScript(target, layOut(target, new Map(), false), templates, ''));
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  const kernels = join(ROOT, 'templates/kernels');
  const sources = [...files.keys()].filter(name => name.endsWith('.c'));
  const built = await execute(
    'arm-none-eabi-gcc',
    [
      ...target.flags,
      ...WARNINGS,
      optimize,
      ...['-I.', `-I${kernels}`, `-I${join(ROOT, 'templates/helpers')}`, `-DALONE=${given.alone}u`],
      ...['-nostartfiles', '-T', 'linker.ld', ...sources, join(kernels, 'arm_convolve_1x1_s8_fast.c')],
      ...['-o', 'program.elf'],
    ],
    { cwd: folder },
  );
  expect(built).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  const { exitCode, console } = await runInQemu(given.machine, join(folder, 'program.elf'), folder, counted);
  expect([exitCode, console]).toEqual([0, expect.not.stringContaining('differs')]);
  return console;
}

const skipWithoutTools = (context: TestContext): Promise<void> => needTools(context, ...ARM_QEMU);

test.for(BOARDS)('pointwise_s8 on a $core is the portable kernel', async (given, context) => {
  await skipWithoutTools(context);
  expect(await runOn(given, COMPARE, '-O3', false)).toBe('same');
});

test.for(['-O0', '-Os', '-O2'])('pointwise_s8 is the portable kernel at %s', async (optimize, context) => {
  await skipWithoutTools(context);
  expect(await runOn(M4, COMPARE, optimize, false)).toBe('same');
});

test('pointwise_s8 takes as few instructions as stated', async context => {
  await skipWithoutTools(context);
  const ticks = (await runOn(M4, COUNT, '-O3', true)).trim().split(' ').map(Number);
  // A tick of the timer is 40 ns, an instruction 2^shift ns.
  const instructions = ticks.map(count => (count * 40) / 2 ** ICOUNT_SHIFT);
  expect(ticks).toHaveLength(COUNTED.length);
  for (const [i, [depth, channels, pixels, most]] of COUNTED.entries()) {
    const each = instructions[i]! / (depth * channels * pixels);
    expect(each, `${depth} to ${channels} channels, ${pixels} pixels`).toBeLessThan(most);
    expect(each, 'fewer would say that nothing was computed').toBeGreaterThan(1);
  }
});
