/** Text from outside: seen for what it is, in one line, and no longer than a person reads. */
import { expect, test } from 'vitest';
import { visible, visibleJson, visibleLines } from '../../src/diagnostics/visible.ts';

/** One of each kind that moves, hides or turns text. */
const UNSEEN = [
  ...['\0', '\u0007', '\b', '\r', '\u001b[31m', '\u007f', '\u0085', '\u009b', '\u00ad', '\u061c'],
  ...['\u200b', '\u200e', '\u2028', '\u2029', '\u202e', '\u2066', '\u2069', '\ufeff', '\u{e0041}', '\ud800'],
];

test('what cannot be seen is escaped, and writing in any script is not', () => {
  expect(visible('a\nerror SNUG101: b\r\tc\u001b[2J\u009b1m\u202e')).toBe(
    'a\\nerror SNUG101: b\\r\\tc\\x1b[2J\\x9b1m\\u{202e}',
  );
  for (const text of UNSEEN) expect(visible(`a${text}b`)).toMatch(/^a[\u0020-\u007e]+b$/);
  for (const text of ['1×16×16 → 10 …', 'Größe', '模型', 'نموذج', 'می‌شود', '👩‍💻', 'C:\\a\\b'])
    expect(visible(text)).toBe(text);
});

test('lines stay where they are meant', () => {
  expect(visibleLines('a\n\u001bb\n')).toBe('a\n\\x1bb\n');
});

test('a long text keeps both ends and says how much is left out', () => {
  expect(visible('a'.repeat(2000))).toHaveLength(2000);
  const text = visible(`begin${'x'.repeat(10_000_000)}end`);
  expect(text).toMatch(/^beginx+… 9998008 characters left out …x+end$/);
  expect(text.length).toBeLessThan(2100);
  // Escapes do not make it long again.
  expect(visible('\u202e'.repeat(1e6), 100).length).toBeLessThan(1000);
});

test('JSON is exact', () => {
  const value = { [`n${UNSEEN.join('')}`]: UNSEEN, text: 'می‌شود "x"\\\n' };
  const text = visibleJson(value);
  expect(JSON.parse(text)).toEqual(value);
  for (const unseen of UNSEEN) expect(text).not.toContain(unseen);
});
