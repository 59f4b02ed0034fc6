/** What a network takes of each region of its board, as rows of a summary. */
import type { CompileReport, RegionReport } from '../report/report.ts';
import { kibibytes } from './terminal.ts';

function row(kind: string, { name, usedBytes, sizeBytes }: RegionReport): readonly string[] {
  return [`${kind} ${name}`, String(usedBytes), kibibytes(usedBytes), `of ${sizeBytes} bytes`];
}

/** One row for each region; none without a board. */
export function regionRows({ ram, flash }: Pick<CompileReport, 'ram' | 'flash'>): readonly (readonly string[])[] {
  return [
    ...(ram.regions ?? []).map(region => row('arena in', region)),
    ...(flash.regions ?? []).map(region => row('weights in', region)),
  ];
}
