/**
 * Text that comes from outside, such as the name of a tensor, for a person to read: it must not move the cursor, colour or
 * turn round what follows, begin a line that looks like snug's own, or fill a terminal.
 */

/**
 * Control characters, marks that format or turn text round, separators of lines, and halves of surrogate pairs. The two
 * joiners are none of these: scripts and emoji are written with them.
 */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  return NAMES[character] ?? (code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u{${digits}}`);
}

/** Its beginning and its end, and how much is missing between them. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor(most / 4);
  const left = text.length - most;
  return `${text.slice(0, most - end)}… ${left} characters left out …${text.slice(text.length - end)}`;
}

/** Characters of one message, note or hint. */
const MOST_CHARACTERS = 2000;

/** Any text as one line. */
export function visible(text: string, most: number = MOST_CHARACTERS): string {
  return shortened(text, most).replace(UNSEEN, escaped);
}

/** Text of several lines, which stay. */
export function visibleLines(text: string, most: number = Number.POSITIVE_INFINITY): string {
  return shortened(text, most).replace(UNSEEN, character => (character === '\n' ? '\n' : escaped(character)));
}

/** JSON in one line and in characters that can be seen; it says exactly the same. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, character =>
    [...Array(character.length).keys()]
      .map(i => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
