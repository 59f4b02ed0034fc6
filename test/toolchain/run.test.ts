/** Starting tools, and reading a folder back. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { serializeGraph } from '../../src/graph/serialize.ts';
import { kernelSources, readOutputFolder } from '../../src/toolchain/output-folder.ts';
import { isInstalled, run } from '../../src/toolchain/run.ts';
import { compileInto, TINY, testFolder } from '../support/snug.ts';

test('a tool that ends with an error is no exception, and its output is kept', async () => {
  const folder = await testFolder();
  const script = "process.stdout.write('out'); process.stderr.write('err'); process.exit(7)";
  expect(await run(process.execPath, ['-e', script], folder)).toEqual({ exitCode: 7, stdout: 'out', stderr: 'err' });
});

test('a tool that a signal ended has failed, and says by which', async () => {
  const folder = await testFolder();
  const result = await run(process.execPath, ['-e', "process.kill(process.pid, 'SIGKILL')"], folder);
  expect(result).toMatchObject({ exitCode: 128, stdout: '' });
  expect(result.stderr).not.toBe('');
});

test('a tool that is not installed is refused by name, with the way to install it', async () => {
  const folder = await testFolder();
  const error: unknown = await run('snug-no-such-tool', [], folder).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(SnugError);
  expect((error as SnugError).diagnostics).toMatchObject([
    { code: 'SNUG501', hint: expect.stringContaining('apt-get install') },
  ]);
  expect(await isInstalled('snug-no-such-tool')).toBe(false);
  expect(await isInstalled(process.execPath)).toBe(true);
});

test('a folder is read back as it was written', async () => {
  const cwd = await testFolder();
  const path = await compileInto(cwd, 'out', [...TINY, '--quantize', 'balanced']);
  const output = await readOutputFolder(path);
  expect(output).toMatchObject({ path, name: 'tiny', portable: true, hasGoldenTest: true });
  expect(output.manifest.provenance.calibration).toMatchObject({
    recipe: { calibration: { kind: 'mse' }, weightScales: 'channel', rounding: 'compensated' },
    samples: 8,
    inputs: 'random',
  });
  const model = await readFile(join(path, 'test/model.safetensors'));
  expect(Buffer.from(serializeGraph(output.graph)).equals(model)).toBe(true);
  const vectors = await readFile(join(path, 'test/vectors.bin'));
  expect(output.vectors.map(v => v.length)).toEqual(Array.from({ length: 8 }, () => 3072));
  expect(Buffer.concat(output.vectors.map(v => Buffer.from(v))).equals(vectors)).toBe(true);
  const sources = await kernelSources(output);
  expect(sources).toContain('cmsis_nn/arm_softmax_s8.c');
  expect([...sources]).toEqual([...sources].sort());
});
