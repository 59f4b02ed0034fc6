/**
 * What a person sees: results on stdout, everything else on stderr. With `--json` stdout holds one object and nothing
 * else; with `--quiet` stderr holds errors only. Each stream has colours of its own, for one may be a file.
 */
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import pc from 'picocolors';
import { type Diagnostic, SnugError } from '../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../diagnostics/render.ts';
import { visible, visibleJson, visibleLines } from '../diagnostics/visible.ts';

/** Where commands say what they do and what came of it. */
export interface Terminal {
  /** Of stdout: characters in a line, and whether it takes colours. */
  readonly columns: number;
  readonly colour: boolean;
  /** A line for the person who waits, on stderr. */
  note(text: string): void;
  /** Text of several lines on stderr, with --quiet as well. */
  dump(text: string): void;
  /** The result: `text` for people, `object` with --json. */
  result(text: string, object: object): void;
  /** A progress bar on stderr; on anything but a terminal, a line at the start and at the end. */
  progress(title: string): { update(done: number, total: number): void; stop(): void };
}

/** Width of pictures where stdout is no terminal, and the least anywhere. */
const DEFAULT_COLUMNS = 110;
const LEAST_COLUMNS = 80;

/** Work that ends sooner shows no bar. */
const BAR_AFTER_MS = 300;

/** picocolors' own rules, which it applies to stdout only. */
export function coloursFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env['NO_COLOR']) return false;
  return Boolean(env['FORCE_COLOR'] || env['CI'] || (stream.isTTY && env['TERM'] !== 'dumb'));
}

const out = pc.createColors(coloursFor(process.stdout));
const err = pc.createColors(coloursFor(process.stderr));

/** A sequence that colours, as picocolors writes them. */
const COLOUR = new RegExp(`(${String.fromCharCode(0x1b)}\\[[\\d;]*m)`);

/** A result with the colours that snug gave it; what comes from outside was made visible where it was put in. */
function seen(text: string): string {
  return text
    .split(COLOUR)
    .map((part, i) => (i % 2 === 1 ? part : visibleLines(part)))
    .join('');
}

/** The process's own stdout and stderr; `json` and `quiet` are the flags of these names. */
export function terminal({
  json = false,
  quiet = false,
}: {
  readonly json?: boolean;
  readonly quiet?: boolean;
}): Terminal {
  const note = (text: string): void => {
    if (!quiet) process.stderr.write(`${visible(text)}\n`);
  };
  return {
    columns: Math.max(LEAST_COLUMNS, process.stdout.columns ?? DEFAULT_COLUMNS),
    colour: coloursFor(process.stdout),
    note,
    dump: text => process.stderr.write(visibleLines(text)),
    result: (text, object) => process.stdout.write(json ? `${visibleJson(object)}\n` : `${seen(text)}\n`),
    progress(title) {
      if (quiet) return { update: () => undefined, stop: () => undefined };
      const started = Date.now();
      const bar = new SingleBar({
        format: `${visible(title)} {bar} {value}/{total}, {eta_formatted} left`,
        hideCursor: true,
        stream: process.stderr,
        clearOnComplete: true,
      });
      let shown = false;
      let last = 0;
      if (!process.stderr.isTTY) note(`${title} …`);
      return {
        update(done, total) {
          last = total;
          if (!process.stderr.isTTY) return;
          if (!shown && Date.now() - started > BAR_AFTER_MS) {
            bar.start(total, done);
            shown = true;
          } else if (shown) bar.update(done);
        },
        stop() {
          if (shown) bar.stop();
          note(`${title}: ${last > 0 ? `${last}, ` : ''}${((Date.now() - started) / 1000).toFixed(1)} s`);
        },
      };
    },
  };
}

/** To which side the cells of a column lie. */
export type Align = 'left' | 'right';

/** Characters of a cell, such as the name of a tensor. */
const MOST_OF_CELL = 200;

/** A plain table: no rules inside, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], align: readonly Align[]): string {
  const output = new Table({
    head: head.map(cell => out.bold(cell)),
    colAligns: [...align],
    style: { head: [], border: [], compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: ' ',
    },
  });
  output.push(...rows.map(row => row.map(cell => visible(cell, MOST_OF_CELL))));
  return output.toString();
}

/** `1,470.0 KiB` beside the exact bytes. */
export function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

/** `300.8 M` for counts of operations. */
export function millions(count: number): string {
  return `${(count / 1e6).toFixed(2)} M`;
}

/**
 * Prints an error and says how the program ends: 1 where the answer is no, 2 for wrong usage or input, 3 for a fault of
 * snug's own, which alone shows where it happened.
 */
export function reportFailure(error: unknown, json: boolean): 1 | 2 | 3 {
  if (error instanceof SnugError) {
    const diagnostics: readonly Diagnostic[] = error.diagnostics;
    if (json) process.stdout.write(`${visibleJson({ error: diagnostics })}\n`);
    process.stderr.write(`${renderDiagnostics(diagnostics, err.red)}\n`);
    return diagnostics.every(d => d.severity === 'answer') ? 1 : 2;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `${err.red('fault in snug')}: please report this with the command that led to it\n${visibleLines(text)}\n`,
  );
  return 3;
}
