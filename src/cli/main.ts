#!/usr/bin/env node
/** The command line: parses, dispatches, and turns every error into a diagnostic and an exit code (0, 1, 2). */
import { Command, CommanderError } from 'commander';
import { addCompileCommand } from './compile-command.ts';
import { addEvalCommand } from './eval-command.ts';
import { packageVersion } from './files.ts';
import { addInitCommand } from './init-command.ts';
import { addInspectCommand } from './inspect-command.ts';
import { reportFailure } from './terminal.ts';
import { addVerifyCommand } from './verify-command.ts';

const USAGE_ERROR = 2;

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('snug')
    .description('compiles MobileNetV2 and networks of the same parts to C that fits a microcontroller')
    .version(await packageVersion())
    .showHelpAfterError('(snug --help, or snug COMMAND --help, lists what there is)')
    .exitOverride();
  addInitCommand(program);
  addInspectCommand(program);
  addCompileCommand(program);
  addVerifyCommand(program);
  addEvalCommand(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    // Commander has printed what it had to say; help and version end well.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
    else process.exitCode = reportFailure(error, args.includes('--json'));
  }
}

await main(process.argv.slice(2));
