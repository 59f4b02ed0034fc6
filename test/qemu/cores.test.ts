/**
 * The emitted C on Arm cores: on each of them the golden test passes and every byte of every layer is the interpreter's, with
 * the portable kernels, streamed and layer by layer.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ModelSpec, node, onnxModel, ramp } from '../support/onnx-writer.ts';
import { compileInto, jsonOf, newFolder, ROOT, snug } from '../support/snug.ts';
import { largeBiases } from '../support/tflite-networks.ts';
import { tfliteModel } from '../support/tflite-writer.ts';
import { ARM_QEMU, needTools } from '../support/tools.ts';

/** A board of each core, whose machine QEMU has. */
const CORES = {
  M3: 'mps2-an385',
  M4: 'mps2-an386',
  M7: 'mps2-an500',
  M33: 'mps2-an505',
  M55: 'mps3-an547',
} as const;

const mobilenet = (width: number, ...rest: readonly string[]): readonly string[] => [
  ...['--model', 'mobilenet-v2', '--width', String(width), '--resolution', '96', '--samples', '2', '--golden', '1'],
  ...rest,
];

const NETWORKS: Readonly<Record<string, readonly string[]>> = {
  digits: ['--config', join(ROOT, 'examples/digits/snug.config.ts')],
  '0.35-96': mobilenet(0.35, '--input', 'streamed'),
  '1.0-96': mobilenet(1, '--schedule', 'layers', '--input', 'caller'),
  '1.0-96 streamed': mobilenet(1, '--input', 'streamed'),
};

let folder = '';
beforeAll(async () => {
  folder = await newFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('numbers of channels that no kernel likes, and a core without Thumb-2, give the same bytes', async context => {
  await needTools(context, ...ARM_QEMU);
  const model = { network: 'mobilenet-v2', width: 0.15, channelDivisor: 1, resolution: 33, classes: 5 };
  await writeFile(join(folder, 'odd.config.mjs'), `export default ${JSON.stringify({ model })};\n`);
  const how = ['--name', 'odd', '--input', 'streamed', '--samples', '2', '--golden', '1'];
  await compileInto(folder, 'odd', ['--config', 'odd.config.mjs', ...how]);
  for (const target of ['raspberry-pi-pico', CORES.M4, CORES.M55]) {
    const result = await snug(['verify', 'odd', '--target', target, '--json', '--quiet'], { cwd: folder });
    expect(jsonOf(result)).toMatchObject({ passed: true, differingBytes: 0 });
  }
});

test('a network that comes quantized, with biases beyond 2^30 and a mean of its own quantization, gives the same bytes', async context => {
  await needTools(context, ...ARM_QEMU);
  await writeFile(join(folder, 'given.tflite'), tfliteModel(largeBiases()));
  for (const schedule of ['stream', 'layers']) {
    const how = ['--schedule', schedule, '--samples', '2', '--golden', '1', '--name', `given_${schedule}`];
    await compileInto(folder, `given_${schedule}`, ['--model', 'given.tflite', ...how]);
    for (const target of [CORES.M4, CORES.M55]) {
      const args = ['verify', `given_${schedule}`, '--target', target, '--json', '--quiet'];
      expect(jsonOf(await snug(args, { cwd: folder }))).toMatchObject({ passed: true, differingBytes: 0 });
    }
  }
});

/** Windows of one row over one row, whose padding makes further rows; with 4 channels Helium has functions of its own for them. */
const ROW_WINDOWS: Readonly<Record<string, ModelSpec>> = {
  row_conv: {
    input: [1, 4, 1, 6],
    nodes: [node('Conv', ['x', 'w'], 'y', { pads: [0, 1, 1, 1], kernel_shape: [1, 3] })],
    initializers: [ramp('w', [4, 4, 1, 3])],
  },
  row_depthwise: {
    input: [1, 1, 1, 7],
    nodes: [node('Conv', ['x', 'w'], 'y', { pads: [1, 1, 2, 1], kernel_shape: [1, 3], strides: [1, 2] })],
    initializers: [ramp('w', [4, 1, 1, 3])],
  },
  row_grouped: {
    input: [1, 4, 1, 6],
    nodes: [node('Conv', ['x', 'w'], 'y', { pads: [1, 2, 0, 2], kernel_shape: [1, 3], group: 2 })],
    initializers: [ramp('w', [4, 2, 1, 3])],
  },
};

test.for(Object.keys(ROW_WINDOWS))(
  '%s gives the same bytes on every core, with CMSIS-NN too where there is one',
  async (name, context) => {
    await needTools(context, ...ARM_QEMU);
    await writeFile(join(folder, `${name}.onnx`), onnxModel(ROW_WINDOWS[name]!));
    await mkdir(join(folder, `${name}_inputs`));
    const length = ROW_WINDOWS[name]!.input!.reduce<number>((product, side) => product * Number(side), 1);
    const values = Float32Array.from({ length }, (_, i) => ((i * 5) % 7) / 3 - 1);
    await writeFile(join(folder, `${name}_inputs/0.f32`), new Uint8Array(values.buffer));
    const how = ['--images', `${name}_inputs`, '--golden', '1', '--name', name];
    await compileInto(folder, name, ['--model', `${name}.onnx`, ...how]);
    const library = process.env['CMSIS_NN_DIR'];
    for (const target of [CORES.M3, CORES.M4, CORES.M55]) {
      for (const kernels of library === undefined ? [[]] : [[], ['--cmsis-nn', library]]) {
        const result = await snug(['verify', name, '--target', target, ...kernels, '--json', '--quiet'], {
          cwd: folder,
        });
        expect(jsonOf(result), `${target} ${kernels}`).toMatchObject({ passed: true, differingBytes: 0 });
      }
    }
  },
);

describe.each(Object.keys(NETWORKS))('%s', name => {
  const out = name.replaceAll(/\W/g, '_');

  test('compiles', async context => {
    await needTools(context, ...ARM_QEMU);
    await compileInto(folder, out, NETWORKS[name]!);
  });

  test.for(Object.entries(CORES))('is the interpreter on a Cortex-%s', async ([, target], context) => {
    await needTools(context, ...ARM_QEMU);
    const args = ['verify', out, '--target', target, '--samples', '1', '--json', '--quiet'];
    const result = await snug(args, { cwd: folder });
    expect(result.stderr).toBe('');
    const { machine, goldenTests, ...report } = jsonOf(result);
    expect(report).toMatchObject({ passed: true, target, differingBytes: 0, firstDifference: null, vectors: 1 });
    expect(report['comparedBytes']).toBeGreaterThan(0);
    expect(goldenTests).toMatchObject([{ passed: true, message: expect.stringContaining('PASS') }]);
    expect(machine).toContain('Arm MPS');
  });
});
