/** Tools that a test needs and a machine may lack. Nothing is skipped silently where they are promised. */
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, type TestContext } from 'vitest';
import { installCommand, isInstalled } from '../../src/toolchain/run.ts';
import { SANITIZE } from './host-c.ts';
import { lackOf } from './lack.ts';
import { execute, newFolder, testFolder } from './snug.ts';

/**
 * Skips the test with a line that says what to install; fails it where SNUG_REQUIRE_TOOLS is set, as `.ci/run` does.
 */
export async function needTools(context: TestContext, ...tools: readonly string[]): Promise<void> {
  for (const tool of tools) {
    if (await isInstalled(tool)) continue;
    const message = lackOf(tool);
    if (process.env['SNUG_REQUIRE_TOOLS']) throw new Error(message);
    context.skip(message);
  }
}

/**
 * For a file whose set-up takes tools: without them the set-up does not run and every test of the file is skipped, where a
 * hook by itself can only fail.
 */
export function setUpWith(tools: readonly string[], setUp: () => Promise<void>): void {
  beforeAll(async () => {
    for (const tool of tools) if (!(await isInstalled(tool))) return;
    await setUp();
  });
  beforeEach(context => needTools(context, ...tools));
}

/**
 * Whether a compiler links what tests find stray addresses with, which packages of clang may leave out. Says so where it
 * does not, and fails where SNUG_REQUIRE_TOOLS is set.
 */
export async function hasSanitizers(compiler: string): Promise<boolean> {
  const cwd = await newFolder();
  try {
    await writeFile(join(cwd, 'empty.c'), 'int main(void) { return 0; }\n');
    const linked = (await isInstalled(compiler))
      ? await execute(compiler, [...SANITIZE, 'empty.c', '-o', 'empty'], { cwd })
      : { exitCode: 1, stderr: '' };
    if (linked.exitCode === 0) return true;
    const message = `${compiler} with its sanitizers is not installed: ${installCommand(compiler)} libclang-rt-dev`;
    if (process.env['SNUG_REQUIRE_TOOLS']) throw new Error(`${message}\n${linked.stderr}`);
    console.warn(`skipped: ${message}`);
    return false;
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** A PATH that has node and nothing else, as on a machine without any compiler. */
export async function nodeAlone(): Promise<string> {
  const folder = await testFolder();
  await symlink(process.execPath, join(folder, 'node'));
  return folder;
}

/** What building for an Arm board takes. */
export const ARM: readonly string[] = ['arm-none-eabi-gcc'];
/** What running there takes besides. */
export const ARM_QEMU: readonly string[] = [...ARM, 'qemu-system-arm'];
