/** `snug eval merge FILE...`: puts the shards of an evaluation together and prints what one run would have. */
import type { Command } from 'commander';
import { evaluationFileInvalid } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { readRegular } from '../../disk/regular.ts';
import { parseEvaluation } from '../../report/evaluation-file.ts';
import { mergeEvaluations, type NamedShard } from '../../report/merge-evaluations.ts';
import { addOutputFlags, type Flags } from '../flags.ts';
import { terminal } from '../terminal.ts';
import { picturesDigest } from './digest.ts';
import { printEvaluation } from './summary.ts';

async function mergeCommand(files: readonly string[], flags: Flags): Promise<void> {
  const shards: NamedShard[] = [];
  for (const file of files) {
    const text = new TextDecoder().decode(await readRegular(file, 'file of snug eval --out'));
    shards.push({ ...parseEvaluation(text, file), file });
  }
  const merged = mergeEvaluations(shards);
  if (picturesDigest(merged.results) !== merged.job.pictures.sha256) {
    const problem = 'its paths and classes are not those that were evaluated';
    throw new SnugError(evaluationFileInvalid({ path: files.join(', '), problem }, { file: files[0]! }));
  }
  printEvaluation(merged, terminal(flags));
}

/** Adds `merge` below `eval`. */
export function addMergeCommand(evalCommand: Command): void {
  const command = evalCommand
    .command('merge')
    .argument('<file...>', 'what snug eval --shard wrote with --out, all shards of it in any order')
    .description('put the shards of an evaluation together: the same output as of one run over all pictures');
  addOutputFlags(command).action((files: readonly string[], flags: Flags) => mergeCommand(files, flags));
}
