/** The float interpreter against logits that other runtimes computed from the same weights and pictures. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { loadWeights } from '../../src/frontends/weights/index.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { addNoise, argmax, decibels, noiseOf } from '../../src/numerics/statistics.ts';
import { foldGraph } from '../../src/passes/index.ts';
import type { InputSize } from '../../src/pictures/decode.ts';
import { DEFAULT_PREPROCESS } from '../../src/pictures/preprocess.ts';
import { loadSample, realOf } from '../../src/pictures/samples.ts';
import { dataFile } from '../support/data-folder.ts';
import { loadFloat } from '../support/onnx-run.ts';

async function inputOf(path: string, size: InputSize): Promise<Float32Array> {
  return realOf(await loadSample(path, size, DEFAULT_PREPROCESS), DEFAULT_PREPROCESS, size.channels);
}

const DIGITS = fileURLToPath(new URL('../../examples/digits/', import.meta.url));

test('digits: the logits of PyTorch, from the same weights', async () => {
  const { model } = await loadConfig(join(DIGITS, 'snug.config.ts'));
  if (typeof model === 'string' || model.weights === undefined) throw new Error('the example describes its network');
  const { weights, network: _network, ...options } = model;
  const parameters = await loadWeights({ path: weights, bytes: readFileSync(weights) });
  const graph = foldGraph(mobilenetV2(options, parameters), { softmax: false });
  const { logits } = JSON.parse(readFileSync(join(DIGITS, 'train/expected.json'), 'utf8')) as {
    logits: readonly { readonly path: string; readonly logits: readonly number[] }[];
  };
  expect(logits.length).toBeGreaterThan(0);
  for (const { path, logits: expected } of logits) {
    const actual = runFloat(graph, await inputOf(join(DIGITS, path), { height: 32, width: 32, channels: 1 }));
    expect(decibels(noiseOf(expected, actual))).toBeGreaterThan(60);
  }
});

const MODEL = dataFile('models/mobilenet_v2_1.0_224_float.onnx', "the comparison with ONNX Runtime's logits");
const LOGITS = dataFile('goldens/float_logits_500x1001.f32', "the comparison with ONNX Runtime's logits");
const PICTURES = dataFile('imagenet-500', "the comparison with ONNX Runtime's logits");

test.runIf(MODEL && LOGITS && PICTURES)(
  "MobileNetV2 1.0-224: ONNX Runtime's logits over every 50th picture",
  async () => {
    const graph = foldGraph(loadFloat(readFileSync(MODEL!), { file: MODEL! }), { softmax: false });
    const golden = new Float32Array(new Uint8Array(readFileSync(LOGITS!)).buffer);
    const files = readdirSync(PICTURES!).sort();
    let noise = { signal: 0, noise: 0 };
    for (let i = 0; i < files.length; i += 50) {
      const actual = runFloat(
        graph,
        await inputOf(join(PICTURES!, files[i]!), { height: 224, width: 224, channels: 3 }),
      );
      const expected = golden.subarray(i * 1001, (i + 1) * 1001);
      expect(argmax(actual)).toBe(argmax(expected));
      noise = addNoise(noise, noiseOf(expected, actual));
    }
    expect(decibels(noise)).toBeGreaterThan(60);
  },
);
