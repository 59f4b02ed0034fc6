/** Models and weights that `snug compile` refuses: the code, the place and the way out, and nothing left behind. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { node, onnxModel, ramp } from '../support/onnx-writer.ts';
import { writePictures } from '../support/pictures.ts';
import { refusals } from '../support/refused.ts';
import { newFolder, snug, TINY } from '../support/snug.ts';
import { type StateDict, stateDictFile, stateDictOf } from '../support/state-dict.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
  await writePictures(join(cwd, 'pictures'), ['a.png', 'b.png']);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const refused = refusals(() => cwd);
const put = (name: string, data: string | Uint8Array): Promise<void> => writeFile(join(cwd, name), data);
const compileFile = (file: string): readonly string[] => ['compile', '--model', file, '--out', 'out'];

describe('a model file', () => {
  const MODEL = onnxModel({
    input: [1, 3, 8, 8],
    nodes: [node('Conv', ['x', 'w'], 'c'), node('Relu', ['c'], 'y')],
    initializers: [ramp('w', [4, 3, 3, 3])],
  });

  test('that is not there', async () => {
    const [first] = await refused(compileFile('absent.onnx'), { code: 'SNUG102', says: ['model file', 'absent.onnx'] });
    expect(first!.origin.file).toBe(join(cwd, 'absent.onnx'));
  });

  test('that is a folder', async () => {
    await mkdir(join(cwd, 'folder.onnx'));
    await refused(compileFile('folder.onnx'), { code: 'SNUG103', says: ['folder.onnx', 'it is a folder'] });
  });

  test('that is cut off', async () => {
    await put('cut.onnx', MODEL.subarray(0, MODEL.length - 20));
    await refused(compileFile('cut.onnx'), { code: 'SNUG202', says: ['cut.onnx', 'not a complete ONNX file'] });
  });

  test('that is a picture', async () => {
    // The beginning of every JPEG with an EXIF or JFIF header.
    await put('photo.jpg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1));
    await refused(compileFile('photo.jpg'), { code: 'SNUG201', says: ['photo.jpg', 'ONNX (.onnx)'] });
  });

  test('that holds an operator which is not supported', async () => {
    const nodes = [node('Conv', ['x', 'w'], 'c'), node('Einsum', ['c'], 'y')];
    await put('einsum.onnx', onnxModel({ input: [1, 3, 8, 8], nodes, initializers: [ramp('w', [4, 3, 3, 3])] }));
    const says = ['operator Einsum is not supported', 'y_node', 'supported are', 'Conv'];
    const [first] = await refused(compileFile('einsum.onnx'), { code: 'SNUG203', says });
    expect(first!.origin).toEqual({ file: join(cwd, 'einsum.onnx'), layer: 'y_node' });
  });

  test('that brings its own network, with flags that would build another', async () => {
    await put('net.onnx', MODEL);
    const args = [...compileFile('net.onnx'), '--width', '0.5', '--classes', '3'];
    await refused(args, { code: 'SNUG101', says: ['--width, --classes cannot change net.onnx'] });
  });

  test('that is trained, without pictures', async () => {
    await put('trained.onnx', MODEL);
    await refused(compileFile('trained.onnx'), {
      code: 'SNUG125',
      says: ['calibration of a trained network', '--images'],
    });
  });

  test('that is not named at all', async () => {
    await refused(['compile', '--out', 'out'], {
      code: 'SNUG101',
      says: ['no model was given', '--model mobilenet-v2'],
    });
  });

  test('that is MobileNetV2 at an impossible size', async () => {
    const args = ['compile', '--model', 'mobilenet-v2', '--resolution', '31', '--out', 'out'];
    await refused(args, { code: 'SNUG303', says: ['resolution is 31×31', 'at least 32'] });
  });
});

describe('a weight file', () => {
  const OPTIONS = { width: 0.1, resolution: 32, classes: 5 } as const;
  const args = [...['compile', ...TINY, '--weights', 'w.safetensors', '--images', 'pictures', '--out', 'out']];
  const write = async (change: (weights: StateDict) => void): Promise<void> => {
    const weights = stateDictOf(OPTIONS);
    change(weights);
    await put('w.safetensors', stateDictFile(weights));
  };

  test('that fits is taken', async () => {
    await write(() => undefined);
    const inspected = await snug(['inspect', ...TINY.slice(0, 8), '--weights', 'w.safetensors'], { cwd });
    expect(inspected.exitCode).toBe(0);
  });

  test('that is not there', async () => {
    const absent = args.map(arg => (arg === 'w.safetensors' ? 'absent.safetensors' : arg));
    await refused(absent, { code: 'SNUG102', says: ['weight file', 'absent.safetensors'] });
  });

  test('without pictures to calibrate with', async () => {
    await write(() => undefined);
    const bare = ['compile', ...TINY, '--weights', 'w.safetensors', '--out', 'out'];
    await refused(bare, { code: 'SNUG125', says: ['--images'] });
  });

  test('with a value that is no number', async () => {
    await write(weights => {
      weights.get('features.2.conv.0.0.weight')!.data[17] = Number.NaN;
    });
    const says = ['features.2.conv.0.0.weight holds NaN at element 17', 'w.safetensors'];
    const [first] = await refused(args, { code: 'SNUG214', says });
    expect(first!.origin.tensor).toBe('features.2.conv.0.0.weight');
  });

  test('with missing, surplus and misshapen tensors, all told in one run', async () => {
    await write(weights => {
      weights.delete('features.3.conv.1.1.running_mean');
      weights.set('teacher.weight', { shape: [2], data: new Float32Array(2) });
      weights.set('classifier.1.weight', { shape: [6, 1280], data: new Float32Array(6 * 1280) });
    });
    const errors = await refused(args, { code: 'SNUG212', says: ['is 6×1280, and the network needs 5×1280'] });
    expect(errors.map(({ code, origin }) => [code, origin.tensor]).sort()).toEqual([
      ['SNUG210', 'features.3.conv.1.1.running_mean'],
      ['SNUG211', 'teacher.weight'],
      ['SNUG212', 'classifier.1.weight'],
    ]);
    for (const { origin } of errors) expect(origin.file).toBe(join(cwd, 'w.safetensors'));
  });

  test('with a dead channel', async () => {
    await write(weights => {
      weights.get('features.4.conv.1.1.running_var')!.data[9] = 0;
    });
    const [first] = await refused(args, { code: 'SNUG215', says: ['channel 9 is dead', 'layer block_4_depthwise_bn'] });
    expect(first!.origin.layer).toBe('block_4_depthwise_bn');
  });

  test('that is cut off', async () => {
    const whole = stateDictFile(stateDictOf(OPTIONS));
    await put('w.safetensors', whole.subarray(0, whole.length - 100));
    await refused(args, { code: 'SNUG202', says: ['w.safetensors', 'not a complete safetensors file'] });
  });

  test('that is given as a model', async () => {
    await write(() => undefined);
    const says = ['--model mobilenet-v2 --weights'];
    await refused(compileFile('w.safetensors'), { code: 'SNUG201', says });
  });
});
