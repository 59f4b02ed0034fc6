/** Text in SVG and HTML: well-formed, and nothing in it is unseen. */
import { expect, test } from 'vitest';
import { escapeXml } from '../../src/report/svg.ts';

test('markup is escaped, and what cannot be seen or stored becomes U+FFFD', () => {
  expect(escapeXml(`<a b="c">&'`)).toBe('&lt;a b=&quot;c&quot;&gt;&amp;&#39;');
  for (const unseen of [
    '\u0000',
    '\u001b',
    '\u0085',
    '\u009b',
    '\u202e',
    '\u2066',
    '\u2028',
    '\u200b',
    '\ud800',
    '\uffff',
  ])
    expect(escapeXml(`a${unseen}b`)).toBe('a\ufffdb');
  for (const text of ['a\tb\nc', '1×1', 'می‌شود', '👩‍💻']) expect(escapeXml(text)).toBe(text);
});
