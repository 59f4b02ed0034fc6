/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portable kernels shipped with snug: types.
 * The names, the fields and their order are those of CMSIS-NN's arm_nn_types.h, so that this folder and the real
 * library can replace each other without a change in the calling code. Only what these kernels use is declared.
 * This file is part of snug's output and belongs to its user.
 */
#ifndef ARM_NN_TYPES_H
#define ARM_NN_TYPES_H

#include <stdint.h>

/* What every kernel but the softmax returns. */
typedef enum
{
    ARM_CMSIS_NN_SUCCESS = 0,
    ARM_CMSIS_NN_ARG_ERROR = -1,
    ARM_CMSIS_NN_NO_IMPL_ERROR = -2,
    ARM_CMSIS_NN_FAILURE = -3
} arm_cmsis_nn_status;

/* A horizontal and a vertical distance: stride, padding (left and top) or dilation. */
typedef struct
{
    int32_t w;
    int32_t h;
} cmsis_nn_tile;

/* Scratch memory. The portable kernels need none: they never read it. */
typedef struct
{
    void *buf;
    int32_t size; /* in bytes */
} cmsis_nn_context;

/* A shape; tensors are stored n, h, w, c with c varying fastest. */
typedef struct
{
    int32_t n;
    int32_t h;
    int32_t w;
    int32_t c;
} cmsis_nn_dims;

/* One Q31 multiplier and one power of two for each output channel. */
typedef struct
{
    int32_t *multiplier;
    int32_t *shift;
} cmsis_nn_per_channel_quant_params;

/* One Q31 multiplier and one power of two for the whole tensor. */
typedef struct
{
    int32_t multiplier;
    int32_t shift;
} cmsis_nn_per_tensor_quant_params;

/* The range an output is clamped to. */
typedef struct
{
    int32_t min;
    int32_t max;
} cmsis_nn_activation;

typedef struct
{
    int32_t input_offset;  /* minus the input's zero point */
    int32_t output_offset; /* the output's zero point */
    cmsis_nn_tile stride;
    cmsis_nn_tile padding;
    cmsis_nn_tile dilation;
    cmsis_nn_activation activation;
} cmsis_nn_conv_params;

typedef struct
{
    int32_t input_offset;  /* minus the input's zero point */
    int32_t output_offset; /* the output's zero point */
    int32_t ch_mult;       /* output channels for each input channel */
    cmsis_nn_tile stride;
    cmsis_nn_tile padding;
    cmsis_nn_tile dilation;
    cmsis_nn_activation activation;
} cmsis_nn_dw_conv_params;

typedef struct
{
    cmsis_nn_tile stride;
    cmsis_nn_tile padding;
    cmsis_nn_activation activation;
} cmsis_nn_pool_params;

typedef struct
{
    int32_t input_offset;  /* minus the input's zero point */
    int32_t filter_offset; /* minus the weights' zero point: always 0 here */
    int32_t output_offset; /* the output's zero point */
    cmsis_nn_activation activation;
} cmsis_nn_fc_params;

#endif /* ARM_NN_TYPES_H */
