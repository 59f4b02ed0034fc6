import { defineConfig } from 'snug';

/** A MobileNetV2 of 409 thousand parameters that reads handwritten digits; `train/` says how it was trained. */
export default defineConfig({
  name: 'digits',
  model: {
    network: 'mobilenet-v2',
    weights: 'digits.safetensors',
    width: 0.35,
    resolution: 32,
    classes: 10,
    channels: 1,
    padding: 'symmetric', // trained in PyTorch
    // The paper's table 2 with the strides of rows 3 and 6 set to 1: a picture of 32 × 32 ends as a map of 4 × 4.
    blocks: [
      [1, 16, 1, 1],
      [6, 24, 2, 2],
      [6, 32, 3, 1],
      [6, 64, 4, 2],
      [6, 96, 3, 1],
      [6, 160, 3, 1],
      [6, 320, 1, 1],
    ],
  },
  preprocess: { mean: 127.5, std: 127.5, resize: 'none' },
  calibration: { images: 'calibration', samples: 100 },
  out: 'build',
});
