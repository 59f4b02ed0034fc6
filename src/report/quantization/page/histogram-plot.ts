/** How often an activation has which value, on a logarithmic scale, with what int8 covers and what it clips. */
import { element, round } from '../../svg.ts';
import type { ActivationPicture } from '../pictures.ts';
import { columns, frameOf, picture, rows } from './plot.ts';

const FRAME = frameOf(440, 170);
/** log10 of the count at the foot of the picture: a single value stands out, what is less does not show. */
const FOOT = Math.log10(0.5);
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** `1`, `10`, `100`, `10³` */
function countText(exponent: number): string {
  if (exponent < 3) return String(10 ** exponent);
  return `10${[...String(exponent)].map(digit => SUPERSCRIPTS[Number(digit)]).join('')}`;
}

/** @param label of the layer, for those who do not see the picture */
export function histogramPlot({ over, counts, covered }: ActivationPicture, label: string): string {
  const most = Math.max(1, Math.log10(Math.max(...counts)));
  const width = (FRAME.right - FRAME.left) / counts.length;
  const x = (value: number): number =>
    FRAME.left + ((value - over.min) / (over.max - over.min || 1)) * (FRAME.right - FRAME.left);
  const y = (exponent: number): number =>
    FRAME.bottom - ((exponent - FOOT) / (most - FOOT)) * (FRAME.bottom - FRAME.top);
  const exponents = Array.from({ length: Math.floor(most) + 1 }, (_, exponent) => exponent);
  const bars = [...counts].map((count, bin) =>
    count <= 0.5
      ? ''
      : `M${round(FRAME.left + bin * width)} ${round(FRAME.bottom)}V${round(y(Math.log10(count)))}h${round(width * 0.85)}V${round(FRAME.bottom)}z`,
  );
  const [from, to] = [Math.max(FRAME.left, x(covered.min)), Math.min(FRAME.right, x(covered.max))];
  const height = FRAME.bottom - FRAME.top;
  const tint = (left: number, right: number): readonly string[] =>
    right - left < 0.5 ? [] : [element('rect', { class: 'tint', x: left, y: FRAME.top, width: right - left, height })];
  const bound = (at: number): string =>
    element('line', { class: 'stroke-red dash', x1: at, x2: at, y1: FRAME.top, y2: FRAME.bottom });
  return picture(FRAME, `values of the output of ${label}`, [
    ...rows(FRAME, exponents, y, countText),
    ...columns(FRAME, over, 5, x),
    ...tint(FRAME.left, from),
    ...tint(to, FRAME.right),
    element('path', { class: 'blue', d: bars.join('') }),
    bound(from),
    bound(to),
  ]);
}
