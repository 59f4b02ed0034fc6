/** Weights by channel: what they range over, and what the int8 weights of the channel cover. */
import { type Range, unionOf } from '../../../numerics/statistics.ts';
import { element, round } from '../../svg.ts';
import { frameOf, picture, rows, ticksOf } from './plot.ts';

const FRAME = frameOf(440, 170);
const WEIGHT_MAX = 127;
/** Part of a channel's width that its bar takes. */
const BAR = 0.8;

/** All bars in one path, so that a thousand channels stay small. */
function bars(ranges: readonly Range[], x: (channel: number) => number, y: (value: number) => number): string {
  const width = round((x(1) - x(0)) * BAR);
  return ranges
    .map(({ min, max }, channel) => {
      const [top, bottom] = [y(max), y(min)];
      // A channel of equal weights is a line still.
      return `M${round(x(channel + (1 - BAR) / 2))} ${round(top)}h${width}V${round(Math.max(bottom, top + 0.5))}h-${width}z`;
    })
    .join('');
}

/** The upper and the lower bound that the scales allow, as steps; equal neighbours share a line. */
function steps(scales: Float64Array, x: (channel: number) => number, y: (value: number) => number): string {
  const side = (sign: 1 | -1): string => {
    let before = '';
    const path = [...scales].map((scale, channel) => {
      const height = round(y(sign * WEIGHT_MAX * scale));
      if (height === before) return '';
      const start = channel === 0 ? `M${round(x(0))} ${height}` : `H${round(x(channel))}V${height}`;
      before = height;
      return start;
    });
    return `${path.join('')}H${round(x(scales.length))}`;
  };
  return side(1) + side(-1);
}

/**
 * @param scales real steps of the int8 weights, null for weights that are not what is rounded
 * @param label of the layer, for those who do not see the picture
 */
export function channelPlot(ranges: readonly Range[], scales: Float64Array | null, label: string): string {
  const extremes = ranges.reduce(unionOf, { min: 0, max: 0 });
  // Scales of channels that compute nothing are arbitrary: room goes by the weights.
  const most = Math.max(-extremes.min, extremes.max) * 1.05 || 1;
  const x = (channel: number): number => FRAME.left + (channel / ranges.length) * (FRAME.right - FRAME.left);
  const y = (value: number): number => {
    const inside = Math.min(most, Math.max(-most, value));
    return FRAME.top + ((most - inside) / (2 * most)) * (FRAME.bottom - FRAME.top);
  };
  const below = { y: FRAME.bottom + 15 };
  return picture(FRAME, `weights of ${label} by channel`, [
    ...rows(FRAME, ticksOf({ min: -most, max: most }, 5), y),
    element('path', { class: scales === null ? 'grey' : 'blue', d: bars(ranges, x, y) }),
    ...(scales === null
      ? []
      : [element('path', { class: 'stroke-orange', 'stroke-width': 1, d: steps(scales, x, y) })]),
    element('text', { x: FRAME.left, ...below }, 'channel 0'),
    element('text', { x: FRAME.right, ...below, 'text-anchor': 'end' }, String(ranges.length - 1)),
  ]);
}
