/**
 * Parts of CMSIS-NN, as Zephyr's modules/cmsis-nn/Kconfig divides it, that the functions of emitted programs reach, through
 * the library's own calls as well. Read from link maps of 4.1.0, 6.0.0, 7.0.0 and July 2026, one for each function and core;
 * test/toolchain/zephyr-parts.test.ts links them again.
 */
import type { Core } from '../../src/ir/kernel-call.ts';

type Reached = Readonly<Record<Core, readonly string[]>>;

const onAll = (...parts: readonly string[]): Reached => ({ c: parts, dsp: parts, mve: parts });

/** By function of the portable kernels' header, which has all that programs may call, and no others. */
export const PARTS_REACHED: Readonly<Record<string, Reached>> = {
  arm_avgpool_s8: onAll('POOLING'),
  arm_convolve_1x1_s8_fast: onAll('CONVOLUTION', 'NNSUPPORT'),
  arm_convolve_wrapper_s8: onAll('CONVOLUTION', 'NNSUPPORT'),
  arm_depthwise_conv_wrapper_s8: {
    c: ['CONVOLUTION'],
    dsp: ['CONVOLUTION', 'NNSUPPORT'],
    // Since 7.0.0 a layer of one input channel has its weights transposed.
    mve: ['CONVOLUTION', 'NNSUPPORT', 'TRANSPOSE'],
  },
  arm_elementwise_add_s8: onAll('BASICMATH'),
  arm_fully_connected_s8: onAll('FULLYCONNECTED', 'NNSUPPORT'),
  arm_softmax_s8: onAll('SOFTMAX'),
};

/**
 * What Zephyr's modules/cmsis-nn/CMakeLists.txt compiles of each part: folder of `Source/` and names of files. Kernels for
 * floats, which the library has since 2026, need macros that Zephyr does not set, and are left out.
 */
export const SOURCES_OF_PARTS: Readonly<Record<string, readonly [folder: string, files: RegExp]>> = {
  BASICMATH: ['BasicMathFunctions', /_(?!.*f(?:16|32))/],
  CONVOLUTION: ['ConvolutionFunctions', /_s(?:4|8|16)/],
  FULLYCONNECTED: ['FullyConnectedFunctions', /_s(?:4|8|16.*)$/],
  NNSUPPORT: [
    'NNSupportFunctions',
    /_s(?:4|8|16)|^arm_(?:nntables|q7_to_q15_with_offset|s8_to_s16_unordered_with_offset)$/,
  ],
  POOLING: ['PoolingFunctions', /_s(?:8|16)$/],
  SOFTMAX: ['SoftmaxFunctions', /_s8$|^arm_(?:softmax_s8_s16|softmax_s16|nn_softmax_common_s8)$/],
  TRANSPOSE: ['TransposeFunctions', /_s8$/],
};
