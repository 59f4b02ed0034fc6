/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portable kernel shipped with snug: fully connected layer.
 * Same name, prototype and bytes as the CMSIS-NN function arm_fully_connected_s8; see arm_nnfunctions.h.
 * This file is part of snug's output and belongs to its user.
 */
#include "arm_nnfunctions.h"
#include "snug_requantize.h"
#include <stddef.h>

/* sum((x + offset) * w) on top of acc. */
static int32_t dot(const int8_t *x, const int8_t *w, int32_t depth, int32_t offset, int32_t acc)
{
    for (int32_t i = 0; i < depth; i++)
    {
        acc += (x[i] + offset) * w[i];
    }
    return acc;
}

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
                                           int8_t *output_data)
{
    const int32_t depth = filter_dims->n;
    const int32_t channels = output_dims->c;

    (void)ctx;
    (void)bias_dims;

    for (int32_t b = 0; b < input_dims->n; b++)
    {
        for (int32_t o = 0; o < channels; o++)
        {
            const int32_t acc = dot(input_data + b * depth, filter_data + o * depth, depth, fc_params->input_offset,
                                    bias_data != NULL ? bias_data[o] : 0);

            output_data[b * channels + o] = snug_offset_and_clamp(
                snug_requantize(acc, quant_params->multiplier, quant_params->shift), fc_params->output_offset,
                fc_params->activation.min, fc_params->activation.max);
        }
    }
    return ARM_CMSIS_NN_SUCCESS;
}
