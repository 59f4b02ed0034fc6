/** The flags of `snug eval`, and their values checked. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Shard } from '../../report/evaluation-file.ts';
import { addLabelFlags, addOutputFlags, count, type Flags } from '../flags.ts';

/** Flags as given. `--classes` names a file here, where for the commands that build a network it counts. */
export interface EvalFlags extends Omit<Flags, 'classes'> {
  /** False with --no-reference: neither the float network nor the int8 interpreter runs. */
  readonly reference: boolean;
  /** False with --no-c: the compiled C is not built, which needs no compiler. */
  readonly c: boolean;
  readonly labels?: string;
  readonly classes?: string;
  readonly shard?: Shard;
}

/** The flags as other commands know them. */
export function commonFlags({ classes: _names, ...flags }: EvalFlags): Flags {
  return flags;
}

function shard(text: string): Shard {
  const [, index, parts] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (index === undefined || parts === undefined || Number(index) >= Number(parts))
    throw new InvalidArgumentError('It must be i/n with i from 0 to n-1: 0/8 is the first of eight, 7/8 the last.');
  return { index: Number(index), count: Number(parts) };
}

/** All flags of `snug eval DIR`. */
export function addEvalFlags(command: Command): Command {
  return addOutputFlags(
    addLabelFlags(
      command
        .option('--images <folder>', 'labelled pictures: a folder a class, or class numbers in front of the file names')
        .option('--labels <file>', 'labels of their own: .csv with path and label, or .txt with a label a line')
        .option('--classes <file>', 'a class name a line, where --labels has names')
        .option('--samples <n>', 'only so many of them, evenly spread', count)
        .option('--shard <i/n>', 'only the pictures i, i+n, i+2n, ...; i from 0 to n-1; needs --out', shard)
        .option('--out <file>', "write every picture's result as JSON; snug eval merge reads it")
        .option('--target <id>', "run the C on this board's core in QEMU as well; snug targets lists boards")
        .option('--compiler <command>', "a compiler in place of the target's")
        .option('--config <file>', 'configuration of the float network, where the folder does not remember it')
        .option('--no-config', 'do not run the snug.config.ts of this folder, which --model would')
        .option('--model <file>', 'the float network, where the folder does not remember it')
        .option('--no-reference', 'run the compiled C only')
        .option('--no-c', 'run the float network and the int8 interpreter only, which needs no compiler'),
    ),
  );
}
