/** The frame that every picture of the page stands in: an axis of values with ticks, and one below. Sizes are pixels. */
import type { Range } from '../../../numerics/statistics.ts';
import { element, text } from '../../svg.ts';

/** Where values lie in a picture. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A picture with room for the labels of its axes. */
export function frameOf(width: number, height: number, room: { readonly top?: number } = {}): Frame {
  return { width, height, left: 52, right: width - 10, top: room.top ?? 10, bottom: height - 20 };
}

/** About `count` round values within a range: steps are 1, 2 or 5 times a power of ten. */
export function ticksOf({ min, max }: Range, count: number): readonly number[] {
  const least = (max - min) / count;
  if (!(least > 0) || !Number.isFinite(least)) return [min];
  const power = 10 ** Math.floor(Math.log10(least));
  const step = ([1, 2, 5, 10].find(factor => factor * power >= least * 0.999) ?? 10) * power;
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** A tick's value without the rounding errors of its sum. */
export function tickText(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Horizontal lines with their values on the left; `label` names them in place of their numbers. */
export function rows(
  frame: Frame,
  values: readonly number[],
  y: (value: number) => number,
  label: (value: number) => string = tickText,
): readonly string[] {
  return values.flatMap(value => [
    element('line', { class: 'axis', x1: frame.left, x2: frame.right, y1: y(value), y2: y(value) }),
    text(label(value), { x: frame.left - 6, y: y(value) + 4, 'text-anchor': 'end' }),
  ]);
}

/** Values below the picture. */
export function columns(frame: Frame, range: Range, count: number, x: (value: number) => number): readonly string[] {
  return ticksOf(range, count).map(value =>
    text(tickText(value), { x: x(value), y: frame.bottom + 15, 'text-anchor': 'middle' }),
  );
}

/** An SVG as wide as the page has room for; `label` is read out in its place. */
export function picture(frame: Frame, label: string, content: readonly string[]): string {
  const attributes = { class: 'wide', viewBox: `0 0 ${frame.width} ${frame.height}`, role: 'img', 'aria-label': label };
  return element('svg', attributes, content.join(''));
}
