/** A library of the user's that lacks something, or is for another core, is what the error is about. */
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cmsisNnFault } from '../../src/toolchain/cmsis-nn-faults.ts';
import { compileInto, execute, type Finished, newFolder, snug, testFolder } from '../support/snug.ts';
import { ARM, needTools } from '../support/tools.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
  await compileInto(cwd, 'tiny');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

/** A folder as users have it, `Include/` and `libcmsis-nn.a`, of the portable kernels but for some. */
async function archiveWithout(left: readonly string[], compiler = 'gcc', flags = ''): Promise<string> {
  const folder = await testFolder();
  await cp(join(cwd, 'tiny/cmsis_nn'), join(folder, 'Include'), { recursive: true });
  const ar = compiler.replace(/gcc$/, 'ar');
  const commands = [
    ...left.map(name => `rm Include/${name}.c`),
    `${compiler} ${flags} -O1 -c Include/*.c`,
    `${ar} rc libcmsis-nn.a *.o`,
  ];
  const { exitCode, stderr } = await execute('sh', ['-c', commands.join(' && ')], { cwd: folder });
  expect(exitCode, stderr).toBe(0);
  return folder;
}

const verify = (library: string): Promise<Finished> =>
  snug(['verify', 'tiny', '--cmsis-nn', library, '--quiet'], { cwd });

test('names the function that an archive lacks, where it belongs, and who calls it', async () => {
  const library = await archiveWithout(['arm_elementwise_add_s8', 'arm_convolve_1x1_s8_fast']);
  const { exitCode, stderr } = await verify(library);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('SNUG505');
  expect(stderr).toContain(`CMSIS-NN in ${library} is incomplete or too old`);
  expect(stderr).toMatch(/arm_elementwise_add_s8 of Source\/BasicMathFunctions, called by \w+ of the network/);
  expect(stderr).toMatch(/arm_convolve_1x1_s8_fast of Source\/ConvolutionFunctions, called by/);
  expect(stderr).not.toContain('fault of snug');
});

test('names the header that is missing, and what a header does not declare', async () => {
  const missing = await archiveWithout([]);
  await rm(join(missing, 'Include/arm_nn_types.h'));
  const first = await verify(missing);
  expect(first.exitCode).toBe(2);
  expect(first.stderr).toContain('it lacks the header arm_nn_types.h, which arm_nnfunctions.h includes');

  const empty = await archiveWithout([]);
  await writeFile(join(empty, 'Include/arm_nnfunctions.h'), '#include "arm_nn_types.h"\n');
  const second = await verify(empty);
  expect(second.exitCode).toBe(2);
  expect(second.stderr).toMatch(/SNUG505.*it lacks a declaration of arm_\w+/);
});

test('says so on a board as well, of a function and of an archive for another core', async context => {
  await needTools(context, ...ARM);
  const build = (library: string): Promise<Finished> =>
    snug(['build', 'tiny', '--cmsis-nn', library, '--target', 'nucleo-f446re', '--quiet'], { cwd });
  const core = '-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard';
  const lacking = await build(await archiveWithout(['arm_elementwise_add_s8'], 'arm-none-eabi-gcc', core));
  expect(lacking.exitCode).toBe(2);
  expect(lacking.stderr).toMatch(/SNUG505.*lacks arm_elementwise_add_s8 of Source\/BasicMathFunctions, called by/);

  const soft = await build(await archiveWithout([], 'arm-none-eabi-gcc', '-mcpu=cortex-m4 -mthumb -mfloat-abi=soft'));
  expect(soft.exitCode).toBe(2);
  expect(soft.stderr).toMatch(/SNUG506.*for another core or float ABI: .*uses VFP register arguments/);

  const host = await build(await archiveWithout([]));
  expect(host.exitCode).toBe(2);
  expect(host.stderr).toContain('SNUG506');
});

test('a fault of the program itself stays one', async () => {
  const library = await archiveWithout([]);
  await compileInto(cwd, 'edited');
  await execute('sh', ['-c', 'echo "int tiny_other(void) { return tiny_nowhere; }" >> edited/tiny.c'], { cwd });
  const { exitCode, stderr } = await snug(['verify', 'edited', '--cmsis-nn', library, '--quiet'], { cwd });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('SNUG901');
});

const LIBRARY = { path: '/nn', includes: ['/nn/Include'], archive: '/nn/libcmsis-nn.a', version: null };

test('reads what GNU ld and clang say', () => {
  const ld = [
    "/usr/bin/ld: /nn/libcmsis-nn.a(arm_depthwise.c.o): in function `arm_depthwise_conv_wrapper_s8':",
    "wrapper.c:(.text+0x1e): undefined reference to `arm_transpose_s8'",
    "/usr/bin/ld: wrapper.c:(.text+0x2e): undefined reference to `arm_transpose_s8'",
    "/usr/bin/ld: wrapper.c:(.text+0x3e): undefined reference to `__aeabi_lmul'",
    'collect2: error: ld returned 1 exit status',
  ].join('\n');
  expect(cmsisNnFault(ld, LIBRARY)?.message).toBe(
    'CMSIS-NN in /nn is incomplete or too old: it lacks arm_transpose_s8 of Source/TransposeFunctions, called by arm_depthwise_conv_wrapper_s8; __aeabi_lmul, called by arm_depthwise_conv_wrapper_s8',
  );
  const clang = "/nn/Include/arm_nnfunctions.h:39:10: fatal error: 'arm_nn_math_types.h' file not found\n";
  expect(cmsisNnFault(clang, LIBRARY)?.message).toContain(
    'lacks the header arm_nn_math_types.h, which arm_nnfunctions.h includes',
  );
  const damaged = '/nn/Include/arm_nn_types.h:2:1: error: expected identifier before numeric constant';
  expect(cmsisNnFault(damaged, LIBRARY)?.message).toContain(
    'a header that compiles: arm_nn_types.h: expected identifier',
  );
  const many = Array.from({ length: 8 }, (_, i) => `a.c: undefined reference to \`arm_nn_f${i}'`).join('\n');
  expect(cmsisNnFault(many, LIBRARY)?.message).toMatch(/arm_nn_f4 of Source\/NNSupportFunctions; and 3 more$/);
  expect(cmsisNnFault("tiny.c:3: undefined reference to `tiny_nowhere'", LIBRARY)).toBeNull();
  expect(cmsisNnFault("tiny.c:3:5: error: 'x' undeclared", LIBRARY)).toBeNull();
});
