import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { tensorOf } from '../../../src/graph/graph.ts';
import { runInt8 } from '../../../src/interpreter/run-int8.ts';
import { decodePicture } from '../../../src/pictures/decode.ts';
import { DEFAULT_PREPROCESS, pixelTable, toInt8 } from '../../../src/pictures/preprocess.ts';
import { dataFile } from '../../support/data-folder.ts';
import { compareOperators, quantizedGraph } from '../../support/tflite-fixture.ts';

const MODEL = dataFile('models/tf2_mobilenet_v2_1.0_224_ptq.tflite', 'TensorFlow’s int8 MobileNetV2');
const folder = MODEL === null ? '' : dirname(dirname(MODEL));
const read = (name: string): Buffer => readFileSync(join(folder, name));
const graph = () => quantizedGraph(new Uint8Array(read('models/tf2_mobilenet_v2_1.0_224_ptq.tflite')), 'ptq.tflite');

test.skipIf(MODEL === null)('every operator of MobileNetV2 gives the bytes of TensorFlow Lite Micro', () => {
  const input = Int8Array.from(read('goldens/ptq_tflm_input_1x224x224x3.u8'), pixel => pixel - 128);
  const listing = read('goldens/ptq_tflm_operators.txt').toString();
  const { expected, actual, output } = compareOperators(graph(), input, listing);
  expect(actual).toHaveLength(68);
  expect(actual).toEqual(expected);
  expect([...output].map(value => value + 128)).toEqual([...read('goldens/ptq_tflm_output_1x1001.u8')]);
});

test.skipIf(MODEL === null)('pixels become pixel − 128, all 256 of them in every channel', () => {
  const tables = pixelTable(DEFAULT_PREPROCESS, 3, tensorOf(graph(), graph().input).quantization);
  const expected = Array.from({ length: 256 }, (_, pixel) => pixel - 128);
  expect(tables.map(table => [...table])).toEqual([expected, expected, expected]);
});

// Three of the 25 rows, for the time that they take.
test.skipIf(MODEL === null).each([
  [0, '0000_n01440764_tench.jpg'],
  [12, '0480_n02977058_cash_machine.jpg'],
  [24, '0960_n07836838_chocolate_sauce.jpg'],
])('row %i gives the bytes of TensorFlow Lite’s reference kernels', async (row, picture) => {
  const pixels = await decodePicture(
    join(folder, 'imagenet-500', picture),
    { height: 224, width: 224, channels: 3 },
    { ...DEFAULT_PREPROCESS, resize: 'none' },
  );
  // As `quantize_rgb888` of the emitted C makes them, from the scale in float32 that the file states.
  const tables = pixelTable(DEFAULT_PREPROCESS, 3, tensorOf(graph(), graph().input).quantization);
  const output = runInt8(graph(), toInt8(pixels, tables));
  const expected = read('goldens/ptq_tflite_reference_25x1001.u8').subarray(row * 1001, (row + 1) * 1001);
  expect([...output].map(value => value + 128)).toEqual([...expected]);
});
