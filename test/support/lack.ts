/** What a test does where the machine lacks a tool: it is skipped with a line that says what to install. */
import { TestRunner } from 'vitest';
import { installCommand } from '../../src/toolchain/run.ts';

/** The line. */
export function lackOf(tool: string): string {
  return `${tool} is not installed: ${installCommand(tool)}`;
}

/**
 * Skips the running test; fails it where SNUG_REQUIRE_TOOLS is set, as `.ci/run` does, for what is promised there is not
 * skipped silently.
 */
export function skipFor(tool: string): never {
  const message = lackOf(tool);
  if (!process.env['SNUG_REQUIRE_TOOLS']) TestRunner.getCurrentTest()?.context.skip(message);
  throw new Error(message);
}
