/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portable kernel shipped with snug: softmax.
 * Same name, prototype and bytes as the CMSIS-NN function arm_softmax_s8; see arm_nnfunctions.h.
 * This file is part of snug's output and belongs to its user.
 */
#include "arm_nnfunctions.h"
#include "snug_requantize.h"

/*
 * Fixed point throughout: Qm.n is a number with m integer and n fractional bits in an int32.
 * The exponential's argument is Q5.26 and its result Q0.31; the sum of a row is Q12.19.
 */
#define SUM_INTEGER_BITS 12

/* a * 2^exponent, saturated. */
static int32_t scale_up_saturating(int32_t a, int32_t exponent)
{
    const int64_t wide = (int64_t)a * ((int64_t)1 << exponent);

    if (wide > INT32_MAX)
    {
        return INT32_MAX;
    }
    return wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/*
 * exp(a) for a <= 0. With a = r - k / 4 and r in [-1/4, 0): a Taylor polynomial around -1/8 gives exp(r), and each bit
 * of k multiplies the result by exp(-1/4), exp(-1/2), exp(-1), ... exp(-16).
 */
static int32_t exp_of_negative(int32_t a)
{
    static const int32_t factor[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int32_t exp_of_minus_eighth = 1895147668;
    const int32_t third = 715827883;
    const int32_t quarter = (int32_t)1 << 24;
    int32_t r;
    int32_t quarters;
    int32_t x;
    int32_t x2;
    int32_t tail;
    int32_t result;

    if (a == 0)
    {
        return INT32_MAX;
    }
    r = (int32_t)((uint32_t)a & (uint32_t)(quarter - 1)) - quarter;
    quarters = r - a;

    x = r * 32 + ((int32_t)1 << 28); /* r + 1/8, Q0.31 */
    x2 = snug_doubling_high_mult(x, x);
    /* x^4 / 4 + x^3, divided by 3, plus x^2, halved: x^2 / 2 + x^3 / 6 + x^4 / 24 */
    tail = snug_divide_by_power_of_two(snug_doubling_high_mult(x2, x2), 2) + snug_doubling_high_mult(x2, x);
    tail = snug_divide_by_power_of_two(snug_doubling_high_mult(tail, third) + x2, 1);
    result = exp_of_minus_eighth + snug_doubling_high_mult(exp_of_minus_eighth, x + tail);

    for (int32_t bit = 0; bit < 7; bit++)
    {
        if (((uint32_t)quarters >> (uint32_t)(24 + bit)) & 1u)
        {
            result = snug_doubling_high_mult(result, factor[bit]);
        }
    }
    return result;
}

/* 1 / (1 + a) for a in [0, 1), Q0.31: three Newton steps on half the denominator, in Q2.29. */
static int32_t reciprocal_of_one_plus(int32_t a)
{
    const int32_t half_denominator = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
    const int32_t one = (int32_t)1 << 29;
    int32_t x = 1515870810 + snug_doubling_high_mult(half_denominator, -1010580540); /* 48/17 - 32/17 d */

    for (int32_t step = 0; step < 3; step++)
    {
        const int32_t error = one - snug_doubling_high_mult(half_denominator, x);

        x += scale_up_saturating(snug_doubling_high_mult(x, error), 2);
    }
    return scale_up_saturating(x, 1);
}

static int32_t leading_zeros(uint32_t a)
{
    int32_t count = 0;

    while (count < 32 && (a & 0x80000000u) == 0u)
    {
        a <<= 1;
        count++;
    }
    return count;
}

/* Scales the distance to the maximum to Q5.26. */
static int32_t scaled(int32_t diff, int32_t mult, int32_t shift)
{
    return snug_doubling_high_mult(snug_scale_up(diff, shift), mult);
}

void arm_softmax_s8(const int8_t *input,
                    const int32_t num_rows,
                    const int32_t row_size,
                    const int32_t mult,
                    const int32_t shift,
                    const int32_t diff_min,
                    int8_t *output)
{
    for (int32_t row = 0; row < num_rows; row++)
    {
        const int8_t *const in = input + row * row_size;
        int8_t *const out = output + row * row_size;
        int32_t max = INT8_MIN;
        uint32_t sum = 0;
        int32_t headroom;
        int32_t scale;
        int32_t exponent;

        for (int32_t i = 0; i < row_size; i++)
        {
            max = in[i] > max ? in[i] : max;
        }
        for (int32_t i = 0; i < row_size; i++)
        {
            const int32_t diff = in[i] - max;

            if (diff >= diff_min)
            {
                sum += (uint32_t)snug_divide_by_power_of_two(exp_of_negative(scaled(diff, mult, shift)),
                                                             SUM_INTEGER_BITS);
            }
        }
        /* sum * 2^headroom is 1.f in Q1.31: dropping its first bit leaves f in Q0.31. */
        headroom = leading_zeros(sum);
        scale = reciprocal_of_one_plus((int32_t)((sum << (uint32_t)(headroom & 31)) & 0x7fffffffu));
        exponent = SUM_INTEGER_BITS - headroom + 23;

        for (int32_t i = 0; i < row_size; i++)
        {
            const int32_t diff = in[i] - max;
            int32_t value = INT8_MIN;

            /* From 2^32 on (sums of 512 and more) the quotient rounds to 0. */
            if (diff >= diff_min && exponent < 32)
            {
                value += snug_divide_by_power_of_two(
                    snug_doubling_high_mult(scale, exp_of_negative(scaled(diff, mult, shift))), exponent);
            }
            out[i] = value > INT8_MAX ? INT8_MAX : (int8_t)value;
        }
    }
}
