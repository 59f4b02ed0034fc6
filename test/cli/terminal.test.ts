/** Colours: each stream decides for itself. */
import { expect, test } from 'vitest';
import { coloursFor } from '../../src/cli/terminal.ts';

const [terminal, file] = [{ isTTY: true }, {}];

test.each([
  ['a terminal', terminal, {}, true],
  ['a file', file, {}, false],
  ['a terminal without colours', terminal, { TERM: 'dumb' }, false],
  ['a file with FORCE_COLOR', file, { FORCE_COLOR: '1' }, true],
  ['a log of CI', file, { CI: 'true' }, true],
  ['NO_COLOR, which wins', terminal, { NO_COLOR: '1', FORCE_COLOR: '1', CI: 'true' }, false],
  ['an empty NO_COLOR, which says nothing', terminal, { NO_COLOR: '' }, true],
])('%s', (_, stream, env, expected) => {
  expect(coloursFor(stream, env)).toBe(expected);
});
