/** The configuration of the current folder: it is a program, so that nobody is to run it unawares. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { node, onnxModel, ramp } from '../support/onnx-writer.ts';
import { newFolder, snug } from '../support/snug.ts';

let cwd: string;
const ran = (): boolean => existsSync(join(cwd, 'it-ran'));
const NOTE =
  'configuration: snug.config.ts of this folder, a program that runs with your rights (--no-config leaves it out)\n';

beforeAll(async () => {
  cwd = await newFolder();
  const code = `import { writeFileSync } from 'node:fs';
writeFileSync('it-ran', '');
export default { model: { network: 'mobilenet-v2', width: 0.1, resolution: 32, classes: 3 } };
`;
  await writeFile(join(cwd, 'snug.config.ts'), code);
  const nodes = [node('Conv', ['x', 'w'], 'y')];
  await writeFile(
    join(cwd, 'net.onnx'),
    onnxModel({ input: [1, 3, 8, 8], nodes, initializers: [ramp('w', [4, 3, 3, 3])] }),
  );
});
beforeEach(() => rm(join(cwd, 'it-ran'), { force: true }));
afterAll(() => rm(cwd, { recursive: true, force: true }));

test.each([['inspect', 'net.onnx'], ['inspect'], ['plan', '--no-stack']])(
  '%s %s says that it runs it, every time',
  async (...args) => {
    for (const _ of ['first', 'second']) {
      const { exitCode, stderr } = await snug(args, { cwd });
      expect([exitCode, stderr.startsWith(NOTE), ran()]).toEqual([0, true, true]);
    }
  },
);

test('--no-config leaves it out, and then a model has to be named', async () => {
  const inspected = await snug(['inspect', 'net.onnx', '--no-config'], { cwd });
  expect([inspected.exitCode, inspected.stderr, ran()]).toEqual([0, '', false]);
  const planned = await snug(['plan', '--no-config'], { cwd });
  expect([planned.exitCode, ran()]).toEqual([2, false]);
  expect(planned.stderr).toContain('no model was given');
});

test('one that is named runs without a note', async () => {
  const { exitCode, stderr } = await snug(['inspect', '--config', 'snug.config.ts'], { cwd });
  expect([exitCode, stderr, ran()]).toEqual([0, '', true]);
});
