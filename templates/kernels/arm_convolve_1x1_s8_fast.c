/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portable kernel shipped with snug: pointwise convolution, stride 1.
 * Same name, prototype and bytes as the CMSIS-NN function arm_convolve_1x1_s8_fast; see arm_nnfunctions.h.
 * This file is part of snug's output and belongs to its user.
 */
#include "arm_nnfunctions.h"
#include "snug_requantize.h"
#include <stddef.h>

/*
 * sum((x + offset) * w) is computed as offset * sum(w) + sum(x * w), so that the inner loops multiply int8 by int8.
 * The pixels of a block share the loads of the weights and the channels of a block those of the pixels.
 */

/* Two pixels, four output channels. */
static void dot_2x4(const int8_t *x, const int8_t *w, int32_t depth, int32_t acc[8])
{
    const int8_t *const x0 = x;
    const int8_t *const x1 = x + depth;
    const int8_t *const w0 = w;
    const int8_t *const w1 = w + depth;
    const int8_t *const w2 = w1 + depth;
    const int8_t *const w3 = w2 + depth;
    int32_t a00 = acc[0], a01 = acc[1], a02 = acc[2], a03 = acc[3];
    int32_t a10 = acc[4], a11 = acc[5], a12 = acc[6], a13 = acc[7];

    for (int32_t i = 0; i < depth; i++)
    {
        const int32_t p = x0[i];
        const int32_t q = x1[i];

        a00 += p * w0[i];
        a01 += p * w1[i];
        a02 += p * w2[i];
        a03 += p * w3[i];
        a10 += q * w0[i];
        a11 += q * w1[i];
        a12 += q * w2[i];
        a13 += q * w3[i];
    }
    acc[0] = a00;
    acc[1] = a01;
    acc[2] = a02;
    acc[3] = a03;
    acc[4] = a10;
    acc[5] = a11;
    acc[6] = a12;
    acc[7] = a13;
}

/* One pixel, one output channel. */
static int32_t dot_1x1(const int8_t *x, const int8_t *w, int32_t depth, int32_t acc)
{
    for (int32_t i = 0; i < depth; i++)
    {
        acc += x[i] * w[i];
    }
    return acc;
}

/* What an accumulator starts from: the bias and the input offset's part of the sum. */
static int32_t start(const int8_t *w, int32_t depth, int32_t offset, const int32_t *bias)
{
    int32_t sum = 0;

    for (int32_t i = 0; i < depth; i++)
    {
        sum += w[i];
    }
    return sum * offset + (bias != NULL ? *bias : 0);
}

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
                                             int8_t *output_data)
{
    const int32_t pixels = input_dims->n * input_dims->h * input_dims->w;
    const int32_t depth = input_dims->c;
    const int32_t channels = output_dims->c;
    const int32_t offset = conv_params->input_offset;
    const int32_t out_offset = conv_params->output_offset;
    const int32_t min = conv_params->activation.min;
    const int32_t max = conv_params->activation.max;
    const int32_t *const multiplier = quant_params->multiplier;
    const int32_t *const shift = quant_params->shift;
    int32_t first[4];
    int32_t acc[8];

    (void)ctx;
    (void)filter_dims;
    (void)bias_dims;

    if (conv_params->stride.w != 1 || conv_params->stride.h != 1 || conv_params->padding.w != 0 ||
        conv_params->padding.h != 0)
    {
        return ARM_CMSIS_NN_ARG_ERROR;
    }

    for (int32_t o = 0; o < channels; o += 4)
    {
        const int32_t block = channels - o < 4 ? channels - o : 4;
        const int8_t *const w = filter_data + o * depth;
        int32_t p = 0;

        for (int32_t j = 0; j < block; j++)
        {
            first[j] = start(w + j * depth, depth, offset, bias_data != NULL ? bias_data + o + j : NULL);
        }
        for (; block == 4 && p + 2 <= pixels; p += 2)
        {
            int8_t *const out = output_data + p * channels + o;

            for (int32_t j = 0; j < 4; j++)
            {
                acc[j] = first[j];
                acc[4 + j] = first[j];
            }
            dot_2x4(input_data + p * depth, w, depth, acc);
            for (int32_t j = 0; j < 4; j++)
            {
                const int32_t a = snug_requantize(acc[j], multiplier[o + j], shift[o + j]);
                const int32_t b = snug_requantize(acc[4 + j], multiplier[o + j], shift[o + j]);

                out[j] = snug_offset_and_clamp(a, out_offset, min, max);
                out[channels + j] = snug_offset_and_clamp(b, out_offset, min, max);
            }
        }
        for (; p < pixels; p++)
        {
            for (int32_t j = 0; j < block; j++)
            {
                const int32_t a = dot_1x1(input_data + p * depth, w + j * depth, depth, first[j]);

                output_data[p * channels + o + j] = snug_offset_and_clamp(
                    snug_requantize(a, multiplier[o + j], shift[o + j]), out_offset, min, max);
            }
        }
    }
    return ARM_CMSIS_NN_SUCCESS;
}
