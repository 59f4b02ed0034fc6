/** Starting tools, and reading a folder back. */
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
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

describe('limits', () => {
  const WHO = 'process.stdout.write(process.argv[1] + process.cwd()); process.exit(3)';

  test('change nothing about a tool that stays within them', async () => {
    const folder = await realpath(await testFolder());
    const result = await run(process.execPath, ['-e', WHO, 'a "b" $c'], folder, { cpuSeconds: 600, seconds: 3600 });
    expect(result).toEqual({ exitCode: 3, stdout: `a "b" $c${folder}`, stderr: '' });
    const error: unknown = await run('snug-no-such-tool', [], folder, { cpuSeconds: 1, seconds: 3600 }).catch(e => e);
    expect(error).toMatchObject({ diagnostics: [{ code: 'SNUG501' }] });
  });

  test('end a tool that computes for ever', async () => {
    const result = await run(process.execPath, ['-e', 'for (;;);'], await testFolder(), {
      cpuSeconds: 1,
      seconds: 3600,
    });
    expect(result).toEqual({ exitCode: 128, stdout: '', stderr: 'stopped after 1 s of computing' });
  });

  test('leave alone a tool that takes long because others compute', async () => {
    // It sleeps as a process does that waits for its turn: its second of computing is not used up.
    const result = await run('sleep', ['1.5'], await testFolder(), { cpuSeconds: 1, seconds: 3600 });
    expect(result).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('end a tool that waits for what never comes', async () => {
    const wait = 'setInterval(() => undefined, 1000)';
    const result = await run(process.execPath, ['-e', wait], await testFolder(), { cpuSeconds: 600, seconds: 1 });
    expect(result).toEqual({ exitCode: 128, stdout: '', stderr: 'stopped after 1 s' });
  });
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
