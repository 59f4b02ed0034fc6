#!/usr/bin/env node
/**
 * The command line: parses, dispatches, and turns every error into a diagnostic and an exit code: 0 done, 1 the answer is
 * no, 2 wrong usage or input, 3 a fault of snug.
 */
import { tmpdir } from 'node:os';
import { Command, CommanderError } from 'commander';
import { badUsage } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { notWritable } from '../disk/writable.ts';
import { addBuildCommand } from './build-command.ts';
import { addCompileCommand } from './compile-command.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addEvalCommand } from './eval-command.ts';
import { packageVersion } from './files.ts';
import { addFitCommand } from './fit-command.ts';
import { addInitCommand } from './init-command.ts';
import { addInspectCommand } from './inspect-command.ts';
import { addPlanCommand } from './plan-command.ts';
import { addProfileCommand } from './profile-command.ts';
import { addQuantizeCommand } from './quantize-command.ts';
import { addTargetsCommand } from './targets-command.ts';
import { reportFailure } from './terminal.ts';
import { addVerifyCommand } from './verify-command.ts';

const USAGE_ERROR = 2;

/** What commander objects to, in the form of every other diagnostic; its suggestion comes on lines of its own. */
function usageError({ message }: CommanderError): SnugError {
  const [problem = '', ...suggestion] = message.replace(/^error: /, '').split('\n');
  const fix = [...suggestion, 'snug --help, or snug COMMAND --help, lists what there is'].join(' ');
  return new SnugError(badUsage({ problem, fix }));
}

/** A disk that is full is no fault of snug, wherever it shows: folders for objects and programs fill up too. */
function asDiagnostic(error: unknown): unknown {
  if (error instanceof CommanderError) return usageError(error);
  const { code, path } = error as NodeJS.ErrnoException;
  const isDisk = error instanceof Error && ['ENOSPC', 'EDQUOT', 'EROFS'].includes(code ?? '');
  return isDisk ? notWritable(path ?? tmpdir(), error) : error;
}

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('snug')
    .description('compiles MobileNetV2 and networks of the same parts to C that fits a microcontroller')
    .version(await packageVersion())
    .configureOutput({ outputError: () => undefined })
    // Flags belong to the command that they follow: eval merge has some of the names that eval has.
    .enablePositionalOptions()
    .exitOverride();
  addInitCommand(program);
  addInspectCommand(program);
  addPlanCommand(program);
  addFitCommand(program);
  addQuantizeCommand(program);
  addCompileCommand(program);
  addVerifyCommand(program);
  addEvalCommand(program);
  addBuildCommand(program);
  addProfileCommand(program);
  addTargetsCommand(program);
  addDoctorCommand(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    // Help in place of a missing command has been printed.
    if (error instanceof CommanderError && error.code === 'commander.help') process.exitCode = USAGE_ERROR;
    else process.exitCode = reportFailure(asDiagnostic(error), args.includes('--json'));
  }
}

await main(process.argv.slice(2));
