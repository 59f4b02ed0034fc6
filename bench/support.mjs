/** What the scripts of this folder share: flags, committed figures, tables. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Path of a file, from this folder. */
export const here = path => fileURLToPath(new URL(path, import.meta.url));

/** Ends the script: 1 where a figure is worse than it may be, 2 where nothing could be measured. */
export function fail(status, message) {
  console.error(message);
  process.exit(status);
}

/** Flags without values, by name; any other argument is refused. */
export function flags(...names) {
  const options = Object.fromEntries(names.map(name => [name, { type: 'boolean', default: false }]));
  try {
    return parseArgs({ options }).values;
  } catch ({ message }) {
    return fail(2, `${message}\nflags: ${names.map(name => `--${name}`).join(' ')}`);
  }
}

/** The networks of the tables are MobileNetV2 at 1000 classes, named by width and resolution. */
export function network(name) {
  const [width, resolution] = name.split('-');
  return { width, resolution };
}

export const readFigures = file => JSON.parse(readFileSync(here(file), 'utf8'));

export const writeFigures = (file, figures) => writeFileSync(here(file), `${JSON.stringify(figures, null, 2)}\n`);

/** Markdown, as it stands in the documents: the first column names the row, the others are figures. */
export function markdown(titles, rows) {
  const widths = titles.map((title, i) => Math.max(title.length, 4, ...rows.map(row => row[i].length)));
  const line = cells =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(titles), line(rule), ...rows.map(line)].join('\n');
}
