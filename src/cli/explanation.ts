/** What quantization costs, as `snug quantize` and `snug compile --explain` print it, and the promise of `--min-sqnr`. */
import { badUsage } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { Graph, Stage } from '../graph/graph.ts';
import type { ConvergencePoint } from '../report/quantization/convergence.ts';
import { decibelText } from '../report/quantization/format.ts';
import { ladderRows, layerRows, type Rows, worstText } from '../report/quantization/rows.ts';
import type { QuantizationReport } from '../report/quantization/types.ts';
import { table } from './terminal.ts';

/**
 * A promise that cannot be checked is not made.
 * @throws SnugError `badUsage` where a network that came quantized is asked for the noise of its layers
 */
export function refuseUnmeasurable({ stage }: Pick<Graph<Stage>, 'stage'>, minSqnr: number | null): void {
  if (stage !== 'quantized' || minSqnr === null) return;
  throw new SnugError(
    badUsage({
      problem:
        '--min-sqnr cannot be checked: the model file is quantized already, without the float network it came from',
      fix: 'leave it out (and quantize.minSqnr in the configuration), or give the float model',
    }),
  );
}

const tableOf = ({ head, rows, align }: Rows): string => table(head, rows, align);

/** The ladder, the layers, and the most sensitive of them. */
export function explanationText(report: QuantizationReport): string {
  return [
    `what each pass brings at the output, over ${report.measured.inputs} inputs`,
    tableOf(ladderRows(report)),
    '',
    tableOf(layerRows(report)),
    `SQNR in dB of weights, of outputs with the noise of the layers before, and of the network's output with that layer alone in int8`,
    worstText(report),
  ].join('\n');
}

/** How the output gains from more pictures. */
export function convergenceText(points: readonly ConvergencePoint[]): string {
  const heldOut = points[0]!.heldOut;
  const rows = points.map(({ samples, sqnrDb, agreement }) => [
    String(samples),
    decibelText(sqnrDb),
    agreement === null ? '' : `${agreement} of ${heldOut}`,
  ]);
  return [
    `how many pictures are enough: the output over ${heldOut} that none was calibrated with`,
    table(['pictures', 'SQNR dB', "float's class"], rows, ['right', 'right', 'right']),
  ].join('\n');
}
