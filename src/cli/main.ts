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
import { packageVersion } from './files.ts';
import { reportFailure } from './terminal.ts';

const USAGE_ERROR = 2;

/**
 * The commands in the order in which help lists them. Loading all of them takes up to twice as long as loading the one that
 * runs.
 */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  init: async () => (await import('./init-command.ts')).addInitCommand,
  inspect: async () => (await import('./inspect-command.ts')).addInspectCommand,
  plan: async () => (await import('./plan-command.ts')).addPlanCommand,
  fit: async () => (await import('./fit-command.ts')).addFitCommand,
  quantize: async () => (await import('./quantize-command.ts')).addQuantizeCommand,
  compile: async () => (await import('./compile-command.ts')).addCompileCommand,
  verify: async () => (await import('./verify-command.ts')).addVerifyCommand,
  eval: async () => (await import('./eval-command.ts')).addEvalCommand,
  build: async () => (await import('./build-command.ts')).addBuildCommand,
  profile: async () => (await import('./profile-command.ts')).addProfileCommand,
  targets: async () => (await import('./targets-command.ts')).addTargetsCommand,
  doctor: async () => (await import('./doctor-command.ts')).addDoctorCommand,
};

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
  const [first = ''] = args;
  // Help, and the advice on a command that does not exist, know all of them.
  const names = Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS);
  const program = new Command('snug')
    .description('compiles MobileNetV2 and networks of the same parts to C that fits a microcontroller')
    .version(await packageVersion())
    .configureOutput({ outputError: () => undefined })
    // Flags belong to the command that they follow: eval merge has some of the names that eval has.
    .enablePositionalOptions()
    .exitOverride();
  for (const name of names) (await COMMANDS[name]!())(program);
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
