/** Noise along the network: each layer's output in the int8 network, and what each layer alone does to the network's output. */
import { type Range, rangeOf } from '../../../numerics/statistics.ts';
import { element, escapeXml, round, text } from '../../svg.ts';
import { decibelText, mostSensitive } from '../format.ts';
import type { LayerCost } from '../types.ts';
import { frameOf, picture, rows, ticksOf } from './plot.ts';

const FRAME = frameOf(1120, 300, { top: 16 });
/** Names that are written beside their dots. */
const NAMED = 3;
/** Of a name, which is rarely longer, and from one line to the next. */
const [NAME_WIDTH, LINE] = [180, 13];

/** Heights of the axis: all finite figures, with room above and below. */
function rangeOfFigures(layers: readonly LayerCost[]): Range {
  const known = layers
    .flatMap(({ sqnrDb, sensitivityDb }) => [sqnrDb, sensitivityDb])
    .filter((value): value is number => value !== null && Number.isFinite(value));
  const { min, max } = known.length === 0 ? { min: 0, max: 1 } : rangeOf(known);
  return { min: Math.floor(min / 5) * 5, max: Math.max(Math.floor(min / 5) * 5 + 5, Math.ceil(max / 5) * 5) };
}

interface Label {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** Names that would lie over each other go one below the other, or above where there is no room. */
function placed(labels: readonly Label[]): readonly Label[] {
  const done: Label[] = [];
  const free = (label: Label, y: number): boolean =>
    y < FRAME.bottom && done.every(other => Math.abs(other.x - label.x) > NAME_WIDTH || Math.abs(other.y - y) >= LINE);
  for (const label of labels) {
    const y = [0, 1, -1, 2, -2].map(lines => label.y + lines * LINE).find(height => free(label, height));
    done.push({ ...label, y: y ?? label.y });
  }
  return done;
}

/** Figures that are infinite or not known have no place. */
export function networkPlot(layers: readonly LayerCost[]): string {
  const range = rangeOfFigures(layers);
  const step = (FRAME.right - FRAME.left) / Math.max(1, layers.length);
  const x = (layer: number): number => FRAME.left + (layer + 0.5) * step;
  const y = (value: number): number =>
    FRAME.bottom - ((value - range.min) / (range.max - range.min)) * (FRAME.bottom - FRAME.top);
  const finite = (value: number | null): value is number => value !== null && Number.isFinite(value);
  const line = layers
    .flatMap(({ sqnrDb }, i) => (finite(sqnrDb) ? [`${round(x(i))} ${round(y(sqnrDb))}`] : []))
    .map((point, i) => `${i === 0 ? 'M' : 'L'}${point}`)
    .join('');
  const worst = new Set(mostSensitive(layers, NAMED));
  const dots = layers.flatMap((layer, i) => {
    const { name, sensitivityDb } = layer;
    if (!finite(sensitivityDb)) return [];
    const title = element('title', {}, `${escapeXml(name)}: ${decibelText(sensitivityDb)} dB`);
    const colour = worst.has(layer) ? 'red' : 'orange';
    return [element('circle', { class: colour, cx: x(i), cy: y(sensitivityDb), r: 3.5 }, title)];
  });
  const names = placed(
    [...worst].map(layer => ({ name: layer.name, x: x(layers.indexOf(layer)), y: y(layer.sensitivityDb!) })),
  ).map(label => {
    const left = label.x > (FRAME.left + FRAME.right) / 2;
    const place = { x: label.x + (left ? -7 : 7), y: label.y + 4, 'text-anchor': left ? 'end' : 'start' };
    return text(label.name, { class: 'name', ...place });
  });
  return picture(FRAME, 'noise along the network', [
    ...rows(FRAME, ticksOf(range, 6), y),
    element('path', { class: 'stroke-blue', 'stroke-width': 1.5, d: line }),
    ...names,
    ...dots,
    text('first layer', { x: FRAME.left, y: FRAME.bottom + 15 }),
    text('last', { x: FRAME.right, y: FRAME.bottom + 15, 'text-anchor': 'end' }),
  ]);
}
