/**
 * Reads comma-separated values (RFC 4180): fields in double quotes may hold commas, line breaks and doubled quotes. Lines end
 * with LF or CRLF; empty lines are passed over.
 */

/** One record; `line` is that of its beginning, from 1. */
export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** What is wrong with a text, and where. */
export interface CsvProblem {
  readonly line: number;
  readonly problem: string;
}

/** A field and the place behind it, or why it is none. */
type Field = { readonly value: string; readonly end: number; readonly quoted: boolean } | { readonly problem: string };

function quotedField(text: string, start: number): Field {
  let end = start + 1;
  for (;;) {
    end = text.indexOf('"', end) + 1;
    if (end === 0) return { problem: 'a quote is never closed' };
    if (text[end] !== '"') break;
    end += 1;
  }
  return { value: text.slice(start + 1, end - 1).replaceAll('""', '"'), end, quoted: true };
}

function plainField(text: string, start: number): Field {
  let end = start;
  while (end < text.length && !',\n\r"'.includes(text[end]!)) end += 1;
  if (text[end] === '"') return { problem: 'a quote stands inside a field that does not begin with one' };
  return { value: text.slice(start, end), end, quoted: false };
}

/** Characters that separate a field from the next or end its line; null where something else follows. */
function separatorAt(text: string, at: number): number | null {
  if (at === text.length) return 0;
  if (text[at] === ',' || text[at] === '\n') return 1;
  return text.startsWith('\r\n', at) ? 2 : null;
}

/** All records of a text, or the first thing that is wrong with it. */
export function parseCsv(text: string): readonly CsvRow[] | CsvProblem {
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let line = 1;
  let begin = 1;
  let at = 0;
  while (at < text.length || fields.length > 0) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at);
    if ('problem' in field) return { line, problem: field.problem };
    const separator = separatorAt(text, field.end);
    if (separator === null) {
      const problem = field.quoted ? 'text follows a closing quote' : 'a carriage return stands without a line feed';
      return { line, problem };
    }
    line += text.slice(at, field.end).split('\n').length - 1;
    fields.push(field.value);
    at = field.end + separator;
    if (text[field.end] === ',') continue;
    if (fields.length > 1 || field.quoted || field.value !== '') rows.push({ line: begin, fields });
    fields = [];
    line += 1;
    begin = line;
  }
  return rows;
}
