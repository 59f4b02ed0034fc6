/** The emitted CMakeLists.txt: alone it builds and tests itself, and a firmware adds several of them. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isInstalled } from '../../src/toolchain/run.ts';
import { editTable } from '../support/emitted.ts';
import { compileInto, execute, filesIn, newFolder, TINY } from '../support/snug.ts';
import { ARM_QEMU, needTools } from '../support/tools.ts';

const hasCmake = await isInstalled('cmake');
if (!hasCmake) console.warn('cmake is not installed: the emitted CMakeLists.txt is not tested');

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

async function cmake(args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await execute('cmake', args, { cwd });
  expect(exitCode, stdout + stderr).toBe(0);
  return stdout + stderr;
}

describe.runIf(hasCmake)('CMake', () => {
  test('configures, builds and tests an output folder, without writing into it', async () => {
    await compileInto(cwd, 'tiny');
    const before = await filesIn(join(cwd, 'tiny'));
    expect(await cmake(['-S', 'tiny', '-B', 'alone', '-Werror=dev'])).not.toMatch(/warning/i);
    await cmake(['--build', 'alone', '--parallel', '2']);
    const passed = await execute('ctest', ['--test-dir', 'alone', '--output-on-failure'], { cwd });
    expect(passed.stdout).toContain('100% tests passed, 0 tests failed out of 1');
    expect(passed.exitCode).toBe(0);
    expect([...(await filesIn(join(cwd, 'tiny'))).keys()]).toEqual([...before.keys()]);

    await editTable(join(cwd, 'tiny/tiny_weights.c'), 'tiny_block_3_expand_bias', 0, bias => bias + 5000);
    await cmake(['--build', 'alone', '--parallel', '2']);
    const failed = await execute('ctest', ['--test-dir', 'alone', '--output-on-failure'], { cwd });
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stdout).toContain('(block_3_expand) differs first, vector 0');
  });

  /** A toolchain file as those for bare metal are, with what it adds. */
  async function toolchain(name: string, lines: readonly string[]): Promise<string> {
    const common = [
      'set(CMAKE_SYSTEM_NAME Generic)',
      'set(CMAKE_SYSTEM_PROCESSOR arm)',
      'set(CMAKE_C_COMPILER arm-none-eabi-gcc)',
      'set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m3 -mthumb")',
    ];
    await writeFile(join(cwd, name), [...common, ...lines].join('\n'));
    return `-DCMAKE_TOOLCHAIN_FILE=${join(cwd, name)}`;
  }

  test('builds for a board as a whole, without a golden test that nothing could link', async context => {
    await needTools(context, 'arm-none-eabi-gcc');
    await compileInto(cwd, 'crossed');
    const bare = await toolchain('bare.cmake', ['set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)']);
    expect(await cmake(['-S', 'crossed', '-B', 'cross', bare, '-Werror=dev'])).not.toMatch(/warning/i);
    const log = await cmake(['--build', 'cross', '--parallel', '2']);
    expect(log).toContain('Built target tiny');
    expect(log).not.toContain('tiny_test');
    const { stdout } = await execute('arm-none-eabi-nm', ['cross/libtiny.a'], { cwd });
    expect(stdout).toContain('T tiny_run');
    // There is no test that could not be found.
    const tests = await execute('ctest', ['--test-dir', 'cross', '--show-only'], { cwd });
    expect(tests.stdout).toContain('Total Tests: 0');
    // By its name it is still there, for those whose toolchain file links system calls.
    const refused = await execute('cmake', ['--build', 'cross', '--target', 'tiny_test'], { cwd });
    expect(refused.stderr + refused.stdout).toContain('undefined reference to `_exit');
  });

  test('runs the golden test of a board where an emulator is named', async context => {
    await needTools(context, ...ARM_QEMU);
    await compileInto(cwd, 'emulated');
    const machine = ['-M', 'mps2-an385', '-semihosting-config', 'enable=on,target=native', '-display', 'none'];
    const emulator = ['qemu-system-arm', ...machine, '-monitor', 'none', '-serial', 'none', '-kernel'];
    const flags = await toolchain('emulated.cmake', [
      'set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)',
      `set(CMAKE_EXE_LINKER_FLAGS_INIT "--specs=rdimon.specs -Wl,-T,${join(cwd, 'vectors.ld')}")`,
      `set(CMAKE_CROSSCOMPILING_EMULATOR "${emulator.join(';')}")`,
    ]);
    // newlib starts itself; only the vectors in front of its entry are missing. RAM is where the machine has its flash.
    const script = `ENTRY(_start)
SECTIONS
{
  .vectors 0 : { LONG(0x20400000) LONG(_start | 1) }
  .text : { *(.text*) *(.rodata*) KEEP(*(.init)) KEEP(*(.fini)) }
  .ARM.exidx : { __exidx_start = .; *(.ARM.exidx*) __exidx_end = .; }
  .init_array : {
    __preinit_array_start = .; KEEP(*(.preinit_array)) __preinit_array_end = .;
    __init_array_start = .; KEEP(*(.init_array*)) __init_array_end = .;
    __fini_array_start = .; KEEP(*(.fini_array*)) __fini_array_end = .;
  }
  .data 0x20000000 : { *(.data*) }
  .bss : { __bss_start__ = .; *(.bss*) *(COMMON) __bss_end__ = .; }
  end = .;
  __end__ = .;
  __stack = 0x20400000;
}
`;
    await writeFile(join(cwd, 'vectors.ld'), script);
    await cmake(['-S', 'emulated', '-B', 'emulate', flags]);
    await cmake(['--build', 'emulate', '--parallel', '2']);
    const { stdout } = await execute('ctest', ['--test-dir', 'emulate', '--output-on-failure'], { cwd });
    expect(stdout).toContain('100% tests passed, 0 tests failed out of 1');
  });

  test('lets a parent project add two networks, which share their kernels', async () => {
    await compileInto(cwd, 'one', [...TINY.slice(0, -2), '--name', 'one']);
    await compileInto(cwd, 'two', [...TINY.slice(0, -2), '--name', 'two', '--channels', '1', '--softmax']);
    await mkdir(join(cwd, 'firmware'));
    await writeFile(
      join(cwd, 'firmware/CMakeLists.txt'),
      `cmake_minimum_required(VERSION 3.13)
project(firmware C)
enable_testing()
add_subdirectory(../one one)
add_subdirectory(../two two)
add_executable(firmware main.c)
target_link_libraries(firmware PRIVATE one two)
add_test(NAME runs COMMAND firmware)
`,
    );
    await writeFile(
      join(cwd, 'firmware/main.c'),
      `#include "one.h"
#include "two.h"
static one_arena_t arena_one;
static two_arena_t arena_two;
static int8_t input_one[ONE_INPUT_BYTES], output_one[ONE_OUTPUT_BYTES];
static int8_t input_two[TWO_INPUT_BYTES], output_two[TWO_OUTPUT_BYTES];
int main(void)
{
    return one_run(&arena_one, input_one, output_one) + two_run(&arena_two, input_two, output_two);
}
`,
    );
    await cmake(['-S', 'firmware', '-B', 'build-firmware']);
    const log = await cmake(['--build', 'build-firmware', '--parallel', '2']);
    expect(log.match(/Built target snug_cmsis_nn/g)).toHaveLength(1);
    // The networks' own tests are for their own folders: only the firmware's is here.
    const { stdout, exitCode } = await execute('ctest', ['--test-dir', 'build-firmware'], { cwd });
    expect(stdout).toContain('100% tests passed, 0 tests failed out of 1');
    expect(exitCode).toBe(0);
  });

  test('says what is missing where an output has no kernels of its own', async () => {
    await compileInto(cwd, 'bare', [...TINY, '--kernels', 'cmsis-nn']);
    const { exitCode, stderr } = await execute('cmake', ['-S', 'bare', '-B', 'build-bare'], { cwd });
    expect(exitCode).not.toBe(0);
    expect(stderr.replace(/\s+/g, ' ')).toContain(
      'tiny needs CMSIS-NN: set SNUG_CMSIS_NN_DIR or add a target cmsis-nn first, or set SNUG_CMSIS_NN_LIBRARY',
    );
  });

  test('takes kernels of a target cmsis-nn that exists already', async () => {
    await compileInto(cwd, 'lent', [...TINY, '--kernels', 'auto']);
    await mkdir(join(cwd, 'lender'));
    await writeFile(
      join(cwd, 'lender/CMakeLists.txt'),
      `cmake_minimum_required(VERSION 3.13)
project(lender C)
file(GLOB kernels ../lent/cmsis_nn/*.c)
add_library(cmsis-nn STATIC \${kernels})
target_include_directories(cmsis-nn PUBLIC ../lent/cmsis_nn)
add_subdirectory(../lent lent)
`,
    );
    await cmake(['-S', 'lender', '-B', 'build-lender']);
    const log = await cmake(['--build', 'build-lender', '--parallel', '2']);
    expect(log).toContain('Built target cmsis-nn');
    expect(log).not.toContain('snug_cmsis_nn');
  });

  /** `lib/libcmsis-nn.a` with `Include/`, and `checkout/`, which defines the target: stand-ins from the portable kernels. */
  async function standIns(from: string): Promise<void> {
    await mkdir(join(cwd, 'built/lib'), { recursive: true });
    await cp(join(cwd, from, 'cmsis_nn'), join(cwd, 'checkout/Include'), { recursive: true });
    await cp(join(cwd, from, 'cmsis_nn'), join(cwd, 'built/Include'), { recursive: true });
    await writeFile(
      join(cwd, 'checkout/CMakeLists.txt'),
      `cmake_minimum_required(VERSION 3.15.6)
project(CMSISNN)
file(GLOB kernels Include/*.c)
add_library(cmsis-nn STATIC \${kernels})
target_include_directories(cmsis-nn PUBLIC Include)
`,
    );
    await cmake(['-S', 'checkout', '-B', 'build-checkout']);
    await cmake(['--build', 'build-checkout', '--parallel', '2']);
    await cp(join(cwd, 'build-checkout/libcmsis-nn.a'), join(cwd, 'built/lib/libcmsis-nn.a'));
  }

  test('takes an archive before a checkout, and a checkout before its own kernels', async () => {
    await compileInto(cwd, 'ways', [...TINY, '--kernels', 'auto']);
    await standIns('ways');
    const archive = [
      `-DSNUG_CMSIS_NN_LIBRARY=${join(cwd, 'built/lib/libcmsis-nn.a')}`,
      `-DSNUG_CMSIS_NN_INCLUDE_DIR=${join(cwd, 'built/Include')}`,
    ];
    const checkout = `-DSNUG_CMSIS_NN_DIR=${join(cwd, 'checkout')}`;
    for (const [build, flags, target] of [
      ['way-archive', [...archive, checkout], null],
      ['way-checkout', [checkout], 'cmsis-nn'],
      ['way-own', [], 'snug_cmsis_nn'],
    ] as const) {
      await cmake(['-S', 'ways', '-B', build, ...flags]);
      const log = await cmake(['--build', build, '--parallel', '2']);
      expect(log.match(/Built target (?:snug_)?cmsis[-_]nn/g) ?? []).toEqual(
        target === null ? [] : [`Built target ${target}`],
      );
      const { stdout } = await execute('ctest', ['--test-dir', build], { cwd });
      expect(stdout).toContain('100% tests passed, 0 tests failed out of 1');
    }
  });

  test.each([
    [
      'an archive that is not there',
      ['-DSNUG_CMSIS_NN_LIBRARY=/no/lib.a'],
      'SNUG_CMSIS_NN_LIBRARY is no file: "/no/lib.a"',
    ],
    ['headers without an archive', ['-DSNUG_CMSIS_NN_INCLUDE_DIR=/no'], 'SNUG_CMSIS_NN_LIBRARY is no file: ""'],
    [
      'an archive without headers',
      ['-DSNUG_CMSIS_NN_LIBRARY=CMakeLists.txt', '-DSNUG_CMSIS_NN_INCLUDE_DIR=/no'],
      'there is no arm_nnfunctions.h in SNUG_CMSIS_NN_INCLUDE_DIR: "/no"',
    ],
    ['a checkout that is not there', ['-DSNUG_CMSIS_NN_DIR=/no'], 'there is no CMakeLists.txt in "/no"'],
    ['another project', ['-DSNUG_CMSIS_NN_DIR=.'], 'defines no target cmsis-nn'],
  ])('refuses %s', async (what, flags, says) => {
    await compileInto(cwd, 'wrong', [...TINY, '--kernels', 'auto']);
    await mkdir(join(cwd, 'other'), { recursive: true });
    await writeFile(join(cwd, 'other/CMakeLists.txt'), 'message(STATUS "another project")\n');
    const absolute = flags.map(flag =>
      flag.replace('=CMakeLists.txt', `=${join(cwd, 'wrong/CMakeLists.txt')}`).replace('=.', `=${join(cwd, 'other')}`),
    );
    const { exitCode, stderr } = await execute('cmake', ['-S', 'wrong', '-B', `build-${what}`, ...absolute], {
      cwd,
    });
    expect(exitCode).not.toBe(0);
    expect(stderr.replace(/\s+/g, ' ')).toContain(says);
  });
});
