/** Diagnostics as text for a terminal. JSON output uses the `Diagnostic` objects as they are. */
import type { Diagnostic, Origin } from './diagnostic.ts';
import { visible, visibleLines } from './visible.ts';

/** Characters of a place: a path, a layer, a tensor. */
const MOST_OF_PLACE = 500;

/** Their messages end with what a tool printed, in its lines. */
const WITH_OUTPUT = ['SNUG504', 'SNUG901', 'SNUG902'];
const MOST_OF_OUTPUT = 8000;

/** More than these are counted only: a model may lack a million tensors. */
const MOST_DIAGNOSTICS = 50;

function describeOrigin(origin: Origin): string {
  const parts: string[] = [];
  if (origin.file !== undefined) {
    const line =
      origin.line === undefined ? '' : `:${origin.line}${origin.column === undefined ? '' : `:${origin.column}`}`;
    parts.push(`${visible(origin.file, MOST_OF_PLACE)}${line}`);
  }
  if (origin.layer !== undefined) parts.push(`layer ${visible(origin.layer, MOST_OF_PLACE)}`);
  if (origin.tensor !== undefined) parts.push(`tensor ${visible(origin.tensor, MOST_OF_PLACE)}`);
  return parts.join(', ');
}

/** Three lines at most: code and message, where, what to change. `paint` colours the first word and the labels. */
export function renderDiagnostic(diagnostic: Diagnostic, paint: (text: string) => string = text => text): string {
  const where = describeOrigin(diagnostic.origin);
  const message = WITH_OUTPUT.includes(diagnostic.code)
    ? visibleLines(diagnostic.message, MOST_OF_OUTPUT)
    : visible(diagnostic.message);
  return [
    `${paint(`error ${diagnostic.code}`)}: ${message}`,
    ...(where === '' ? [] : [`  ${paint('where')}: ${where}`]),
    ...(diagnostic.hint === '' ? [] : [`  ${paint('to fix')}: ${visible(diagnostic.hint)}`]),
  ].join('\n');
}

/** All diagnostics of a run, the first of them in full. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], paint?: (text: string) => string): string {
  const shown = diagnostics.slice(0, MOST_DIAGNOSTICS).map(diagnostic => renderDiagnostic(diagnostic, paint));
  const left = diagnostics.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${left} more errors, which --json lists`] : [])].join('\n');
}
