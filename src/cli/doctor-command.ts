/** `snug doctor`: which tools are there, what each is for, and the one command that installs the rest. */
import type { Command } from 'commander';
import { installCommand, versionOf } from '../toolchain/run.ts';
import { addOutputFlags, type Flags } from './flags.ts';
import { table, terminal } from './terminal.ts';

/** Programs that snug starts, and what does without them. */
const TOOLS: readonly { readonly tool: string; readonly purpose: string }[] = [
  { tool: 'gcc', purpose: 'snug verify and eval on this host' },
  { tool: 'clang', purpose: 'verify with a second compiler' },
  { tool: 'cmake', purpose: 'CMSIS-NN from a checkout' },
  { tool: 'make', purpose: 'what cmake runs' },
  { tool: 'arm-none-eabi-gcc', purpose: 'snug build, verify --target, profile; stack bounds for Cortex-M' },
  { tool: 'qemu-system-arm', purpose: 'snug verify --target and profile' },
];

/** Packages of several `apt-get install` commands in one. */
function oneCommand(tools: readonly string[]): string {
  const packages = tools.flatMap(tool => installCommand(tool).replace('apt-get install ', '').split(' '));
  return `apt-get install ${[...new Set(packages)].join(' ')}`;
}

async function doctorCommand(flags: Flags): Promise<void> {
  const out = terminal(flags);
  const found = await Promise.all(
    TOOLS.map(async entry => {
      const version = await versionOf(entry.tool);
      return { ...entry, version, install: version === null ? installCommand(entry.tool) : null };
    }),
  );
  const missing = found.filter(({ version }) => version === null).map(({ tool }) => tool);
  const install = missing.length === 0 ? null : oneCommand(missing);
  const rows = found.map(({ tool, version, purpose }) => [tool, version ?? 'missing', purpose]);
  const text = [
    table(
      ['tool', 'version', 'for'],
      [['node', process.versions.node, 'snug itself'], ...rows],
      ['left', 'left', 'left'],
    ),
    install === null ? 'everything is there' : `install what is missing, on Debian and Ubuntu with: ${install}`,
  ];
  out.result(text.join('\n'), { command: 'doctor', node: process.versions.node, tools: found, install });
  if (install !== null) process.exitCode = 1;
}

/** Adds `snug doctor`. */
export function addDoctorCommand(program: Command): void {
  const command = program.command('doctor').description('say which tools are installed, and how to install the rest');
  addOutputFlags(command).action((flags: Flags) => doctorCommand(flags));
}
