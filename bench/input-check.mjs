/**
 * How far ways of giving pictures to a network are from those of its training: the table of docs/preprocessing.md. Needs the
 * folder of SNUG_DATA with the ONNX model zoo's MobileNetV2 and photographs, and `npm run build`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadWeights } from '../dist/frontends/weights/index.js';
import { distanceOf, probeOf } from '../dist/input-check/probe.js';
import { mobilenetV2 } from '../dist/models/mobilenet-v2.js';
import { listPictures } from '../dist/pictures/folder.js';
import { preprocessOf } from '../dist/pictures/preprocess.js';
import { loadSample, pickSamples, realOf } from '../dist/pictures/samples.js';

const PICTURES = 8;
const SIZE = { height: 224, width: 224, channels: 3 };
const IMAGENET = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };
const WAYS = {
  'as trained': IMAGENET,
  'the centre 0.875 of a crop': { ...IMAGENET, cropFraction: 0.875 },
  'red and blue exchanged': { ...IMAGENET, channelOrder: 'bgr' },
  'the centre 0.5 of a crop': { ...IMAGENET, cropFraction: 0.5 },
  '−1 to 1': {},
  '0 to 1': { mean: 0, std: 255 },
  '0 to 255': { mean: 0, std: 1 },
};

const data = process.env.SNUG_DATA;
if (data === undefined) {
  process.stderr.write('SNUG_DATA names no folder with weights and photographs\n');
  process.exit(2);
}
const path = join(data, 'models/mobilenetv2_1.0_bn_unfused_backbone_onnxzoo.npz');
const weights = await loadWeights({ path, bytes: readFileSync(path) });
const probe = probeOf(mobilenetV2({ resolution: 224, head: 'features' }, weights));
const pictures = pickSamples(await listPictures(join(data, 'imagenet-500')), PICTURES);

async function* inputs(preprocess) {
  for (const picture of pictures) yield realOf(await loadSample(picture, SIZE, preprocess), preprocess, SIZE.channels);
}

for (const [name, way] of Object.entries(WAYS)) {
  process.stdout.write(`${name.padEnd(30)} ${(await distanceOf(probe, inputs(preprocessOf(way)))).toFixed(2)}\n`);
}
