/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portable kernel shipped with snug: average pooling.
 * Same name, prototype and bytes as the CMSIS-NN function arm_avgpool_s8; see arm_nnfunctions.h.
 * This file is part of snug's output and belongs to its user.
 */
#include "arm_nnfunctions.h"
#include "snug_requantize.h"

/* Channels whose sums are kept at once. */
#define BLOCK 32

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

arm_cmsis_nn_status arm_avgpool_s8(const cmsis_nn_context *ctx,
                                   const cmsis_nn_pool_params *pool_params,
                                   const cmsis_nn_dims *input_dims,
                                   const int8_t *input_data,
                                   const cmsis_nn_dims *filter_dims,
                                   const cmsis_nn_dims *output_dims,
                                   int8_t *output_data)
{
    const int32_t in_h = input_dims->h;
    const int32_t in_w = input_dims->w;
    const int32_t channels = input_dims->c;
    int32_t sum[BLOCK];
    int8_t *out = output_data;

    (void)ctx;

    if (input_dims->n < 1)
    {
        return ARM_CMSIS_NN_ARG_ERROR;
    }

    for (int32_t b = 0; b < input_dims->n; b++)
    {
        for (int32_t y = 0; y < output_dims->h; y++)
        {
            const int32_t y0 = y * pool_params->stride.h - pool_params->padding.h;
            const int32_t y_begin = larger(y0, 0);
            const int32_t y_end = smaller(y0 + filter_dims->h, in_h);

            for (int32_t x = 0; x < output_dims->w; x++)
            {
                const int32_t x0 = x * pool_params->stride.w - pool_params->padding.w;
                const int32_t x_begin = larger(x0, 0);
                const int32_t x_end = smaller(x0 + filter_dims->w, in_w);
                int32_t count;

                if (y_end <= y_begin || x_end <= x_begin)
                {
                    return ARM_CMSIS_NN_ARG_ERROR;
                }
                count = (y_end - y_begin) * (x_end - x_begin);

                for (int32_t c = 0; c < channels; c += BLOCK)
                {
                    const int32_t block = smaller(channels - c, BLOCK);

                    for (int32_t j = 0; j < block; j++)
                    {
                        sum[j] = 0;
                    }
                    for (int32_t iy = y_begin; iy < y_end; iy++)
                    {
                        for (int32_t ix = x_begin; ix < x_end; ix++)
                        {
                            const int8_t *const pixel = input_data + ((b * in_h + iy) * in_w + ix) * channels + c;

                            for (int32_t j = 0; j < block; j++)
                            {
                                sum[j] += pixel[j];
                            }
                        }
                    }
                    for (int32_t j = 0; j < block; j++)
                    {
                        /* C99's division rounds towards zero; half the divisor makes that ties away from zero. */
                        const int32_t half = sum[j] > 0 ? count / 2 : -(count / 2);

                        *out++ = snug_offset_and_clamp((sum[j] + half) / count, 0, pool_params->activation.min,
                                                       pool_params->activation.max);
                    }
                }
            }
        }
    }
    return ARM_CMSIS_NN_SUCCESS;
}
