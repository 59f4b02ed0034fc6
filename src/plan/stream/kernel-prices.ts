/**
 * What kernels cost on cores of each kind, as instructions: measured by `node bench/costs.mjs --update`, which rewrites the
 * table below and bench/costs.json, and says there how far estimates are from counts. Cortex-M3, M4 and M55 in QEMU,
 * arm-none-eabi-gcc 12.2 at -O3, CMSIS-NN of July 2026.
 */
import type { Core } from '../../ir/kernel-call.ts';

/** What decides the instructions of a step: the terms that prices are multiplied with. */
export interface Amounts {
  /** Multiply-accumulates; where there are none, elements that are read. */
  readonly mac: number;
  readonly output: number;
  /** Places of the output map; of the input's where it is reduced to one. */
  readonly pixel: number;
  readonly call: number;
  /** Output channels, once a call. */
  readonly channel: number;
  /** Channels that a core's vectors leave over, once a pixel. */
  readonly rest: number;
}

/** Instructions for each unit of what a call does; what is absent costs nothing. */
export type KernelPrice = Readonly<Partial<Record<keyof Amounts, number>>>;

/** By C function; ` gathered` behind its name where windows are put side by side first. */
export type KernelPrices = Readonly<Record<string, KernelPrice>>;

/** Channels that a core's own depthwise kernel computes together. */
export const TOGETHER: Readonly<Record<Core, number>> = { c: 1, dsp: 4, mve: 16 };

/** By core and by which library is linked. */
export const KERNEL_PRICES: Readonly<Record<Core, Readonly<Record<'portable' | 'cmsis-nn', KernelPrices>>>> = {
  c: {
    portable: {
      accumulate_s8: { mac: 3.77, call: 35700 },
      arm_avgpool_s8: { mac: 7.58 },
      arm_convolve_wrapper_s8: { mac: 7.38, pixel: 77.7, call: 1790 },
      arm_depthwise_conv_wrapper_s8: { mac: 14.6, pixel: 740, call: 4300 },
      arm_elementwise_add_s8: { mac: 77, pixel: 0.593, call: 88.5, channel: 1.2 },
      depthwise_ring_s8: { mac: 8.63, pixel: 365, call: 84 },
      pointwise_s8: { mac: 4.25, output: 18.6, channel: 118 },
      'pointwise_s8 gathered': { mac: 4.16, pixel: 342, call: 22.8, channel: 191 },
    },
    'cmsis-nn': {
      accumulate_s8: { mac: 3.77, call: 35700 },
      arm_avgpool_s8: { mac: 19.2 },
      arm_convolve_wrapper_s8: { mac: 4.01, pixel: 620, call: 1940 },
      arm_depthwise_conv_wrapper_s8: { mac: 9.24, pixel: 141, call: 1110 },
      arm_elementwise_add_s8: { mac: 84, pixel: 0.524, call: 78.6, channel: 1.05 },
      depthwise_ring_s8: { mac: 8.63, pixel: 365, call: 84 },
      pointwise_s8: { mac: 3.57, output: 23.7, channel: 80.5 },
      'pointwise_s8 gathered': { mac: 3.93, pixel: 352, call: 80.6, channel: 125 },
    },
  },
  dsp: {
    portable: {
      accumulate_s8: { mac: 4, call: 32700 },
      arm_avgpool_s8: { mac: 7.59 },
      arm_convolve_wrapper_s8: { mac: 7.39, pixel: 73.7, call: 1790 },
      arm_depthwise_conv_wrapper_s8: { mac: 13.6, pixel: 819, call: 5150 },
      arm_elementwise_add_s8: { mac: 77, pixel: 0.637, call: 88.1, channel: 1.35 },
      depthwise_ring_s8: { mac: 4.76, pixel: 312, call: 96.6, channel: 1.77 },
      pointwise_s8: { mac: 1.29, output: 10.4, pixel: 2.84, call: 91.8, channel: 20.9 },
      'pointwise_s8 gathered': { mac: 1.79, pixel: 371, call: 123, channel: 30 },
    },
    'cmsis-nn': {
      accumulate_s8: { mac: 4, call: 32700 },
      arm_avgpool_s8: { mac: 7.47 },
      arm_convolve_wrapper_s8: { mac: 3.47, pixel: 584, call: 1950 },
      arm_depthwise_conv_wrapper_s8: { mac: 8.21, pixel: 144, call: 821 },
      arm_elementwise_add_s8: { mac: 81, pixel: 3.66, call: 96.9, channel: 1.43 },
      depthwise_ring_s8: { mac: 4.76, pixel: 312, call: 96.6, channel: 1.77 },
      pointwise_s8: { mac: 1.29, output: 10.4, pixel: 2.85, call: 91.8, channel: 20.9 },
      'pointwise_s8 gathered': { mac: 1.79, pixel: 371, call: 123, channel: 30 },
    },
  },
  mve: {
    portable: {
      accumulate_s8: { mac: 2.35, call: 46500 },
      arm_avgpool_s8: { mac: 7.09 },
      arm_convolve_wrapper_s8: { mac: 8.04, pixel: 17.8, call: 1810, rest: 4.39 },
      arm_depthwise_conv_wrapper_s8: { mac: 13.4, pixel: 906, call: 5810 },
      arm_elementwise_add_s8: { mac: 87, pixel: 0.587, call: 87.4, channel: 1.17 },
      depthwise_ring_s8: { mac: 1.22, pixel: 168, call: 126, channel: 3.35, rest: 87.1 },
      pointwise_s8: { mac: 3.9, output: 25.4, channel: 101 },
      'pointwise_s8 gathered': { mac: 4.85, pixel: 111, call: 46.8, channel: 145, rest: 14.4 },
    },
    'cmsis-nn': {
      accumulate_s8: { mac: 2.35, call: 46500 },
      arm_avgpool_s8: { mac: 2.34 },
      arm_convolve_wrapper_s8: { mac: 1.24, pixel: 48.3, call: 1940, rest: 14.6 },
      arm_depthwise_conv_wrapper_s8: { mac: 1.94, pixel: 214, channel: 16.3, rest: 2.68 },
      arm_elementwise_add_s8: { mac: 13.7, pixel: 0.563, call: 85.8, channel: 1.13 },
      depthwise_ring_s8: { mac: 1.22, pixel: 168, call: 126, channel: 3.35, rest: 87.1 },
      pointwise_s8: { mac: 0.226, output: 14.4, pixel: 3.41, call: 61.4, channel: 6.27 },
      'pointwise_s8 gathered': { mac: 1.45, pixel: 67.8, call: 94.6, channel: 14.6, rest: 18.5 },
    },
  },
};
