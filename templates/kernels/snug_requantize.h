/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portable kernels shipped with snug: from an int32 accumulator to an int8 value.
 * The arithmetic is that of the TensorFlow Lite int8 specification with two roundings, so the bytes are those of
 * CMSIS-NN's default build. This file is part of snug's output and belongs to its user.
 *
 * Two things that C99 leaves to the implementation are relied upon. Every compiler these kernels are meant for does
 * the same, and the first is checked below:
 *   - the right shift of a negative value is arithmetic;
 *   - the conversion of an out-of-range value to int32_t wraps (only used where an accumulator that is scaled up does
 *     not fit 32 bits, which no valid model does).
 */
#ifndef SNUG_REQUANTIZE_H
#define SNUG_REQUANTIZE_H

#include <stdint.h>

#if defined(CMSIS_NN_USE_SINGLE_ROUNDING)
#error "snug: CMSIS_NN_USE_SINGLE_ROUNDING gives other bytes than the model was compiled for"
#endif

typedef char snug_right_shift_is_arithmetic[((-3) >> 1 == -2) ? 1 : -1];

/* a * 2^shift for shift in [0, 31]; unsigned inside, so that no negative value is shifted left. */
static inline int32_t snug_scale_up(int32_t a, int32_t shift)
{
    return (int32_t)((uint32_t)a << (uint32_t)shift);
}

/* floor((a * m + 2^30) / 2^31); the one product that does not fit, (-2^31)^2, saturates. */
static inline int32_t snug_doubling_high_mult(int32_t a, int32_t m)
{
    if (a == INT32_MIN && m == INT32_MIN)
    {
        return INT32_MAX;
    }
    return (int32_t)(((int64_t)a * m + ((int64_t)1 << 30)) >> 31);
}

/* a / 2^exponent to the nearest, ties away from zero; exponent in [0, 31]. */
static inline int32_t snug_divide_by_power_of_two(int32_t a, int32_t exponent)
{
    const uint32_t mask = ((uint32_t)1 << (uint32_t)exponent) - 1u;
    const uint32_t remainder = (uint32_t)a & mask;
    const uint32_t threshold = (mask >> 1) + (a < 0 ? 1u : 0u);

    return (a >> exponent) + (remainder > threshold ? 1 : 0);
}

/* acc * multiplier / 2^31 * 2^shift, rounded twice; shift in [-31, 31]. */
static inline int32_t snug_requantize(int32_t acc, int32_t multiplier, int32_t shift)
{
    const int32_t up = shift > 0 ? shift : 0;
    const int32_t down = shift > 0 ? 0 : -shift;

    return snug_divide_by_power_of_two(snug_doubling_high_mult(snug_scale_up(acc, up), multiplier), down);
}

/* clamp(value + offset, min, max), for min, max and offset in int8's neighbourhood; the sum itself cannot overflow. */
static inline int8_t snug_offset_and_clamp(int32_t value, int32_t offset, int32_t min, int32_t max)
{
    const int32_t low = min - offset;
    const int32_t high = max - offset;
    int32_t clamped = value < low ? low : value;

    clamped = clamped > high ? high : clamped;
    return (int8_t)(clamped + offset);
}

#endif /* SNUG_REQUANTIZE_H */
