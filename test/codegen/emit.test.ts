/** Which kernels and tests the emitted files ask for, and that the C compiler and CMake see it that way. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emitProgram } from '../../src/codegen/emit.ts';
import { goldenVector } from '../../src/codegen/golden-view.ts';
import type { KernelChoice } from '../../src/plan/select-kernels.ts';
import { isInstalled } from '../../src/toolchain/run.ts';
import { quantizedProgram } from '../support/quantized.ts';
import { smallGraph } from '../support/small-graphs.ts';
import { execute, newFolder } from '../support/snug.ts';
import { templates } from '../support/templates.ts';

const hasCmake = await isInstalled('cmake');
if (!hasCmake) console.warn('cmake is not installed: emitted build files are read only');

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

/** Emits a network of one convolution into a folder of its name. */
async function emit(name: string, kernels: KernelChoice, golden: number): Promise<ReadonlyMap<string, string>> {
  const small = smallGraph();
  const graph = small.builder.finish(small.conv('conv', small.input));
  const { program, inputs } = quantizedProgram(graph, { name, seed: 1, kernels });
  const vectors = inputs.slice(0, golden).map(input => goldenVector(program.graph, program.plan, input));
  const files = emitProgram({ ...program, golden: vectors }, await templates());
  for (const [path, text] of files) {
    await mkdir(dirname(join(cwd, name, path)), { recursive: true });
    await writeFile(join(cwd, name, path), text);
  }
  return files;
}

/** Configures and builds a folder, and gives back all that was said. */
async function cmake(source: string, ...args: readonly string[]): Promise<{ code: number; log: string }> {
  const configured = await execute('cmake', ['-S', source, '-B', `${source}-build`, ...args], { cwd });
  if (configured.exitCode !== 0) return { code: configured.exitCode, log: configured.stdout + configured.stderr };
  const built = await execute('cmake', ['--build', `${source}-build`], { cwd });
  return { code: built.exitCode, log: configured.stdout + configured.stderr + built.stdout + built.stderr };
}

/** A project in which a target cmsis-nn exists, of the portable kernels under another name, before the network. */
async function projectWithCmsis(folder: string, network: string): Promise<void> {
  await mkdir(join(cwd, folder));
  await writeFile(
    join(cwd, folder, 'CMakeLists.txt'),
    `cmake_minimum_required(VERSION 3.13)
project(user C)
file(GLOB kernels ../${network}/cmsis_nn/*.c)
add_library(cmsis-nn STATIC \${kernels})
target_include_directories(cmsis-nn PUBLIC ../${network}/cmsis_nn)
add_subdirectory(../${network} network)
`,
  );
}

describe('an output for the portable kernels only', () => {
  test('offers no replacement', async () => {
    const files = await emit('alone', 'portable', 1);
    expect(files.get('CMakeLists.txt')).not.toContain('SNUG_CMSIS_NN_DIR');
    expect(files.get('alone.h')).toContain('The portable kernels need no scratch');
    expect((await emit('either', 'auto', 1)).get('either.c')).not.toContain('SNUG_PORTABLE_KERNELS');
  });

  test('refuses headers of another library', async () => {
    await emit('strict', 'portable', 1);
    const compile = (...includes: readonly string[]) =>
      execute('gcc', ['-std=c99', ...includes, '-c', 'strict/strict.c', '-o', 'strict.o'], { cwd });
    const own = ['-Istrict', '-Istrict/cmsis_nn'];
    expect(await compile(...own)).toMatchObject({ exitCode: 0, stderr: '' });
    // The library's own header does not say that it is portable.
    const header = (await templates()).get('kernels/arm_nnfunctions.h')!;
    await mkdir(join(cwd, 'Include'));
    await writeFile(join(cwd, 'Include/arm_nnfunctions.h'), header.replace('#define SNUG_PORTABLE_KERNELS 1', ''));
    const { exitCode, stderr } = await compile('-IInclude', ...own);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('"strict was compiled with --kernels portable and has no scratch for CMSIS-NN');
  });

  test.runIf(hasCmake)('takes its own kernels where cmsis-nn is there, and says so', async () => {
    await emit('own', 'portable', 1);
    await projectWithCmsis('own-user', 'own');
    const { code, log } = await cmake('own-user');
    expect(code, log).toBe(0);
    expect(log).toContain('Built target snug_cmsis_nn');
    expect(log.replace(/\s+/g, ' ')).toContain('own was compiled with --kernels portable: do not link it');
  });
});

describe.runIf(hasCmake)('an output for either', () => {
  test('takes cmsis-nn where it is there', async () => {
    await emit('lent', 'auto', 1);
    await projectWithCmsis('lent-user', 'lent');
    const { code, log } = await cmake('lent-user');
    expect(code, log).toBe(0);
    expect(log).not.toContain('snug_cmsis_nn');
  });
});

describe('an output without golden vectors', () => {
  test.runIf(hasCmake)('is a top project without tests', async () => {
    const files = await emit('bare', 'auto', 0);
    expect([...files.keys()].filter(path => path.startsWith('test/'))).toEqual([]);
    const { code, log } = await cmake('bare');
    expect(code, log).toBe(0);
    expect(log).toContain('Built target bare');
    expect(log).not.toContain('bare_test');
  });

  test('needs CMSIS-NN where it is compiled for it', async () => {
    const files = await emit('library', 'cmsis-nn', 0);
    expect(files.get('CMakeLists.txt')).toContain('message(FATAL_ERROR "library needs CMSIS-NN');
    expect(files.get('CMakeLists.txt')).not.toContain('snug_cmsis_nn');
    if (!hasCmake) return;
    expect((await cmake('library')).code).not.toBe(0);
  });
});
