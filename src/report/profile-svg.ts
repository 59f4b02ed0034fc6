/** Instructions of every layer as bars, for documents and browsers; like every picture of snug it stands alone. */
import { thousands } from '../codegen/format.ts';
import { element, text } from './svg.ts';

/** Pixels. */
const ROW_HEIGHT = 16;
const [LEFT, TOP, BAR_WIDTH, RIGHT] = [230, 44, 560, 150];
const BAR = '#0072b2';

/** A layer with what it executes. */
interface ProfiledLayer {
  readonly layer: string;
  readonly instructions: number;
  readonly macs: number;
}

/** @param title one line on top */
export function profileSvg(title: string, layers: readonly ProfiledLayer[]): string {
  const most = Math.max(1, ...layers.map(({ instructions }) => instructions));
  const rows = layers.flatMap(({ layer, instructions, macs }, row) => {
    const y = TOP + row * ROW_HEIGHT;
    const width = (BAR_WIDTH * instructions) / most;
    const rate = macs === 0 ? '' : `, ${(instructions / macs).toFixed(2)} a MAC`;
    return [
      text(layer, { x: LEFT - 8, y: y + 11, 'text-anchor': 'end' }),
      element('rect', { x: LEFT, y: y + 2, width, height: ROW_HEIGHT - 4, fill: BAR }),
      text(`${thousands(instructions)}${rate}`, { x: LEFT + width + 6, y: y + 11 }),
    ];
  });
  const [width, height] = [LEFT + BAR_WIDTH + RIGHT, TOP + layers.length * ROW_HEIGHT + 12];
  const content = [
    element('rect', { width, height, fill: '#ffffff' }),
    text(title, { x: 16, y: 24, 'font-size': 14, 'font-weight': 'bold' }),
    ...rows,
  ];
  const frame = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height };
  return `${element('svg', { ...frame, 'font-family': 'sans-serif', 'font-size': 11 }, `\n${content.join('\n')}\n`)}\n`;
}
