/** `snug init`: writes a commented configuration. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { defaultConfigText } from '../config/default-config.ts';
import { badUsage, outputNotWritable } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { packageVersion } from './files.ts';
import { addOutputFlags, type Flags } from './flags.ts';
import { terminal } from './terminal.ts';

const FILE = 'snug.config.ts';

async function initCommand(flags: Flags): Promise<void> {
  // `wx` fails where the file exists: a configuration is never overwritten.
  await writeFile(FILE, defaultConfigText(), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    const diagnostic =
      error.code === 'EEXIST'
        ? badUsage({ problem: `${FILE} exists already`, fix: 'edit it, or move it away first' })
        : outputNotWritable({ path: FILE, reason: error.message, code: error.code });
    throw new SnugError({ ...diagnostic, origin: { file: FILE } });
  });
  terminal(flags).result(`wrote ${FILE}; next: snug compile`, {
    snug: await packageVersion(),
    command: 'init',
    file: FILE,
  });
}

export function addInitCommand(program: Command): void {
  addOutputFlags(program.command('init').description(`write a commented ${FILE}`)).action((flags: Flags) =>
    initCommand(flags),
  );
}
