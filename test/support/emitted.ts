/** Reading and damaging the C that snug wrote. */
import { readFile, writeFile } from 'node:fs/promises';

/** Replaces the one place that matches. */
export async function editFile(path: string, from: RegExp | string, to: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} places that match ${from}`);
  await writeFile(path, parts.join(to));
}

/** Changes one number of a table in `<name>_weights.c`. */
export async function editTable(
  path: string,
  symbol: string,
  index: number,
  change: (value: number) => number,
): Promise<void> {
  const text = await readFile(path, 'utf8');
  const table = new RegExp(`(${symbol}\\[\\d+\\] = \\{\\n)([^}]*)`);
  const values = (table.exec(text)?.[2] ?? '').split(',').map(value => value.trim());
  const old = values[index];
  if (old === undefined || old === '') throw new Error(`${path} has no ${symbol}[${index}]`);
  values[index] = String(change(Number(old)));
  await writeFile(
    path,
    text.replace(table, (_, head: string) => `${head}${values.join(', ')}\n`),
  );
}
