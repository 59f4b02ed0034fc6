/** What a person sees: colours, of which each stream decides for itself, and text from outside. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { coloursFor } from '../../src/cli/terminal.ts';
import { jsonOf, snug, TINY, testFolder } from '../support/snug.ts';
import { stateDictFile } from '../support/state-dict.ts';

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

describe('text from a model', () => {
  const FORGED = 'w\u001b[2K\nerror SNUG901: forged\u202e\u009b';

  test('is shown as it is by a table, a note and an error, and is exact in JSON', async () => {
    const cwd = await testFolder();
    await writeFile(
      join(cwd, 'w.safetensors'),
      stateDictFile(new Map([[FORGED, { shape: [1], data: new Float32Array(1) }]])),
    );
    const listed = await snug(['inspect', 'w.safetensors'], { cwd });
    expect(listed.exitCode).toBe(0);
    expect(listed.stdout).toContain('w\\x1b[2K\\nerror SNUG901: forged\\u{202e}\\x9b');
    const json = await snug(['inspect', 'w.safetensors', '--json'], { cwd });
    expect(jsonOf(json)).toMatchObject({ tensors: [{ name: FORGED }] });
    const refused = await snug(['inspect', ...TINY.slice(0, 8), '--weights', 'w.safetensors'], { cwd });
    expect(refused.exitCode).toBe(2);
    const unknown = await snug(['inspect', `--${FORGED}`], { cwd });
    expect(unknown.exitCode).toBe(2);
    for (const { stdout, stderr } of [listed, json, refused, unknown]) {
      for (const unseen of ['\u001b', '\u009b', '\u202e']) expect(stdout + stderr).not.toContain(unseen);
      expect(stdout + stderr).not.toMatch(/^error SNUG901/m);
    }
  });
});
