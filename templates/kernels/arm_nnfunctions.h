/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portable kernels shipped with snug: prototypes.
 * Each function has the name, the prototype and the results, byte for byte, of the CMSIS-NN function of that name:
 * to use CMSIS-NN, put its Include folder in the place of this one and link the library. Nothing else changes.
 * This file is part of snug's output and belongs to its user.
 *
 * Shared by all functions:
 *   - Tensors are int8, n, h, w, c with c varying fastest. real = scale * (q - zero point).
 *   - Padding is the number of rows above and columns left of the input; what lies below and to the right follows from
 *     the output's size. Padded positions count as the zero point: windows are clipped to the input and nothing
 *     outside of it is read.
 *   - rq(acc) = acc * multiplier * 2^(shift - 31), rounded twice:
 *       d = floor((acc * 2^max(shift, 0) * multiplier + 2^30) / 2^31)
 *       rq = d / 2^max(-shift, 0) to the nearest, ties away from zero.
 *   - The caller guarantees sum|w| * 255 + |bias| < 2^31 for each output channel, offsets and activation limits in
 *     int8's range (minus it for input offsets), and multipliers in [2^30, 2^31).
 *   - bias may be NULL. ctx is never read: these kernels need no scratch memory (CMSIS-NN's do).
 *
 * Where CMSIS-NN (read in v4.1.0, v7.0.0 and 2026) is narrower than these kernels, so that calls suit both:
 *   - give a bias: its grouped convolution, and its depthwise one with MVE and more than 124 channels, misread NULL;
 *   - groups need v7.0.0 or later;
 *   - a 1 by 1 kernel without padding takes no output rows or columns beyond the input;
 *   - a 3 by 3 depthwise kernel with padding up to 1 takes at most one column of padding on the right;
 *   - an input of height 1 under a kernel of height 1 and width above 1 is unreliable with MVE: describe it as an input
 *     of width 1, which is the same memory;
 *   - a softmax row whose exponentials sum to 512 or more (512 equal maxima) depends on the processor.
 */
#ifndef ARM_NNFUNCTIONS_H
#define ARM_NNFUNCTIONS_H

#include "arm_nn_types.h"

#if defined(CMSIS_NN_USE_SINGLE_ROUNDING)
#error "snug: CMSIS_NN_USE_SINGLE_ROUNDING gives other bytes than the model was compiled for"
#endif

/* Tells the portable kernels from the real library. */
#define SNUG_PORTABLE_KERNELS 1

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Convolution of any kernel size, stride, padding, dilation and number of groups.
 * input n, h, w, c_in; filter c_out, kh, kw, c_in / groups (filter_dims gives h, w and c; n is not read); bias c_out;
 * output n, oh, ow, c_out. groups = input_dims->c / filter_dims->c. For group g of output channel o:
 *   acc = bias[o] + sum over ky, kx, i of
 *         (input[b, y * sh - ph + ky * dh, x * sw - pw + kx * dw, g * c_in / groups + i] + input_offset)
 *         * filter[o, ky, kx, i]
 *   output[b, y, x, o] = clamp(rq(acc) + output_offset)
 * Returns ARM_CMSIS_NN_ARG_ERROR if the channels do not divide into groups. Input and output must not overlap.
 */
arm_cmsis_nn_status arm_convolve_wrapper_s8(const cmsis_nn_context *ctx,
                                            const cmsis_nn_conv_params *conv_params,
                                            const cmsis_nn_per_channel_quant_params *quant_params,
                                            const cmsis_nn_dims *input_dims,
                                            const int8_t *input_data,
                                            const cmsis_nn_dims *filter_dims,
                                            const int8_t *filter_data,
                                            const cmsis_nn_dims *bias_dims,
                                            const int32_t *bias_data,
                                            const cmsis_nn_dims *output_dims,
                                            int8_t *output_data);

/*
 * Pointwise convolution: kernel 1 by 1, stride 1, no padding, one group.
 * input n, h, w, c_in; filter c_out, 1, 1, c_in; bias c_out; output n, h, w, c_out. For each pixel p:
 *   output[p, o] = clamp(rq(bias[o] + sum over i of (input[p, i] + input_offset) * filter[o, i]) + output_offset)
 * Returns ARM_CMSIS_NN_ARG_ERROR for another stride or padding. Input and output must not overlap.
 */
arm_cmsis_nn_status arm_convolve_1x1_s8_fast(const cmsis_nn_context *ctx,
                                             const cmsis_nn_conv_params *conv_params,
                                             const cmsis_nn_per_channel_quant_params *quant_params,
                                             const cmsis_nn_dims *input_dims,
                                             const int8_t *input_data,
                                             const cmsis_nn_dims *filter_dims,
                                             const int8_t *filter_data,
                                             const cmsis_nn_dims *bias_dims,
                                             const int32_t *bias_data,
                                             const cmsis_nn_dims *output_dims,
                                             int8_t *output_data);

/*
 * Depthwise convolution of any kernel size, stride, padding, dilation and channel multiplier.
 * input n, h, w, c_in; filter 1, kh, kw, c_out; bias c_out; output n, oh, ow, c_out with c_out = c_in * ch_mult:
 *   acc = bias[o] + sum over ky, kx of
 *         (input[b, y * sh - ph + ky * dh, x * sw - pw + kx * dw, o / ch_mult] + input_offset) * filter[ky, kx, o]
 *   output[b, y, x, o] = clamp(rq(acc) + output_offset)
 * Returns ARM_CMSIS_NN_ARG_ERROR if c_out is not c_in * ch_mult. Input and output must not overlap.
 */
arm_cmsis_nn_status arm_depthwise_conv_wrapper_s8(const cmsis_nn_context *ctx,
                                                  const cmsis_nn_dw_conv_params *dw_conv_params,
                                                  const cmsis_nn_per_channel_quant_params *quant_params,
                                                  const cmsis_nn_dims *input_dims,
                                                  const int8_t *input_data,
                                                  const cmsis_nn_dims *filter_dims,
                                                  const int8_t *filter_data,
                                                  const cmsis_nn_dims *bias_dims,
                                                  const int32_t *bias_data,
                                                  const cmsis_nn_dims *output_dims,
                                                  int8_t *output_data);

/*
 * Sum of two tensors of block_size elements with scales of their own. left_shift is 20 in int8 models:
 *   s = rq1((a[i] + input_1_offset) * 2^left_shift) + rq2((b[i] + input_2_offset) * 2^left_shift)
 *   output[i] = clamp(rq_out(s) + out_offset)
 * with the rq formula above for each of the three multipliers and shifts. The output may be the first or the second
 * input (the same address), not overlap them otherwise. Always succeeds.
 */
arm_cmsis_nn_status arm_elementwise_add_s8(const int8_t *input_1_vect,
                                           const int8_t *input_2_vect,
                                           const int32_t input_1_offset,
                                           const int32_t input_1_mult,
                                           const int32_t input_1_shift,
                                           const int32_t input_2_offset,
                                           const int32_t input_2_mult,
                                           const int32_t input_2_shift,
                                           const int32_t left_shift,
                                           int8_t *output,
                                           const int32_t out_offset,
                                           const int32_t out_mult,
                                           const int32_t out_shift,
                                           const int32_t out_activation_min,
                                           const int32_t out_activation_max,
                                           const int32_t block_size);

/*
 * Average pooling; input and output share scale and zero point.
 * input n, h, w, c; filter_dims gives the window's h and w; output n, oh, ow, c:
 *   output[b, y, x, o] = clamp(sum of the window's elements inside the input / their number)
 * rounded to the nearest, ties away from zero. Returns ARM_CMSIS_NN_ARG_ERROR for a batch below 1 and for a window
 * that lies outside the input. Input and output must not overlap.
 */
arm_cmsis_nn_status arm_avgpool_s8(const cmsis_nn_context *ctx,
                                   const cmsis_nn_pool_params *pool_params,
                                   const cmsis_nn_dims *input_dims,
                                   const int8_t *input_data,
                                   const cmsis_nn_dims *filter_dims,
                                   const cmsis_nn_dims *output_dims,
                                   int8_t *output_data);

/*
 * Softmax of each of num_rows rows of row_size elements (at most 4095). Output scale 1/256, zero point -128.
 * mult * 2^shift is beta * input scale * 2^26 with mult in Q31 and shift >= 0; elements that lie more than -diff_min
 * below the row's maximum give -128. With diff = input - maximum, in fixed point:
 *   e = exp(diff * 2^shift * mult / 2^57)  as Q31
 *   output = 256 * e / (sum of the row's e) - 128, rounded and limited to [-128, 127]
 * The exponential and the reciprocal are the fixed-point ones of TensorFlow Lite (see the source). The output may be
 * the input (the same address).
 */
void arm_softmax_s8(const int8_t *input,
                    const int32_t num_rows,
                    const int32_t row_size,
                    const int32_t mult,
                    const int32_t shift,
                    const int32_t diff_min,
                    int8_t *output);

/*
 * Fully connected layer with one scale for the weights.
 * input_dims->n rows of filter_dims->n elements; filter output_dims->c, filter_dims->n; bias output_dims->c; output
 * input_dims->n rows of output_dims->c elements:
 *   output[b, o] = clamp(rq(bias[o] + sum over i of (input[b, i] + input_offset) * filter[o, i]) + output_offset)
 * fc_params->filter_offset is not read: weights are symmetric. Always succeeds. Input and output must not overlap.
 */
arm_cmsis_nn_status arm_fully_connected_s8(const cmsis_nn_context *ctx,
                                           const cmsis_nn_fc_params *fc_params,
                                           const cmsis_nn_per_tensor_quant_params *quant_params,
                                           const cmsis_nn_dims *input_dims,
                                           const int8_t *input_data,
                                           const cmsis_nn_dims *filter_dims,
                                           const int8_t *filter_data,
                                           const cmsis_nn_dims *bias_dims,
                                           const int32_t *bias_data,
                                           const cmsis_nn_dims *output_dims,
                                           int8_t *output_data);

#ifdef __cplusplus
}
#endif

#endif /* ARM_NNFUNCTIONS_H */
