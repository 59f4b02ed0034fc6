/** The tables of the page. */
import { element } from '../../svg.ts';
import { mostSensitive } from '../format.ts';
import { ladderRows, layerRows, type Rows } from '../rows.ts';
import type { LayerCost, QuantizationReport } from '../types.ts';
import { tag, textTag } from './markup.ts';

type Align = Rows['align'][number];

function cell(name: 'td' | 'th', content: string, align: Align | undefined): string {
  return textTag(name, content, align === 'right' ? { class: 'right' } : {});
}

function head({ head: cells, align }: Rows, ...more: readonly string[]): string {
  return tag('thead', {}, tag('tr', {}, ...cells.map((content, i) => cell('th', content, align[i])), ...more));
}

/** A bar for a figure in dB; those that are not finite have none. */
function meter(value: number | null, most: number): string {
  const [width, height] = [170, 10];
  const part = value === null || !Number.isFinite(value) ? 0 : Math.max(0, value) / most;
  const bar = element('rect', { class: 'blue', width: part * width, height, rx: 2 });
  return tag('td', { class: 'meter' }, element('svg', { width, height, 'aria-hidden': 'true' }, bar));
}

/** What each pass brings, with bars. */
export function ladderTable(report: QuantizationReport): string {
  const table = ladderRows(report);
  const most = Math.max(1, ...report.ladder.map(({ sqnrDb }) => sqnrDb ?? 0).filter(Number.isFinite));
  const body = table.rows.map((row, i) =>
    tag(
      'tr',
      {},
      ...row.map((content, column) => cell('td', content, table.align[column])),
      meter(report.ladder[i]!.sqnrDb, most),
    ),
  );
  return tag('table', {}, head(table, tag('th', {})), tag('tbody', {}, ...body));
}

/** Layers that are marked. */
const MARKED = 3;

/** All layers in order; the most sensitive ones are marked. */
export function layerTable(report: QuantizationReport): string {
  const table = layerRows(report);
  const worst = new Set<LayerCost>(mostSensitive(report.layers, MARKED));
  const body = table.rows.map((row, i) =>
    tag(
      'tr',
      worst.has(report.layers[i]!) ? { class: 'worst' } : {},
      ...row.map((content, column) => cell('td', content, table.align[column])),
    ),
  );
  return tag('table', {}, head(table), tag('tbody', {}, ...body));
}
