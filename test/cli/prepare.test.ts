/** Networks that scale their own input are given pixels that are scaled once, by every tool's way of writing it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Graph, Tensor } from '../../src/graph/graph.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { largest } from '../../src/numerics/statistics.ts';
import { preprocessOf, toReal } from '../../src/pictures/preprocess.ts';
import { inputCoding, int8Of, loadSample, realOf, type Sample } from '../../src/pictures/samples.ts';
import {
  COLOURED_DIGITS,
  DIGIT_CALIBRATION,
  expectedDigits,
  int8OfHex,
  isColoured,
  picturesOf,
  preparedWith,
  scaledNetwork,
} from '../support/scaled-inputs.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snug-scaled-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function prepared(file: string, flags: Parameters<typeof preparedWith>[0] = {}) {
  const { name, bytes } = scaledNetwork(file);
  writeFileSync(join(folder, name), bytes);
  const images = isColoured(file) ? COLOURED_DIGITS : DIGIT_CALIBRATION;
  return preparedWith({ model: join(folder, name), images, ...flags });
}

/** Output bytes may be one off: the reference kernels multiply by real scales where a dense layer has one for each channel. */
const LARGEST_DIFFERENCE = 1;
/** This one is scaled outside, and nothing in it says how. */
const OUTSIDE = 'coloured_norm_kept_torchscript.onnx';

describe.each(Object.keys(expectedDigits).filter(file => file !== OUTSIDE))('%s with pictures alone', file => {
  const { right, predicted, logits, outputs = {}, table } = expectedDigits[file]!;
  const channels = isColoured(file) ? 3 : 1;

  test('answers as the framework does', async () => {
    const { network, preprocess, notes } = await prepared(file);
    expect(notes).toContain('preprocessing, which must be that of training:');
    expect(notes.filter(note => note.startsWith('  numbers'))).toEqual([expect.stringContaining('from the model')]);
    expect(notes.filter(note => note.startsWith('warning'))).toEqual([]);

    const { graph } = network;
    const quantized = graph.stage === 'quantized';
    const { quantization } = graph.tensors[graph.input] as Tensor<'quantized'>;
    const coding = quantized ? inputCoding(preprocess, channels, quantization) : null;
    if (Array.isArray(table)) {
      expect(coding!.tables.map(of => [...of])).toEqual(table.map(hex => [...int8OfHex(hex as string)]));
    } else if (table !== undefined) {
      const all = toReal(
        Uint8Array.from({ length: 256 * channels }, (_, i) => Math.floor(i / channels)),
        preprocess,
        channels,
      );
      for (const [pixel, values] of Object.entries(table)) {
        for (const [c, value] of [values].flat().entries())
          expect(all[Number(pixel) * channels + c]).toBeCloseTo(value, 4);
      }
    }

    const run = (sample: Sample): ArrayLike<number> =>
      quantized
        ? runInt8(graph as Graph<'quantized'>, int8Of(sample, coding!))
        : runFloat(graph as Graph<'float'>, realOf(sample, preprocess, channels));
    const pictures = await picturesOf(file);
    const size = { height: 32, width: 32, channels };
    const classes: number[] = [];
    for (const [i, { path }] of pictures.entries()) {
      const output = run(await loadSample(path, size, preprocess));
      classes.push(largest(output, 1)[0]!);
      for (const [c, byte] of int8OfHex(outputs[i] ?? '').entries()) {
        // Of a uint8 output every value is 128 lower here.
        const actual = file.includes('uint8') ? ((output[c]! + 128) << 24) >> 24 : output[c]!;
        expect(Math.abs(actual - byte)).toBeLessThanOrEqual(LARGEST_DIFFERENCE);
      }
      for (const [c, logit] of (quantized ? [] : (logits[i] ?? [])).entries()) expect(output[c]!).toBeCloseTo(logit, 3);
    }
    expect(classes.join('')).toBe(predicted);
    expect(classes.filter((found, i) => found === pictures[i]!.label)).toHaveLength(right);
  });
});

// ONNX Runtime rounds ties in its own way, so that its bytes are not those of microcontrollers.
test.each([
  ['pixels_centered_dynamo_qdq.onnx', 488],
  ['pixels_normalized_torchscript_qop.onnx', 482],
])('%s, quantized behind its scaling, is right as often as in ONNX Runtime', async (file, right) => {
  const { network, preprocess, notes } = await prepared(file);
  expect(notes.filter(note => note.startsWith('warning'))).toEqual([]);
  const graph = network.graph as Graph<'quantized'>;
  expect(graph.stage).toBe('quantized');
  const coding = inputCoding(preprocess, 1, (graph.tensors[graph.input] as Tensor<'quantized'>).quantization);
  let hits = 0;
  for (const { path, label } of await picturesOf(file)) {
    const sample = await loadSample(path, { height: 32, width: 32, channels: 1 }, preprocess);
    if (largest(runInt8(graph, int8Of(sample, coding)), 1)[0] === label) hits += 1;
  }
  expect(Math.abs(hits - right)).toBeLessThanOrEqual(1);
});

describe('pictures that do not reach a network as in training', () => {
  const kept = 'norm_kept_torchscript.onnx';
  const imagenet = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };
  const warnings = async (file: string, flags: Parameters<typeof preparedWith>[0]): Promise<readonly string[]> =>
    (await prepared(file, flags)).notes.filter(note => note.startsWith('warning'));

  test.each([
    ['the right way', kept, {}, null],
    ['the right way, said', OUTSIDE, imagenet, null],
    ['a wrong mean', kept, { mean: [100], std: [1] }, '--mean 0 --std 1'],
    ['twice scaled pixels', kept, { mean: [0], std: [255] }, '--mean 0 --std 1'],
    ['twice scaled pixels, Keras', 'rescaling_centered.keras.gz', { mean: [127.5], std: [127.5] }, '--mean 0 --std 1'],
    ['a wrong crop', kept, { cropFraction: 0.6 }, '--resize crop'],
    ['a crop of the centre', 'rescaling_divided.keras.gz', { resize: 'squash', cropFraction: 0.7 }, '--resize squash'],
    ['channels exchanged', OUTSIDE, { ...imagenet, channelOrder: 'bgr' }, '--channel-order rgb'],
    ['the default in place of ImageNet', OUTSIDE, {}, '--mean 123.675,116.28,103.53 --std 58.395,57.12,57.375'],
    [
      'no statistics, pixels scaled twice',
      'rescaling_divided_float.tflite',
      { mean: [0], std: [255] },
      '--mean 0 --std 1',
    ],
    ['integers scaled twice', 'rescaling_divided_int8.tflite', { mean: [0], std: [255] }, '--range'],
  ] as const)('%s', async (_, file, flags, fix) => {
    const found = await warnings(file, flags as Parameters<typeof preparedWith>[0]);
    if (fix === null) return expect(found).toEqual([]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(fix);
  });

  test('arrays that are not what the network takes', async () => {
    const file = 'norm_kept_torchscript.onnx';
    const images = join(folder, 'arrays');
    mkdirSync(images, { recursive: true });
    const written = async (name: string, scale: number): Promise<readonly string[]> => {
      const [picture] = await picturesOf(file);
      const pixels = await loadSample(
        picture!.path,
        { height: 32, width: 32, channels: 1 },
        preprocessOf({ mean: 0, std: scale }),
      );
      writeFileSync(join(images, name), Buffer.from(realOf(pixels, preprocessOf({ mean: 0, std: scale }), 1).buffer));
      const { notes, network } = await prepared(file, { images });
      // Arrays hold what the file takes, so that the layers stay.
      expect(network.scaling).toBeNull();
      return notes.filter(note => note.startsWith('warning'));
    };
    const [warning] = await written('a.f32', 255);
    expect(warning).toContain('write the arrays with the scaling of training');
    expect(warning).not.toContain('--mean');
  });

  test('--strict refuses them', async () => {
    await expect(prepared(kept, { mean: [0], std: [255], strict: true })).rejects.toMatchObject({
      diagnostics: [{ code: 'SNUG405', severity: 'answer' }],
    });
  });
});
