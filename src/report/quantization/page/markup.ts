/** HTML that is well-formed XML too, so that browsers and tests read the same tree. */
import { element, escapeXml } from '../../svg.ts';

type Attributes = Parameters<typeof element>[1];

/** One HTML element; unlike those of SVG it is never closed by `/>`, which HTML does not know. */
export function tag(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const closed = element(name, attributes);
  return `${closed.slice(0, -'/>'.length)}>${content.join('')}</${name}>`;
}

/** An element of text, which is escaped. */
export function textTag(name: string, content: string, attributes: Attributes = {}): string {
  return tag(name, attributes, escapeXml(content));
}
