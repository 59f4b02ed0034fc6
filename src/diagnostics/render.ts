/** Diagnostics as text for a terminal. JSON output uses the `Diagnostic` objects as they are. */
import type { Diagnostic, Origin } from './diagnostic.ts';

function describeOrigin(origin: Origin): string {
  const parts: string[] = [];
  if (origin.file !== undefined) {
    const line =
      origin.line === undefined ? '' : `:${origin.line}${origin.column === undefined ? '' : `:${origin.column}`}`;
    parts.push(`${origin.file}${line}`);
  }
  if (origin.layer !== undefined) parts.push(`layer ${origin.layer}`);
  if (origin.tensor !== undefined) parts.push(`tensor ${origin.tensor}`);
  return parts.join(', ');
}

/** Three lines at most: code and message, where, what to change. `paint` colours the first word and the labels. */
export function renderDiagnostic(diagnostic: Diagnostic, paint: (text: string) => string = text => text): string {
  const where = describeOrigin(diagnostic.origin);
  return [
    `${paint(`error ${diagnostic.code}`)}: ${diagnostic.message}`,
    ...(where === '' ? [] : [`  ${paint('where')}: ${where}`]),
    ...(diagnostic.hint === '' ? [] : [`  ${paint('to fix')}: ${diagnostic.hint}`]),
  ].join('\n');
}
