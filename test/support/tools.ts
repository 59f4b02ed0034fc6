/** Tools that a test needs and a machine may lack. Nothing is skipped silently where they are promised. */
import type { TestContext } from 'vitest';
import { installCommand, isInstalled } from '../../src/toolchain/run.ts';

/**
 * Skips the test with a line that says what to install; fails it where SNUG_REQUIRE_TOOLS is set, as `.ci/run` does.
 */
export async function needTools(context: TestContext, ...tools: readonly string[]): Promise<void> {
  for (const tool of tools) {
    if (await isInstalled(tool)) continue;
    const message = `${tool} is not installed: ${installCommand(tool)}`;
    if (process.env['SNUG_REQUIRE_TOOLS']) throw new Error(message);
    context.skip(message);
  }
}

/** What building for an Arm board takes. */
export const ARM: readonly string[] = ['arm-none-eabi-gcc'];
/** What running there takes besides. */
export const ARM_QEMU: readonly string[] = [...ARM, 'qemu-system-arm'];
