import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runInt8 } from '../../../src/interpreter/run-int8.ts';
import { decodePicture } from '../../../src/pictures/decode.ts';
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

// Three of the 25 rows, for the time that they take.
test.skipIf(MODEL === null).each([
  [0, '0000_n01440764_tench.jpg'],
  [12, '0480_n02977058_cash_machine.jpg'],
  [24, '0960_n07836838_chocolate_sauce.jpg'],
])('row %i gives the bytes of TensorFlow Lite’s reference kernels', async (row, picture) => {
  const pixels = await decodePicture(
    join(folder, 'imagenet-500', picture),
    { height: 224, width: 224, channels: 3 },
    { mean: [127.5], std: [127.5], resize: 'none', cropFraction: 1, channelOrder: 'rgb' },
  );
  const output = runInt8(
    graph(),
    Int8Array.from(pixels, pixel => pixel - 128),
  );
  const expected = read('goldens/ptq_tflite_reference_25x1001.u8').subarray(row * 1001, (row + 1) * 1001);
  expect([...output].map(value => value + 128)).toEqual([...expected]);
});
