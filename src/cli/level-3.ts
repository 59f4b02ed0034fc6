/** What channel groups and recomputed expansions would bring: the part of `snug plan` that nothing is emitted for yet. */
import type { Graph } from '../graph/graph.ts';
import { type Level3Plan, planLevel3 } from '../plan/level-3.ts';
import { selectKernels } from '../plan/select-kernels.ts';
import { kibibytes, table } from './terminal.ts';

/** Expanded channels that are computed at a time. */
const CHANNELS = 8;
/** Limits of MACs executed / MACs of the network. */
const FACTORS = [1, 1.05, 1.1, 1.2];

/** A plan of level 3 under one limit. */
export type Level3Row = Pick<Level3Plan, 'arenaBytes' | 'recomputeFactor' | 'blocks'> & {
  readonly factorLimit: number;
};

/** Plans under every limit, for a streamed input. */
export function level3Of(graph: Graph<'quantized'>): readonly Level3Row[] {
  const steps = selectKernels(graph, 'portable');
  return FACTORS.map(factorLimit => {
    const { arenaBytes, recomputeFactor, blocks } = planLevel3(graph, steps, { channels: CHANNELS, factorLimit });
    return { factorLimit, arenaBytes, recomputeFactor, blocks };
  });
}

/** A table for people. */
export function level3Text(rows: readonly Level3Row[]): string {
  const count = ({ blocks }: Level3Row, choice: Level3Row['blocks'][number]['choice']): string =>
    String(blocks.filter(block => block.choice === choice).length);
  const lines = rows.map(row => [
    row.factorLimit.toFixed(2),
    row.recomputeFactor.toFixed(3),
    String(row.arenaBytes),
    kibibytes(row.arenaBytes),
    count(row, 'channel groups'),
    count(row, 'recomputed'),
  ]);
  const head = ['F at most', 'F', 'arena bytes', '', 'in channel groups', 'recomputed'];
  return [
    `level 3, planned only, for a streamed input and ${CHANNELS} expanded channels at a time:`,
    table(
      head,
      lines,
      head.map(() => 'right' as const),
    ),
  ].join('\n');
}
