/** The file that `snug init` writes: every field, those that are rarely needed commented out. */

const TEXT = `import { defineConfig } from 'snug';

// Paths are relative to this file. Flags of the command line win over what is said here.
export default defineConfig({
  // Prefix of every symbol in the emitted C.
  name: 'mbv2',

  // MobileNetV2, built by snug. For a model file, write its path instead: model: 'model.onnx'
  model: {
    network: 'mobilenet-v2',
    width: 0.35, // channels, as a part of the paper's
    resolution: 96, // or [height, width]
    classes: 10,
    channels: 3, // 1 for grey pictures
    // weights: 'weights.safetensors', // without weights they are drawn from a seed, for planning only
    // padding: 'symmetric', // for networks trained in PyTorch; 'same' for TensorFlow
    // epsilon: 1e-3, // BatchNorm's, for networks trained in TensorFlow
  },
  // resolution: 96, // re-shapes a model file

  // real = (pixel - mean) / std, pixel from 0 to 255, exactly as in training.
  preprocess: {
    mean: 127.5, // or one for each channel: [123.675, 116.28, 103.53]
    std: 127.5, // or one for each channel: [58.395, 57.12, 57.375]
    resize: 'crop', // the centre; 'squash' stretches, 'pad' adds black, 'none' refuses pictures of another size
    // cropFraction: 0.875, // crop 224 from 256, as for ImageNet
    // channelOrder: 'bgr',
  },

  // A few hundred typical pictures, from which the int8 ranges are read.
  // calibration: { images: 'pictures', samples: 200, method: 'percentile', coverage: 0.9999 },

  // quantize: { preset: 'best', minSqnr: 15 }, // more work for accuracy; refuse a network with a noisier layer

  // labels: { offset: 1 }, // where the network's class 0 is the background
  // kernels: 'cmsis-nn', // or 'portable'; 'auto' emits portable kernels that CMSIS-NN may take the place of
  // schedule: 'layers', // every layer whole; 'auto' streams for least RAM, or for least work within ram
  // input: 'streamed', // rows are pushed as a camera delivers them, and no frame is stored
  // target: 'my-board', // arena and weights are placed in the regions of targets/my-board/target.json
  // ram: '64K', // a network that needs more is refused; so it is for flash: '512K'
  // softmax: true, // append a softmax
  // golden: 4, // vectors compiled into the C test; 0 for no test
  // integrations: ['zephyr'], // files for a build system; or cmsis-pack, platformio, arduino, esp-idf

  out: 'build/snug',
});
`;

/** Text of a commented `snug.config.ts`, which loads as it is. */
export function defaultConfigText(): string {
  return TEXT;
}
