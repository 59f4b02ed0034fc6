/** Numbers, tables and names as C text. */
import { visible } from '../diagnostics/visible.ts';

const LINE_WIDTH = 120;

/** Values separated by commas, wrapped at 120 columns. */
export function wrapValues(values: ArrayLike<number | string>, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (let i = 0; i < values.length; i += 1) {
    const text = `${values[i]},`;
    if (line.length + text.length + 1 > LINE_WIDTH && line.length > indent.length) {
      lines.push(line);
      line = indent;
    }
    line += line.length > indent.length ? ` ${text}` : text;
  }
  lines.push(line);
  return lines.join('\n');
}

/** int32 as a C constant: the least one has no literal of its own. */
export function int32Literal(value: number): string {
  return value === -2147483648 ? '(-2147483647 - 1)' : String(value);
}

/** A float32 as an exact hexadecimal constant (C99, 6.4.4.2), with its decimal value beside it. */
export function hexFloat(value: number): string {
  const single = Math.fround(value);
  if (single === 0) return '0x0.0p+0f';
  let exponent = Math.floor(Math.log2(Math.abs(single)));
  let mantissa = Math.abs(single) / 2 ** exponent;
  if (mantissa >= 2) {
    mantissa /= 2;
    exponent += 1;
  }
  // 23 bits of fraction are six hexadecimal digits with the last bit always 0.
  const fraction = Math.round((mantissa - 1) * 2 ** 24);
  const sign = single < 0 ? '-' : '';
  return `${sign}0x1.${fraction.toString(16).padStart(6, '0')}p${exponent >= 0 ? '+' : ''}${exponent}f`;
}

/** `1,505,280`: bytes and counts in comments. */
export function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/**
 * Text from outside inside of a comment or a string of C: it ends neither, continues no line and holds no trigraph.
 */
export function commentText(text: string): string {
  return visible(text)
    .replaceAll('*/', '* /')
    .replaceAll('/*', '/ *')
    .replaceAll('\\', '/')
    .replaceAll('"', "'")
    .replaceAll('??', '? ?');
}
