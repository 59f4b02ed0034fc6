/** Names in C: whatever they hold, they stay inside of the comment or the string that they are printed in. */
import { expect, test } from 'vitest';
import { commentText } from '../../src/codegen/format.ts';

test.each([
  ['end */ int x; /*', 'end * / int x; / *'],
  ['next\nline\r\n#error', 'next/nline/r/n#error'],
  ['continued \\', 'continued /'],
  ['trigraph ??/', 'trigraph ? ?/'],
  ['"quoted"', "'quoted'"],
  ['\u001b[31m\u202e', '/x1b[31m/u{202e}'],
  ['block_1/conv 1×1', 'block_1/conv 1×1'],
])('%j', (text, expected) => {
  expect(commentText(text)).toBe(expected);
});
