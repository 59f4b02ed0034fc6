/**
 * What snug 0.1 wrote into an output folder. Its manifests list no files, so that the names have to tell them from a user's.
 */

const KERNELS = [
  ...['arm_avgpool_s8.c', 'arm_convolve_1x1_s8_fast.c', 'arm_convolve_wrapper_s8.c', 'arm_depthwise_conv_wrapper_s8.c'],
  ...['arm_elementwise_add_s8.c', 'arm_fully_connected_s8.c', 'arm_nn_types.h', 'arm_nnfunctions.h'],
  ...['arm_softmax_s8.c', 'snug_requantize.h'],
];

const SHARED = [
  ...['CMakeLists.txt', 'manifest.json', 'report.json', 'quantization.json', 'quantization.html'],
  ...['test/model.safetensors', 'test/vectors.bin'],
  ...['zephyr/module.yml', 'zephyr/CMakeLists.txt', 'zephyr/Kconfig', 'library.json', 'LICENSE.txt'],
  ...KERNELS.map(file => `cmsis_nn/${file}`),
];

/** Beside a program and its map, which are called after the network. */
const FIRMWARE = ['board.c', 'board.h', 'linker.ld', 'main.c', 'newlib.c', 'stack.c', 'startup.c', 'ticks.c'];

/** @param name of the network */
function namesOf(name: string): readonly string[] {
  return [
    ...[`${name}.h`, `${name}.c`, `${name}_weights.h`, `${name}_weights.c`],
    ...[`test/${name}_test.c`, `test/${name}_golden.h`, `test/${name}_golden.c`],
    ...[`snug.${name}.pdsc`, `${name}.clayer.yml`, `${name}_cmsis_nn.clayer.yml`],
  ];
}

/** Of a folder that is an Arduino library or a component of ESP-IDF, below its root. */
const LIBRARY = ['library.properties', 'examples/Classify/Classify.ino', 'CMakeLists.txt', 'idf_component.yml'];

/** Whether a folder of these names is firmware that snug 0.1 built, which had no manifest. */
export function isFirmwareOfFirstRelease(names: readonly string[]): boolean {
  const programs = names.filter(name => /^[a-z][a-z0-9_-]*\.(?:elf|map)$/.test(name));
  const needed = ['linker.ld', 'board.h', 'stack.c'].every(name => names.includes(name)) && programs.length === 2;
  return needed && names.every(name => FIRMWARE.includes(name) || programs.includes(name));
}

/**
 * Whether snug 0.1 wrote a file of this path for a network of this name.
 * @param path below the output folder, with `/`
 */
export function isOfFirstRelease(path: string, name: string): boolean {
  if (SHARED.includes(path) || namesOf(name).includes(path)) return true;
  const parts = path.split('/');
  const file = parts.at(-1) ?? '';
  switch (parts[0]) {
    case 'boards':
      return parts.length === 3 && file === `${name}.ld`;
    case 'arduino':
    case 'esp-idf': {
      const inner = parts.slice(2).join('/');
      const sources = [...namesOf(name), ...KERNELS];
      return LIBRARY.includes(inner) || (parts.length === 4 && parts[2] === 'src' && sources.includes(file));
    }
    default:
      return false;
  }
}
