/**
 * The bytes of the arena over the order of execution, as text for a terminal. Time runs downwards, because names of layers
 * are too long to stand side by side; addresses run to the right. Layers during which nothing comes and nothing goes, as in
 * a group that runs streamed, share one row: rows that look the same would hide those that differ.
 */
import { thousands } from '../codegen/format.ts';

/** One block of the picture: bytes [offset, offset + bytes) hold `label` from step `first` to step `last`, both included. */
export interface ArenaBlock {
  readonly label: string;
  readonly kind: 'resident' | 'line buffer' | 'workspace';
  readonly offset: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Layers in order of execution and what the arena holds meanwhile; blocks count steps from 0. */
export interface ArenaTimeline {
  readonly arenaBytes: number;
  /** `flows`: the layer runs streamed, row by row with the others of its group. */
  readonly steps: readonly { readonly label: string; readonly flows: boolean }[];
  /** Two may share bytes at one step only where a group's output is written over the input that it consumes. */
  readonly blocks: readonly ArenaBlock[];
}

/** A step, counted from 0, and the bytes alive during it. */
export interface AliveBytes {
  readonly step: number;
  readonly bytes: number;
}

/** The step with most bytes alive. */
export interface ArenaPeak extends AliveBytes {
  /** What the peak would sink to if it were gone; null where all steps hold the same bytes. */
  readonly runnerUp: AliveBytes | null;
}

/** What holds a byte; `shared` where an output lies over the input that it consumes. */
type Use = ArenaBlock['kind'] | 'shared';

interface Segment {
  readonly from: number;
  readonly to: number;
  readonly use: Use;
}

const MARKS: Readonly<Record<Use | 'free', string>> = {
  resident: '█',
  shared: '▓',
  'line buffer': '▒',
  workspace: '░',
  free: '·',
};
const LEGEND: Readonly<Record<Use | 'free', string>> = {
  resident: 'resident',
  shared: 'output over its input',
  'line buffer': 'line buffers',
  workspace: 'workspace',
  free: 'free',
};
/** ANSI foregrounds that are readable on black and on white: blue, cyan, yellow, magenta, grey; red for the peak. */
const COLOURS: Readonly<Record<Use | 'free' | 'peak', number>> = {
  resident: 34,
  shared: 36,
  'line buffer': 33,
  workspace: 35,
  free: 90,
  peak: 31,
};
const USES: readonly Use[] = ['resident', 'shared', 'line buffer', 'workspace'];
const PEAK = ' ◄ peak';
const ALIVE = 'bytes alive';
const MIN_BAR = 8;

const aliveAt = ({ blocks }: ArenaTimeline, step: number): readonly ArenaBlock[] =>
  blocks.filter(block => block.first <= step && step <= block.last);

/** Bytes that blocks hold, cut where one begins or ends, so that no byte is in two segments. */
function segmentsOf(blocks: readonly ArenaBlock[]): readonly Segment[] {
  const edges = [...new Set(blocks.flatMap(({ offset, bytes }) => [offset, offset + bytes]))].sort((a, b) => a - b);
  return edges.slice(1).flatMap((to, i): readonly Segment[] => {
    const from = edges[i]!;
    const [holder, ...others] = blocks.filter(b => b.offset <= from && to <= b.offset + b.bytes);
    return holder ? [{ from, to, use: others.length > 0 ? 'shared' : holder.kind }] : [];
  });
}

const bytesIn = (segments: readonly Segment[]): number => segments.reduce((sum, { from, to }) => sum + to - from, 0);

/**
 * The first step with most bytes alive, and the first of those that hold most of the rest. A byte that two blocks share
 * counts once. Without steps it is step 0 with 0 bytes.
 */
export function peakOf(timeline: ArenaTimeline): ArenaPeak {
  const alive = timeline.steps.map((_, step) => ({ step, bytes: bytesIn(segmentsOf(aliveAt(timeline, step))) }));
  // Sorting is stable: of equal steps the first stays first.
  const [peak = { step: 0, bytes: 0 }, ...others] = [...alive].sort((a, b) => b.bytes - a.bytes);
  return { ...peak, runnerUp: others.find(({ bytes }) => bytes < peak.bytes) ?? null };
}

/**
 * Round figures from 0 up to the size of the arena for a scale: offsets in bytes with the text of each in KiB.
 * @param most at most so many of them beside 0
 */
export function scaleTicks(
  arenaBytes: number,
  most: number,
): readonly { readonly offset: number; readonly kib: string }[] {
  if (arenaBytes <= 0 || most < 1) return [{ offset: 0, kib: '0' }];
  const kib = arenaBytes / 1024;
  const power = Math.floor(Math.log10(kib / most));
  // Multiples are divided by a power of ten and not multiplied by its inverse, which no float holds.
  const multiple = (count: number): number => (power < 0 ? count / 10 ** -power : count * 10 ** power);
  const factor = [1, 2, 5].find(f => multiple(f) * most >= kib) ?? 10;
  return Array.from({ length: Math.floor(kib / multiple(factor)) + 1 }, (_, i) => {
    const figure = multiple(i * factor);
    return { offset: figure * 1024, kib: String(figure) };
  });
}

/** One row: steps first to last hold the same blocks. */
interface Row {
  readonly first: number;
  readonly last: number;
  readonly segments: readonly Segment[];
}

function rowsOf(timeline: ArenaTimeline): readonly Row[] {
  const rows: { first: number; last: number; segments: readonly Segment[] }[] = [];
  let before = '';
  timeline.steps.forEach(({ flows }, step) => {
    const alive = aliveAt(timeline, step);
    const state = `${flows} ${alive.map(block => timeline.blocks.indexOf(block)).join()}`;
    const row = rows.at(-1);
    if (row && state === before) row.last = step;
    else rows.push({ first: step, last: step, segments: segmentsOf(alive) });
    before = state;
  });
  return rows;
}

/** The label of a row in the pieces that a narrow column may put on lines of their own. */
function labelOf({ steps }: ArenaTimeline, { first, last }: Row): readonly string[] {
  const { label, flows } = steps[first]!;
  if (first === last) return flows ? [label, '(streamed)'] : [label];
  return [`${label} …`, steps[last]!.label, `(${last - first + 1} layers${flows ? ', streamed' : ''})`];
}

/** Exactly `width` characters; what is too long loses its end. */
function padTo(text: string, width: number): string {
  const characters = [...text];
  if (characters.length > width) return `${characters.slice(0, width - 1).join('')}…`;
  return text + ' '.repeat(width - characters.length);
}

function wrap(pieces: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const longer = `${lines.at(-1)} ${piece}`;
    if (lines.length > 0 && [...longer].length <= width) lines[lines.length - 1] = longer;
    else lines.push(piece);
  }
  return lines;
}

/**
 * A cell shows the use that holds most of its bytes, and is free only where nothing in it is alive: the smallest block is
 * seen. Everything is multiplied by the width, so that the edges of cells are whole numbers.
 */
function barOf(segments: readonly Segment[], arenaBytes: number, width: number): readonly (Use | 'free')[] {
  return Array.from({ length: width }, (_, cell) => {
    const held = USES.map(use =>
      segments
        .filter(segment => segment.use === use)
        .map(
          ({ from, to }) => Math.min(to * width, (cell + 1) * arenaBytes) - Math.max(from * width, cell * arenaBytes),
        )
        .reduce((sum, part) => sum + Math.max(0, part), 0),
    );
    const most = Math.max(...held);
    return most > 0 ? USES[held.indexOf(most)]! : 'free';
  });
}

/** A stroke at the cell of each round figure, with the figure behind it. */
function scaleOf(arenaBytes: number, width: number): string {
  let line = '';
  for (const { offset, kib } of scaleTicks(arenaBytes, Math.floor(width / 8))) {
    const cell = arenaBytes > 0 ? Math.floor((offset / arenaBytes) * width) : 0;
    const text = offset === 0 ? '│0 KiB' : `│${kib}`;
    if (cell >= line.length && cell + text.length <= width) line = line.padEnd(cell) + text;
  }
  return line.padEnd(width);
}

/**
 * One row for each layer: its name, the addresses of the arena from left to right, the bytes alive, and a mark where they
 * are most. Lines have no space at their end, and the text has no line break at its end.
 * @param options.columns width of the terminal, 80 or more
 * @param options.colour whether escape codes may colour it; the characters are the same
 */
export function arenaPicture(
  timeline: ArenaTimeline,
  { columns, colour }: { readonly columns: number; readonly colour: boolean },
): string {
  const { arenaBytes } = timeline;
  const paint = (text: string, use: Use | 'free' | 'peak'): string =>
    colour ? `\u001b[${COLOURS[use]}m${text}\u001b[39m` : text;
  const rows = rowsOf(timeline);
  const head = `arena ${(arenaBytes / 1024).toFixed(1)} KiB`;
  const longest = Math.max(head.length, ...rows.map(row => [...labelOf(timeline, row).join(' ')].length));
  const labelWidth = Math.min(longest, Math.floor(columns * 0.4));
  const aliveWidth = Math.max(ALIVE.length, thousands(arenaBytes).length);
  const width = Math.max(MIN_BAR, columns - labelWidth - 1 - 1 - aliveWidth - PEAK.length);
  const most = peakOf(timeline).bytes;
  const seen = new Set<Use | 'free'>();

  const lines = [`${padTo(head, labelWidth)} ${scaleOf(arenaBytes, width)} ${ALIVE.padStart(aliveWidth)}`];
  for (const row of rows) {
    const cells = barOf(row.segments, arenaBytes, width);
    let bar = '';
    for (let cell = 0, end = 0; cell < width; cell = end) {
      const use = cells[cell]!;
      while (end < width && cells[end] === use) end += 1;
      bar += paint(MARKS[use].repeat(end - cell), use);
      seen.add(use);
    }
    const alive = bytesIn(row.segments);
    const mark = alive === most && most > 0 ? paint(PEAK, 'peak') : '';
    wrap(labelOf(timeline, row), labelWidth).forEach((label, i) => {
      const figures = i === 0 ? ` ${thousands(alive).padStart(aliveWidth)}${mark}` : '';
      lines.push(`${padTo(label, labelWidth)} ${bar}${figures}`);
    });
  }
  const legend = [...USES, 'free' as const].filter(use => seen.has(use));
  if (legend.length > 0) lines.push(legend.map(use => `${paint(MARKS[use], use)} ${LEGEND[use]}`).join('   '));
  return lines.join('\n');
}
