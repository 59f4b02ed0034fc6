/** The doubts about preprocessing, on the checkpoint of the shared data; `test/cli/prepare.test.ts` has those on the digits. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadWeights } from '../../src/frontends/weights/index.ts';
import { checkInput, type InputFinding } from '../../src/input-check/check.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { listPictures } from '../../src/pictures/folder.ts';
import { type PreprocessOptions, preprocessOf } from '../../src/pictures/preprocess.ts';
import { dataFile } from '../support/data-folder.ts';

const WEIGHTS = dataFile('models/mobilenetv2_1.0_bn_unfused_backbone_onnxzoo.npz', 'doubts about preprocessing');
const PICTURES = dataFile('imagenet-500', 'doubts about preprocessing');
const IMAGENET = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };

describe.skipIf(WEIGHTS === null || PICTURES === null)('MobileNetV2 of the ONNX model zoo over photographs', () => {
  const findings = async (options: PreprocessOptions): Promise<readonly InputFinding[]> => {
    const weights = await loadWeights({ path: WEIGHTS!, bytes: readFileSync(WEIGHTS!) });
    return checkInput({
      graph: mobilenetV2({ resolution: 224, head: 'features' }, weights),
      preprocess: preprocessOf(options),
      size: { height: 224, width: 224, channels: 3 },
      paths: (await listPictures(PICTURES!)).map(path => join(path)),
    });
  };

  test('as trained, and by another crop that is usual', async () => {
    expect(await findings(IMAGENET)).toEqual([]);
    expect(await findings({ ...IMAGENET, cropFraction: 0.875 })).toEqual([]);
  });

  test.each<[string, PreprocessOptions, string]>([
    ['a wrong mean', {}, '--mean 123.675,116.28,103.53 --std 58.395,57.12,57.375'],
    ['twice scaled pixels', { mean: 123, std: 58 * 58 }, '--mean 123.675,116.28,103.53'],
    ['channels exchanged', { ...IMAGENET, channelOrder: 'bgr' }, '--channel-order rgb'],
    ['a wrong crop', { ...IMAGENET, cropFraction: 0.4 }, '--resize crop'],
  ])('%s', async (_, options, fix) => {
    const [finding, ...others] = await findings(options);
    expect(others).toEqual([]);
    expect(finding?.fix).toContain(fix);
    expect(finding?.problem).toMatch(/\(distance \d\.\d\d; .* would be at \d\.\d\d$/);
  });
});
