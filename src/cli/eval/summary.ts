/** What `snug eval` and `snug eval merge` print: the same for the same pictures, however they were divided. */
import type { Comparison } from '../../report/accuracy.ts';
import { ENGINES, type Engine, type Evaluation, evaluationOf, outputsAgree } from '../../report/evaluation.ts';
import type { EvaluationFile } from '../../report/evaluation-file.ts';
import { type Terminal, table } from '../terminal.ts';

const NAMES: Readonly<Record<Engine, string>> = {
  float: 'float',
  int8: 'int8 interpreter',
  c: 'compiled C',
  target: 'C in QEMU',
};

/** A p-value below this counts as a difference. */
const LEVEL = 0.05;

const points = (share: number): string => {
  const text = (100 * share).toFixed(2);
  return text === '-0.00' ? '0.00' : text;
};

function comparisonLines(engine: Engine, comparison: Comparison, images: number): readonly string[] {
  const { agreement, mcnemar, difference } = comparison;
  const { p, lost, gained } = mcnemar;
  const verdict = p < LEVEL ? 'a significant difference' : 'no significant difference';
  const value = p === 0 ? '< 1e-300' : `= ${Number(p.toPrecision(3))}`;
  const lines = [
    `${NAMES[engine]} against float: ${lost} lost, ${gained} gained; McNemar exact p ${value}: ${verdict}`,
  ];
  if (difference !== null) {
    const sign = difference.value > 0 ? '+' : '';
    const interval = `${points(difference.lower)} to ${points(difference.upper)}`;
    lines.push(
      `top-1 changes by ${sign}${points(difference.value)} points, 95 % interval ${interval} (Newcombe, method 10)`,
      `the class is float's in ${agreement} of ${images} pictures`,
    );
  }
  return lines;
}

/** C is what is shipped; others are compared with float where they differ from it, or where it does not run. */
function comparisons({ paired, images, differingOutputs, differingOnTarget }: Evaluation): readonly string[] {
  const of = (engine: 'int8' | 'c' | 'target', shown: boolean): readonly string[] =>
    shown && paired[engine] !== null ? comparisonLines(engine, paired[engine], images) : [];
  return [
    ...of('int8', paired.c === null || (differingOutputs ?? 0) > 0),
    ...of('c', true),
    ...of('target', (differingOnTarget ?? 0) > 0),
  ];
}

function summary({ job, shard }: EvaluationFile, evaluation: Evaluation): string {
  const { images, top1, top5, differingOutputs, differingOnTarget } = evaluation;
  const share = (count: number | null): string => {
    if (count === null) return '–';
    return images === 0 ? '0' : `${count} (${((100 * count) / images).toFixed(1)} %)`;
  };
  const rows = ENGINES.filter(engine => engine !== 'target' || job.target !== null).map(engine => [
    NAMES[engine],
    share(top1[engine]),
    share(top5[engine]),
  ]);
  const part = shard.count === 1 ? '' : `, shard ${shard.index}/${shard.count}`;
  const lines = [
    `${job.name}${part}: ${images} pictures`,
    table(['', 'top-1', 'top-5'], rows, ['left', 'right', 'right']),
    ...comparisons(evaluation),
  ];
  if (differingOutputs !== null) lines.push(`outputs of C and interpreter differ in ${differingOutputs} pictures`);
  if (differingOnTarget !== null)
    lines.push(`outputs of C on ${job.target?.machine} and on this host differ in ${differingOnTarget} pictures`);
  return lines.join('\n');
}

/** Trained weights that are no better than chance: pictures do not reach them, or classes are counted from elsewhere. */
function isAtChance({ job, shard }: EvaluationFile, { chance }: Evaluation): boolean {
  return job.weights === 'file' && shard.count === 1 && chance.atChance;
}

function chanceWarning({ engine, expectedTop1 }: Evaluation['chance']): string {
  const share = (100 * expectedTop1).toFixed(1);
  return `warning: ${NAMES[engine]} is right no more often than chance (${share} %): check that preprocessing is that of training (snug compile states it, and --mean, --std, --range, --resize and --channel-order change it), and that labels count as the network's classes do (--label-offset)`;
}

/**
 * Prints an evaluation, and sets exit code 1 where outputs differ that must be equal, and where a trained network is at chance.
 */
export function printEvaluation(file: EvaluationFile, out: Terminal): void {
  const { job, shard, results } = file;
  const evaluation = evaluationOf(job.engines, results);
  out.result(summary(file, evaluation), {
    ...{ snug: job.snug, command: 'eval', name: job.name },
    target: job.target?.id ?? null,
    machine: job.target?.machine ?? null,
    shard: shard.count === 1 ? null : shard,
    ...evaluation,
  });
  const atChance = isAtChance(file, evaluation);
  if (atChance) out.note(chanceWarning(evaluation.chance));
  if (atChance || !outputsAgree(evaluation)) process.exitCode = 1;
}
