/** No network of the tables takes more arena than the committed figures say: memory cannot grow unseen. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { execute, ROOT } from '../support/snug.ts';

test('no arena is larger than in bench/memory.json', async () => {
  const { exitCode, stderr } = await execute(process.execPath, [join(ROOT, 'bench/memory.mjs'), '--check'], {
    cwd: ROOT,
  });
  expect(exitCode, stderr).toBe(0);
});
