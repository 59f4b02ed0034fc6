/**
 * The bytes of the arena over the order of execution, as a picture for documents and browsers. It stands alone: no script,
 * no font of its own, and a white ground, so that it is readable on a dark page too. Numbers have two decimals, so that
 * no machine's arithmetic shows.
 */
import { thousands } from '../codegen/format.ts';
import { type ArenaBlock, type ArenaTimeline, peakOf, scaleTicks } from './arena-picture.ts';
import { element, escapeXml, round, text } from './svg.ts';

/** Pixels. A step is as wide as the plot allows between these bounds. */
const STEP_WIDTH: readonly [least: number, most: number] = [12, 48];
const PLOT_WIDTH = 960;
/** Room for the peak's label and the legend, however few steps there are. */
const LEAST_PLOT_WIDTH = 560;
const PLOT_HEIGHT = 400;
const [LEFT, RIGHT, TOP] = [64, 24, 84];
const FONT_SIZE = 12;
const SMALL_FONT_SIZE = 10;
/** Of a character in the small font, wide enough for any sans-serif. */
const SMALL_CHARACTER = 6;
const LONGEST_LABEL = 32;
const LEGEND_WIDTH = 105;

/** From Okabe and Ito's palette, which the colour-blind can tell apart too. */
const FILLS: Readonly<Record<ArenaBlock['kind'], string>> = {
  resident: '#0072b2',
  'line buffer': '#e69f00',
  workspace: '#cc79a7',
};
const LEGEND: Readonly<Record<ArenaBlock['kind'], string>> = {
  resident: 'resident',
  'line buffer': 'line buffers',
  workspace: 'workspace',
};
const STREAMED = '#e1e8ed';
const INK = '#222222';
const PEAK = '#c62828';

function shorten(text: string): string {
  const characters = [...text];
  return characters.length > LONGEST_LABEL ? `${characters.slice(0, LONGEST_LABEL - 1).join('')}…` : text;
}

/** Where things lie in the picture: pixels for steps and for bytes. */
interface Frame {
  readonly width: number;
  readonly right: number;
  readonly bottom: number;
  readonly stepWidth: number;
  x(step: number): number;
  y(offset: number): number;
}

function frameOf({ arenaBytes, steps }: ArenaTimeline): Frame {
  const stepWidth = Math.min(STEP_WIDTH[1], Math.max(STEP_WIDTH[0], PLOT_WIDTH / Math.max(1, steps.length)));
  const right = LEFT + Math.max(LEAST_PLOT_WIDTH, stepWidth * steps.length);
  const bottom = TOP + PLOT_HEIGHT;
  return {
    width: right + RIGHT,
    right,
    bottom,
    stepWidth,
    x: step => LEFT + step * stepWidth,
    y: offset => bottom - (offset / Math.max(1, arenaBytes)) * PLOT_HEIGHT,
  };
}

/** Bands behind the steps that run streamed, one for each run of them. */
function bands({ steps }: ArenaTimeline, { x, stepWidth }: Frame): readonly string[] {
  const starts = steps.flatMap(({ flows }, step) => (flows && !steps[step - 1]?.flows ? [step] : []));
  return starts.map(start => {
    const end = steps.findIndex(({ flows }, step) => step > start && !flows);
    const count = (end < 0 ? steps.length : end) - start;
    return element('rect', { x: x(start), y: TOP, width: count * stepWidth, height: PLOT_HEIGHT, fill: STREAMED });
  });
}

function axes({ arenaBytes, steps }: ArenaTimeline, { x, y, right, bottom, stepWidth }: Frame): readonly string[] {
  const ticks = scaleTicks(arenaBytes, 8).flatMap(({ offset, kib }) => [
    element('line', { x1: LEFT - 4, y1: y(offset), x2: right, y2: y(offset), stroke: INK, 'stroke-opacity': 0.2 }),
    text(kib, { x: LEFT - 8, y: y(offset) + 4, 'text-anchor': 'end' }),
  ]);
  const names = steps.map(({ label }, step) => {
    const [across, down] = [round(x(step) + stepWidth / 2 + 3), round(bottom + 8)];
    return text(shorten(label), {
      transform: `translate(${across} ${down}) rotate(-90)`,
      'text-anchor': 'end',
      'font-size': SMALL_FONT_SIZE,
    });
  });
  const border = { x: LEFT, y: TOP, width: right - LEFT, height: PLOT_HEIGHT, fill: 'none', stroke: INK };
  return [...ticks, text('KiB', { x: LEFT - 8, y: TOP - 10, 'text-anchor': 'end' }), element('rect', border), ...names];
}

/** A block is translucent, so that both are seen where an output lies over its input. */
function rectangle(block: ArenaBlock, { steps }: ArenaTimeline, { x, y, stepWidth }: Frame): string {
  const { label, kind, offset, bytes, first, last } = block;
  const [from, to] = [steps[first]?.label ?? '', steps[last]?.label ?? ''];
  const when = first === last ? `step ${first + 1} (${from})` : `steps ${first + 1} to ${last + 1} (${from} to ${to})`;
  const tip = `${label}: ${kind}, ${thousands(bytes)} bytes at ${thousands(offset)}, ${when}`;
  const place = {
    x: x(first),
    y: y(offset + bytes),
    width: (last - first + 1) * stepWidth,
    height: y(offset) - y(offset + bytes),
  };
  const paint = { fill: FILLS[kind], 'fill-opacity': 0.7, stroke: FILLS[kind] };
  return element('rect', { ...place, ...paint }, element('title', {}, escapeXml(tip)));
}

/** Dashes at the step of the peak, with its label above the plot, and from there to its bytes on the axis. */
function peakLines(timeline: ArenaTimeline, { x, y, right, bottom, stepWidth }: Frame): readonly string[] {
  const { step, bytes } = peakOf(timeline);
  if (bytes === 0) return [];
  const across = x(step) + stepWidth / 2;
  const path = `M${round(across)} ${round(TOP - 6)}V${round(bottom)}M${round(LEFT)} ${round(y(bytes))}H${round(across)}`;
  const label = `peak: ${thousands(bytes)} bytes during ${shorten(timeline.steps[step]!.label)}`;
  const anchor = across < (LEFT + right) / 2 ? 'start' : 'end';
  return [
    element('path', { d: path, fill: 'none', stroke: PEAK, 'stroke-width': 1.5, 'stroke-dasharray': '6 4' }),
    text(label, { x: across, y: TOP - 10, 'text-anchor': anchor, fill: PEAK, 'font-weight': 'bold' }),
  ];
}

/** Only what the picture holds, and the size of the arena, which no round figure of the axis gives. */
function legend({ arenaBytes, blocks, steps }: ArenaTimeline, { right }: Frame): readonly string[] {
  const kinds = (['resident', 'line buffer', 'workspace'] as const).filter(kind => blocks.some(b => b.kind === kind));
  const entries = kinds.map(kind => ({
    label: LEGEND[kind],
    paint: { fill: FILLS[kind], 'fill-opacity': 0.7, stroke: FILLS[kind] },
  }));
  const streamed = { label: 'runs streamed', paint: { fill: STREAMED, 'fill-opacity': 1, stroke: '#90a4ae' } };
  const shown = [...entries, ...(steps.some(({ flows }) => flows) ? [streamed] : [])];
  const size = text(`arena: ${thousands(arenaBytes)} bytes`, { x: right, y: 50, 'text-anchor': 'end' });
  return shown
    .flatMap(({ label, paint }, i) => [
      element('rect', { x: LEFT + i * LEGEND_WIDTH, y: 40, width: 12, height: 12, ...paint }),
      text(label, { x: LEFT + i * LEGEND_WIDTH + 18, y: 50 }),
    ])
    .concat(size);
}

/**
 * The picture as one SVG document, with a line break at its end. Steps run to the right, addresses upwards; pointing at a
 * block shows its label, its bytes and its steps, which count from 1 here.
 * @param title what the picture shows, such as the network's name; plain text
 */
export function arenaSvg(timeline: ArenaTimeline, title: string): string {
  const frame = frameOf(timeline);
  const longest = Math.max(0, ...timeline.steps.map(({ label }) => [...shorten(label)].length));
  const height = frame.bottom + 24 + longest * SMALL_CHARACTER;
  const parts = [
    element('title', {}, escapeXml(title)),
    element('rect', { width: frame.width, height, fill: '#ffffff' }),
    text(title, { x: LEFT, y: 26, 'font-size': 16, 'font-weight': 'bold' }),
    ...legend(timeline, frame),
    ...bands(timeline, frame),
    ...timeline.blocks.map(block => rectangle(block, timeline, frame)),
    ...axes(timeline, frame),
    ...peakLines(timeline, frame),
  ];
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    role: 'img',
    width: frame.width,
    height,
    viewBox: `0 0 ${round(frame.width)} ${round(height)}`,
    'font-family': 'system-ui, sans-serif',
    'font-size': FONT_SIZE,
    fill: INK,
  };
  return `${element('svg', attributes, `\n${parts.join('\n')}\n`)}\n`;
}
