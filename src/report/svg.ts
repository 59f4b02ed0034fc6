/**
 * The elements that pictures are made of. Numbers have two decimals, so that no machine's arithmetic shows.
 */

/** At most two decimals, and no -0. */
export const round = (value: number): string => String(Math.round(value * 100) / 100 + 0);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What nobody sees and what turns text round, as the name of a layer may hold it; the two joiners are part of writing. */
const UNSEEN = /(?!\u200c|\u200d|\t|\n|\r)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Characters that XML 1.0 does not allow, such as escape codes and halves of surrogate pairs, become U+FFFD, and so do unseen ones. */
export function escapeXml(text: string): string {
  return [...text]
    .map(character => {
      const code = character.codePointAt(0)!;
      const allowed =
        code < 0x20
          ? code === 0x09 || code === 0x0a || code === 0x0d
          : code < 0xd800 || (code > 0xdfff && (code & ~1) !== 0xfffe);
      return allowed && !UNSEEN.test(character) ? (ENTITIES[character] ?? character) : '\ufffd';
    })
    .join('');
}

/** Of an element; numbers are pixels. */
type Attributes = Readonly<Record<string, string | number>>;

/** One element with its content, which is markup already. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const list = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeXml(value)}"`,
  );
  return content === '' ? `<${name}${list.join('')}/>` : `<${name}${list.join('')}>${content}</${name}>`;
}

/** A text, escaped. */
export const text = (content: string, attributes: Attributes): string =>
  element('text', attributes, escapeXml(content));
