/** `snug inspect` and `snug init`. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { node, onnxModel, ramp } from '../support/onnx-writer.ts';
import { refusals } from '../support/refused.ts';
import { jsonOf, ROOT, snug, testFolder } from '../support/snug.ts';
import { stateDictFile, stateDictOf } from '../support/state-dict.ts';

const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };

describe('inspect', () => {
  test('counts the parameters and multiplications of MobileNetV2 1.0-224', async () => {
    const result = await snug(['inspect', 'mobilenet-v2', '--json'], { cwd: await testFolder() });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const object = jsonOf(result) as { layers: Record<'parameters' | 'macs' | 'weightsBytes', number>[] };
    // 3,504,872: torchvision's count. 300,774,272: its convolutions and its classifier, one MAC a product.
    expect(object).toMatchObject({
      snug: version,
      command: 'inspect',
      name: 'mbv2_100_224',
      weights: 'seeded',
      input: [1, 224, 224, 3],
      output: [1, 1000],
      parameters: 3_504_872,
      macs: 300_774_272,
    });
    expect(object.layers.reduce((sum, layer) => sum + layer.macs, 0)).toBe(300_774_272);
    expect(object.layers[0]).toMatchObject({
      name: 'stem',
      operator: 'conv2d',
      output: [1, 112, 112, 32],
      macs: 10_838_016,
    });
  });

  test('prints a table for people, and the graph on demand', async () => {
    const cwd = await testFolder();
    const args = ['inspect', 'mobilenet-v2', '--width', '0.1', '--resolution', '32x64', '--classes', '5'];
    const table = await snug(args, { cwd });
    expect(table.stdout).toMatch(/^ layer +operator +output +parameters +MACs +weight bytes +output bytes *\n stem /);
    expect(table.stdout).toContain('mbv2_010_32x64: 1×32×64×3 → 1×5; weights are seeded random numbers\n');
    const graph = await snug([...args, '--graph'], { cwd });
    expect(graph.stdout).toMatch(/^graph mbv2_010_32x64 \(float, weights seeded\)\n {2}input %0 1×32×64×3\n/);
    expect(graph.stdout).toContain('= batchNorm "stem_bn" (%1)');
  });

  test('lists the tensors of a weight file', async () => {
    const cwd = await testFolder();
    const tensors = stateDictOf({ width: 0.1, resolution: 32, classes: 5 });
    await writeFile(join(cwd, 'w.safetensors'), stateDictFile(tensors));
    const object = jsonOf(await snug(['inspect', 'w.safetensors', '--json'], { cwd }));
    const listed = object['tensors'] as { name: string; dtype: string; shape: number[] }[];
    expect(listed).toHaveLength(tensors.size);
    for (const { name, dtype, shape } of listed) {
      expect({ dtype, shape }, name).toEqual({ dtype: 'F32', shape: tensors.get(name)!.shape });
    }
    const { stdout } = await snug(['inspect', 'w.safetensors'], { cwd });
    expect(stdout).toMatch(/\n classifier\.1\.weight +F32 +5×1280 *\n/);
    expect(stdout).toContain(`${tensors.size} tensors`);
  });

  test('reads an ONNX file, at another resolution where it can', async () => {
    const cwd = await testFolder();
    const bytes = onnxModel({
      input: [1, 3, 8, 8],
      nodes: [
        node('Conv', ['x', 'w', 'b'], 'c', { pads: [1, 1, 1, 1] }),
        node('Relu', ['c'], 'r'),
        node('GlobalAveragePool', ['r'], 'y'),
      ],
      initializers: [ramp('w', [4, 3, 3, 3]), ramp('b', [4])],
    });
    await writeFile(join(cwd, 'net.onnx'), bytes);
    const object = jsonOf(await snug(['inspect', 'net.onnx', '--json'], { cwd }));
    expect(object).toMatchObject({ weights: 'file', input: [1, 8, 8, 3], parameters: 4 * 28, macs: 64 * 4 * 27 });
    const larger = jsonOf(await snug(['inspect', 'net.onnx', '--resolution', '16', '--json'], { cwd }));
    expect(larger).toMatchObject({ input: [1, 16, 16, 3], macs: 256 * 4 * 27 });
  });
});

describe('init', () => {
  test('writes a configuration that compiles as it is, and never overwrites one', async () => {
    const cwd = await testFolder();
    const created = await snug(['init', '--json'], { cwd });
    expect(jsonOf(created)).toEqual({ snug: version, command: 'init', file: 'snug.config.ts' });
    const before = await readFile(join(cwd, 'snug.config.ts'), 'utf8');
    await refusals(() => cwd)(['init'], { code: 'SNUG101', says: ['snug.config.ts exists already'] });
    expect(await readFile(join(cwd, 'snug.config.ts'), 'utf8')).toBe(before);
    const compiled = await snug(['compile', '--width', '0.1', '--resolution', '32', '--json'], { cwd });
    expect(jsonOf(compiled)).toMatchObject({ name: 'mbv2', model: { classes: 10, resolution: [32, 32] } });
    expect(await readFile(join(cwd, 'build/snug/mbv2.h'), 'utf8')).toContain('MBV2_OUTPUT_LENGTH 10');
  });
});

describe('the program itself', () => {
  test('tells its version and its commands', async () => {
    const cwd = await testFolder();
    expect(await snug(['--version'], { cwd })).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
    const help = await snug(['--help'], { cwd });
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    for (const command of ['init', 'inspect', 'compile', 'verify', 'eval']) {
      expect(help.stdout).toContain(`\n  ${command} `);
      expect((await snug([command, '--help'], { cwd })).stdout).toContain('--json');
    }
  });

  test('shows its help, and fails, where no command is given', async () => {
    const { exitCode, stdout, stderr } = await snug([], { cwd: await testFolder() });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: snug /);
  });
});
