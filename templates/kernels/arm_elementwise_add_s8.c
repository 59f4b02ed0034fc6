/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portable kernel shipped with snug: addition of two tensors.
 * Same name, prototype and bytes as the CMSIS-NN function arm_elementwise_add_s8; see arm_nnfunctions.h.
 * This file is part of snug's output and belongs to its user.
 */
#include "arm_nnfunctions.h"
#include "snug_requantize.h"

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
                                           const int32_t block_size)
{
    for (int32_t i = 0; i < block_size; i++)
    {
        const int32_t a = snug_requantize(snug_scale_up(input_1_vect[i] + input_1_offset, left_shift), input_1_mult,
                                          input_1_shift);
        const int32_t b = snug_requantize(snug_scale_up(input_2_vect[i] + input_2_offset, left_shift), input_2_mult,
                                          input_2_shift);

        output[i] = snug_offset_and_clamp(snug_requantize(a + b, out_mult, out_shift), out_offset,
                                          out_activation_min, out_activation_max);
    }
    return ARM_CMSIS_NN_SUCCESS;
}
