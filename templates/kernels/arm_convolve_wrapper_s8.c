/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portable kernel shipped with snug: convolution.
 * Same name, prototype and bytes as the CMSIS-NN function arm_convolve_wrapper_s8; see arm_nnfunctions.h.
 * This file is part of snug's output and belongs to its user.
 */
#include "arm_nnfunctions.h"
#include "snug_requantize.h"
#include <stddef.h>

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

/* Adds sum((x + offset) * w) over a run of elements to the accumulators of count (1 to 4) output channels. */
static void dot(const int8_t *x, const int8_t *w, int32_t w_step, int32_t run, int32_t offset, int32_t count,
                int32_t acc[4])
{
    if (count == 4)
    {
        const int8_t *const w0 = w;
        const int8_t *const w1 = w0 + w_step;
        const int8_t *const w2 = w1 + w_step;
        const int8_t *const w3 = w2 + w_step;
        int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];

        for (int32_t i = 0; i < run; i++)
        {
            const int32_t v = x[i] + offset;

            a0 += v * w0[i];
            a1 += v * w1[i];
            a2 += v * w2[i];
            a3 += v * w3[i];
        }
        acc[0] = a0;
        acc[1] = a1;
        acc[2] = a2;
        acc[3] = a3;
        return;
    }
    for (int32_t j = 0; j < count; j++)
    {
        int32_t a = acc[j];

        for (int32_t i = 0; i < run; i++)
        {
            a += (x[i] + offset) * w[j * w_step + i];
        }
        acc[j] = a;
    }
}

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
                                            int8_t *output_data)
{
    const int32_t in_h = input_dims->h;
    const int32_t in_w = input_dims->w;
    const int32_t in_c = input_dims->c;
    const int32_t k_h = filter_dims->h;
    const int32_t k_w = filter_dims->w;
    const int32_t k_c = filter_dims->c;
    const int32_t out_c = output_dims->c;
    const int32_t dilation = conv_params->dilation.w;
    const int32_t offset = conv_params->input_offset;
    const int32_t w_step = k_h * k_w * k_c;
    int32_t groups;
    int32_t group_c;
    int8_t *out = output_data;

    if (k_c < 1 || in_c < k_c || in_c % k_c != 0 || out_c % (in_c / k_c) != 0)
    {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
    groups = in_c / k_c;
    group_c = out_c / groups;

    if (groups == 1 && k_h == 1 && k_w == 1 && conv_params->stride.h == 1 && conv_params->stride.w == 1 &&
        conv_params->padding.h == 0 && conv_params->padding.w == 0 && in_h == output_dims->h &&
        in_w == output_dims->w)
    {
        return arm_convolve_1x1_s8_fast(ctx, conv_params, quant_params, input_dims, input_data, filter_dims,
                                        filter_data, bias_dims, bias_data, output_dims, output_data);
    }

    for (int32_t b = 0; b < input_dims->n; b++)
    {
        for (int32_t y = 0; y < output_dims->h; y++)
        {
            const int32_t y0 = y * conv_params->stride.h - conv_params->padding.h;
            int32_t ky_begin;
            int32_t ky_end;

            clip(y0, conv_params->dilation.h, k_h, in_h, &ky_begin, &ky_end);
            for (int32_t x = 0; x < output_dims->w; x++)
            {
                const int32_t x0 = x * conv_params->stride.w - conv_params->padding.w;
                int32_t kx_begin;
                int32_t kx_end;
                int32_t taps;
                int32_t run;

                clip(x0, dilation, k_w, in_w, &kx_begin, &kx_end);
                /* Neighbouring pixels of an undilated window lie side by side in the input and in the filter. */
                taps = dilation == 1 && groups == 1 ? 1 : kx_end - kx_begin;
                run = dilation == 1 && groups == 1 ? (kx_end - kx_begin) * k_c : k_c;

                for (int32_t o = 0; o < out_c;)
                {
                    const int32_t group = o / group_c;
                    const int32_t left = (group + 1) * group_c - o;
                    const int32_t block = left < 4 ? left : 4;
                    int32_t acc[4] = {0, 0, 0, 0};

                    for (int32_t j = 0; bias_data != NULL && j < block; j++)
                    {
                        acc[j] = bias_data[o + j];
                    }
                    for (int32_t ky = ky_begin; run > 0 && ky < ky_end; ky++)
                    {
                        const int32_t row = (b * in_h + y0 + ky * conv_params->dilation.h) * in_w;

                        for (int32_t t = 0; t < taps; t++)
                        {
                            const int32_t kx = kx_begin + t;

                            dot(input_data + (row + x0 + kx * dilation) * in_c + group * k_c,
                                filter_data + o * w_step + (ky * k_w + kx) * k_c, w_step, run, offset, block, acc);
                        }
                    }
                    for (int32_t j = 0; j < block; j++)
                    {
                        *out++ = snug_offset_and_clamp(
                            snug_requantize(acc[j], quant_params->multiplier[o + j], quant_params->shift[o + j]),
                            conv_params->output_offset, conv_params->activation.min, conv_params->activation.max);
                    }
                    o += block;
                }
            }
        }
    }
    return ARM_CMSIS_NN_SUCCESS;
}
