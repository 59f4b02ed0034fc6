/** The user's CMSIS-NN in place of the portable kernels: found built, or built from a checkout. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCmsisNn, type CmsisNn } from '../../src/toolchain/cmsis-nn.ts';
import { needCmsisNn } from '../support/cmsis-nn.ts';
import { compileInto, execute, jsonOf, newFolder, snug, testFolder } from '../support/snug.ts';
import { needTools } from '../support/tools.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
  await compileInto(cwd, 'tiny');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

/** A folder that looks as CMSIS-NN's does, with the portable kernels as its sources. */
async function checkoutAt(path: string): Promise<void> {
  await cp(join(cwd, 'tiny/cmsis_nn'), join(path, 'Include'), { recursive: true });
  await mkdir(join(path, 'Source'));
  await execute('sh', ['-c', 'mv Include/*.c Source/'], { cwd: path });
  const lines = [
    'cmake_minimum_required(VERSION 3.13)',
    'project(CMSISNN C CXX)',
    'file(GLOB kernels Source/*.c)',
    `add_library(cmsis-nn STATIC \${kernels})`,
    'target_include_directories(cmsis-nn PUBLIC Include)',
  ];
  await writeFile(join(path, 'CMakeLists.txt'), lines.join('\n'));
}

const build = async (path: string, compiler = 'gcc', flags: readonly string[] = []): Promise<CmsisNn> =>
  buildCmsisNn({ path, compiler, flags, buildFolder: await testFolder() });

async function symbolsOf({ archive }: CmsisNn, tool = 'nm'): Promise<string> {
  const { stdout, exitCode } = await execute(tool, [archive], { cwd });
  expect(exitCode).toBe(0);
  return stdout;
}

/** What the host verifies with a library. */
async function verified(library: string): Promise<Readonly<Record<string, unknown>>> {
  const result = await snug(['verify', 'tiny', '--cmsis-nn', library, '--samples', '2', '--json', '--quiet'], { cwd });
  expect(result.stderr).toBe('');
  return jsonOf(result);
}

test('takes an archive as it is, wherever it lies in the folder', async context => {
  await needTools(context, 'gcc', 'ar');
  const folder = await testFolder();
  const kernels = join(cwd, 'tiny/cmsis_nn');
  await cp(kernels, join(folder, 'include'), { recursive: true });
  const objects = await testFolder();
  await execute('sh', ['-c', `gcc -O2 -c ${kernels}/*.c && ar rcs libmy_nn.a *.o`], { cwd: objects });
  await mkdir(join(folder, 'lib'));
  await cp(join(objects, 'libmy_nn.a'), join(folder, 'lib/libmy_nn.a'));
  const expected = { path: folder, includes: [join(folder, 'include')], version: null };
  expect(await build(folder)).toEqual({ ...expected, archive: join(folder, 'lib/libmy_nn.a') });
  // Its own name goes before others.
  await mkdir(join(folder, 'build'));
  await cp(join(objects, 'libmy_nn.a'), join(folder, 'build/libcmsis-nn.a'));
  expect(await build(folder)).toEqual({ ...expected, archive: join(folder, 'build/libcmsis-nn.a') });
  expect(await verified(folder)).toMatchObject({ passed: true, differingBytes: 0 });
});

test('builds a checkout outside of it, and the host verifies with it', async context => {
  await needTools(context, 'cmake');
  const folder = join(await testFolder(), 'with a space');
  await checkoutAt(folder);
  const library = await build(folder, 'gcc', ['-DMARK=1']);
  expect(library).toMatchObject({ includes: [join(folder, 'Include')], version: null });
  expect(library.archive.startsWith(folder)).toBe(false);
  expect(await symbolsOf(library)).toContain('T arm_convolve_wrapper_s8');
  expect(await verified(folder)).toMatchObject({ passed: true, differingBytes: 0 });
});

test('verify takes an output without kernels where CMSIS-NN is given', async context => {
  await needTools(context, 'cmake');
  const folder = await testFolder();
  await checkoutAt(folder);
  await compileInto(cwd, 'bare', [
    ...['--model', 'mobilenet-v2', '--width', '0.1', '--resolution', '32', '--classes', '5'],
    ...['--name', 'bare', '--kernels', 'cmsis-nn'],
  ]);
  const { exitCode, stdout } = await snug(['verify', 'bare', '--cmsis-nn', folder, '--quiet'], { cwd });
  expect(stdout).toContain('PASS: bare');
  expect(exitCode).toBe(0);
});

test('builds for a board, and says how git describes the checkout', async context => {
  await needTools(context, 'cmake', 'git', 'arm-none-eabi-gcc');
  const folder = await testFolder();
  await checkoutAt(folder);
  const commands = [
    'git init -q .',
    'git add .',
    'git -c user.name=a -c user.email=a@b commit -qm a',
    'git tag v9.9.9',
  ];
  await execute('sh', ['-c', commands.join(' && ')], { cwd: folder });
  const library = await build(folder, 'arm-none-eabi-gcc', ['-mcpu=cortex-m4', '-mthumb']);
  expect(library.version).toBe('v9.9.9');
  expect(await symbolsOf(library, 'arm-none-eabi-nm')).toContain('T arm_convolve_wrapper_s8');
  const { stdout } = await execute('arm-none-eabi-readelf', ['-A', library.archive], { cwd });
  expect(stdout).toContain('v7E-M');
});

test('refuses a folder that is neither, and says what it looked for', async () => {
  const folder = await testFolder();
  await expect(build(folder)).rejects.toMatchObject({
    diagnostics: [{ code: 'SNUG503', message: expect.stringContaining('no Include/arm_nnfunctions.h or include/') }],
  });
  await mkdir(join(folder, 'Include'));
  await writeFile(join(folder, 'Include/arm_nnfunctions.h'), '');
  await expect(build(folder)).rejects.toMatchObject({
    diagnostics: [{ code: 'SNUG503', message: expect.stringContaining('no CMakeLists.txt, or libcmsis-nn.a in') }],
  });
});

test('passes on what CMake says of a checkout that does not build', async context => {
  await needTools(context, 'cmake');
  const folder = await testFolder();
  await checkoutAt(folder);
  await writeFile(
    join(folder, 'CMakeLists.txt'),
    'cmake_minimum_required(VERSION 3.13)\nmessage(FATAL_ERROR "no way")\n',
  );
  await expect(build(folder)).rejects.toMatchObject({
    diagnostics: [{ code: 'SNUG504', message: expect.stringContaining('no way') }],
  });
});

test('the library itself computes what the interpreter computes', async context => {
  const checkout = needCmsisNn(context);
  await needTools(context, 'cmake');
  expect(await verified(checkout)).toMatchObject({ passed: true, differingBytes: 0 });
});
