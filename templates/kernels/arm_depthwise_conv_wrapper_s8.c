/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portable kernel shipped with snug: depthwise convolution.
 * Same name, prototype and bytes as the CMSIS-NN function arm_depthwise_conv_wrapper_s8; see arm_nnfunctions.h.
 * This file is part of snug's output and belongs to its user.
 */
#include "arm_nnfunctions.h"
#include "snug_requantize.h"
#include <stddef.h>

/* Channels whose accumulators are kept at once. */
#define BLOCK 32

/* The part [begin, end) of a kernel of the given size that falls inside an input of the given length. */
static void clip(int32_t origin, int32_t dilation, int32_t size, int32_t length, int32_t *begin, int32_t *end)
{
    int32_t first = 0;
    int32_t last = size;

    while (first < size && origin + first * dilation < 0)
    {
        first++;
    }
    while (last > first && origin + (last - 1) * dilation >= length)
    {
        last--;
    }
    *begin = first;
    *end = last;
}

/*
 * acc[j] += (x[j] + offset) * w[j] for a full block: a fixed count lets compilers use vector instructions.
 * |x + offset| <= 255 and |w| <= 128, so the product fits 16 bits.
 */
static void tap_block(const int8_t *x, const int8_t *w, int32_t offset, int32_t acc[BLOCK])
{
    const int16_t offset16 = (int16_t)offset;

    for (int32_t j = 0; j < BLOCK; j++)
    {
        const int16_t v = (int16_t)(x[j] + offset16);
        const int16_t product = (int16_t)(v * w[j]);

        acc[j] += product;
    }
}

/* The same for count output channels from channel o on, each input channel serving ch_mult of them. */
static void tap_any(const int8_t *x, const int8_t *w, int32_t offset, int32_t ch_mult, int32_t o, int32_t count,
                    int32_t acc[BLOCK])
{
    int32_t channel = o / ch_mult;
    int32_t copy = o % ch_mult;

    for (int32_t j = 0; j < count; j++)
    {
        acc[j] += (x[channel] + offset) * w[j];
        if (++copy == ch_mult)
        {
            copy = 0;
            channel++;
        }
    }
}

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
                                                  int8_t *output_data)
{
    const int32_t in_h = input_dims->h;
    const int32_t in_w = input_dims->w;
    const int32_t in_c = input_dims->c;
    const int32_t k_h = filter_dims->h;
    const int32_t k_w = filter_dims->w;
    const int32_t out_c = output_dims->c;
    const int32_t ch_mult = dw_conv_params->ch_mult;
    const int32_t offset = dw_conv_params->input_offset;
    const cmsis_nn_tile dilation = dw_conv_params->dilation;
    int32_t acc[BLOCK];
    int8_t *out = output_data;

    (void)ctx;
    (void)bias_dims;

    if (ch_mult < 1 || in_c * ch_mult != out_c)
    {
        return ARM_CMSIS_NN_ARG_ERROR;
    }

    for (int32_t b = 0; b < input_dims->n; b++)
    {
        for (int32_t y = 0; y < output_dims->h; y++)
        {
            const int32_t y0 = y * dw_conv_params->stride.h - dw_conv_params->padding.h;
            int32_t ky_begin;
            int32_t ky_end;

            clip(y0, dilation.h, k_h, in_h, &ky_begin, &ky_end);
            for (int32_t x = 0; x < output_dims->w; x++)
            {
                const int32_t x0 = x * dw_conv_params->stride.w - dw_conv_params->padding.w;
                int32_t kx_begin;
                int32_t kx_end;

                clip(x0, dilation.w, k_w, in_w, &kx_begin, &kx_end);
                for (int32_t o = 0; o < out_c; o += BLOCK)
                {
                    const int32_t count = out_c - o < BLOCK ? out_c - o : BLOCK;

                    for (int32_t j = 0; j < count; j++)
                    {
                        acc[j] = bias_data != NULL ? bias_data[o + j] : 0;
                    }
                    for (int32_t ky = ky_begin; ky < ky_end; ky++)
                    {
                        const int32_t row = (b * in_h + y0 + ky * dilation.h) * in_w;

                        for (int32_t kx = kx_begin; kx < kx_end; kx++)
                        {
                            const int8_t *const pixel = input_data + (row + x0 + kx * dilation.w) * in_c;
                            const int8_t *const w = filter_data + (ky * k_w + kx) * out_c + o;

                            if (ch_mult == 1 && count == BLOCK)
                            {
                                tap_block(pixel + o, w, offset, acc);
                            }
                            else
                            {
                                tap_any(pixel, w, offset, ch_mult, o, count, acc);
                            }
                        }
                    }
                    for (int32_t j = 0; j < count; j++)
                    {
                        *out++ = snug_offset_and_clamp(
                            snug_requantize(acc[j], quant_params->multiplier[o + j], quant_params->shift[o + j]),
                            dw_conv_params->output_offset, dw_conv_params->activation.min,
                            dw_conv_params->activation.max);
                    }
                }
            }
        }
    }
    return ARM_CMSIS_NN_SUCCESS;
}
