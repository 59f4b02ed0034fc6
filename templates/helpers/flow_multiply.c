/*
 * How sums are formed. Compilers vectorize a block of channels. Cortex-M cores with Thumb-2 but without vectors
 * (FLOW_SCALAR) keep the sums of four channels in registers over all taps, and with the DSP extension (FLOW_DSP) they
 * unpack two channels at a time: in assembler, as GCC neither rotates while it widens nor rounds while it multiplies.
 * On cores with the first Thumb, whose registers are few, the block needs fewer instructions.
 */
#if defined(__ARM_ARCH_PROFILE) && defined(__ARM_ARCH_ISA_THUMB) && !defined(__ARM_FEATURE_MVE)
#if __ARM_ARCH_PROFILE == 'M' && __ARM_ARCH_ISA_THUMB >= 2
#define FLOW_SCALAR
#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && defined(__GNUC__) && !defined(__ARM_BIG_ENDIAN)
#define FLOW_DSP
#endif
#endif
#endif

#if defined(FLOW_SCALAR)
/* Where a tap reads: distances from the first input pixel and from the first weight. */
typedef struct
{
    int32_t input, weights;
} flow_tap;

/* Sums of four neighbouring channels. */
typedef struct
{
    int32_t s0, s1, s2, s3;
} flow_sums;
#else
/* Channels whose sums are kept at once: a fixed number lets compilers use vector instructions. */
#define FLOW_BLOCK 32

/* acc[j] += (x[j] + offset) * w[j]; |x + offset| <= 255 and |w| <= 127, so that the product fits 16 bits. */
static void flow_multiply_block(const int8_t *x, const int8_t *w, int32_t offset, int32_t acc[FLOW_BLOCK])
{
    const int16_t offset16 = (int16_t)offset;

    for (int32_t j = 0; j < FLOW_BLOCK; j++)
    {
        const int16_t value = (int16_t)(x[j] + offset16);
        const int16_t product = (int16_t)(value * w[j]);

        acc[j] += product;
    }
}

static void flow_multiply(const int8_t *x, const int8_t *w, int32_t offset, int32_t count, int32_t acc[FLOW_BLOCK])
{
    const int16_t offset16 = (int16_t)offset;
    int32_t first = 0;

    for (; first + 8 <= count; first += 8)
    {
        for (int32_t j = first; j < first + 8; j++)
        {
            const int16_t value = (int16_t)(x[j] + offset16);
            const int16_t product = (int16_t)(value * w[j]);

            acc[j] += product;
        }
    }
    for (int32_t j = first; j < count; j++)
    {
        acc[j] += (x[j] + offset) * w[j];
    }
}
#endif

/* acc * multiplier / 2^31 * 2^shift, rounded twice; right shifts of negative values are arithmetic. */
static int32_t flow_requantize(int32_t acc, int32_t multiplier, int32_t shift)
{
    const int32_t scaled = shift > 0 ? (int32_t)((uint32_t)acc << (uint32_t)shift) : acc;
    const int32_t high = (int32_t)(((int64_t)scaled * multiplier + ((int64_t)1 << 30)) >> 31);
    const uint32_t exponent = shift > 0 ? 0u : (uint32_t)-shift;
    const uint32_t mask = ((uint32_t)1 << exponent) - 1u;
    const uint32_t threshold = (mask >> 1) + (high < 0 ? 1u : 0u);

    return (high >> exponent) + (((uint32_t)high & mask) > threshold ? 1 : 0);
}

#if defined(FLOW_DSP)
/* One tap: bytes 0 and 2, then 1 and 3 of x and w are widened to 16 bits, x with the offset added, and multiplied. */
#define FLOW_TAP_4 \
    "ldrd    %[t0], %[t1], [%[tap]], #8\n\t" \
    "ldr     %[t0], [%[x], %[t0]]\n\t" \
    "ldr     %[t1], [%[w], %[t1]]\n\t" \
    "sxtab16 %[t2], %[offsets], %[t0]\n\t" \
    "sxtb16  %[t3], %[t1]\n\t" \
    "sxtab16 %[t0], %[offsets], %[t0], ror #8\n\t" \
    "sxtb16  %[t1], %[t1], ror #8\n\t" \
    "smlabb  %[s0], %[t2], %[t3], %[s0]\n\t" \
    "smlatt  %[s2], %[t2], %[t3], %[s2]\n\t" \
    "smlabb  %[s1], %[t0], %[t1], %[s1]\n\t" \
    "smlatt  %[s3], %[t0], %[t1], %[s3]\n\t"

/*
 * sums += (x + offset) * w over `count` taps for four channels. Three taps make a round, in one statement: between
 * statements the compiler would move values from register to register.
 */
static inline flow_sums flow_multiply_4(
    flow_sums sums, const flow_tap *tap, int32_t count, const int8_t *x, const int8_t *w, int32_t offset)
{
    const flow_tap *const end = tap + count;
    const uint32_t offsets = ((uint32_t)offset & 0xffffu) * 0x10001u;
    int32_t t0, t1, t2, t3;

    for (int32_t i = count % 3; i > 0; i--)
    {
        __asm__(FLOW_TAP_4
                : [s0] "+r"(sums.s0), [s1] "+r"(sums.s1), [s2] "+r"(sums.s2), [s3] "+r"(sums.s3), [tap] "+r"(tap),
                  [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3)
                : [x] "r"(x), [w] "r"(w), [offsets] "r"(offsets)
                : "memory");
    }
    if (tap != end)
    {
        __asm__("1:\n\t" FLOW_TAP_4 FLOW_TAP_4 FLOW_TAP_4
                "cmp     %[tap], %[end]\n\t"
                "bne     1b"
                : [s0] "+r"(sums.s0), [s1] "+r"(sums.s1), [s2] "+r"(sums.s2), [s3] "+r"(sums.s3), [tap] "+r"(tap),
                  [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3)
                : [x] "r"(x), [w] "r"(w), [offsets] "r"(offsets), [end] "r"(end)
                : "cc", "memory");
    }
    return sums;
}

/*
 * Four outputs whose shifts are negative: flow_requantize, plus the offset, between the bytes of `least` and `most`.
 * Takes every int32 sum, and multipliers of at least 2^30, which all are whose shifts are negative. Doubled as int32, such
 * a multiplier has lost 2^32, which the sum gives back in the upper half. The last bit that is shifted out, the carry,
 * rounds upwards; one less for negative sums takes their ties away from zero. (A negative sum that the first rounding
 * takes to 0 stays 0 in the second one.)
 */
static inline uint32_t flow_requantize_4(flow_sums sums,
                                         const int32_t *multipliers,
                                         const int32_t *shifts,
                                         int32_t offset,
                                         uint32_t least,
                                         uint32_t most)
{
    int32_t m0, m1, r0, r1, t;

    /* Multipliers and shifts are fetched here, two at a time: more operands than these find no registers in every program. */
    __asm__("ldrd   %[m0], %[m1], [%[multipliers]]\n\t"
            "ldrd   %[r0], %[r1], [%[shifts]]\n\t"
            "lsl    %[m0], %[m0], #1\n\t"
            "smmlar %[t], %[s0], %[m0], %[s0]\n\t"
            "rsb    %[r0], %[r0], #0\n\t"
            "add    %[t], %[t], %[s0], asr #31\n\t"
            "asrs   %[t], %[t], %[r0]\n\t"
            "adc    %[t], %[t], %[offset]\n\t"
            "ssat   %[s0], #8, %[t]\n\t"
            "lsl    %[m1], %[m1], #1\n\t"
            "smmlar %[t], %[s1], %[m1], %[s1]\n\t"
            "rsb    %[r1], %[r1], #0\n\t"
            "add    %[t], %[t], %[s1], asr #31\n\t"
            "asrs   %[t], %[t], %[r1]\n\t"
            "adc    %[t], %[t], %[offset]\n\t"
            "ssat   %[s1], #8, %[t]\n\t"
            "ldrd   %[m0], %[m1], [%[multipliers], #8]\n\t"
            "ldrd   %[r0], %[r1], [%[shifts], #8]\n\t"
            "lsl    %[m0], %[m0], #1\n\t"
            "smmlar %[t], %[s2], %[m0], %[s2]\n\t"
            "rsb    %[r0], %[r0], #0\n\t"
            "add    %[t], %[t], %[s2], asr #31\n\t"
            "asrs   %[t], %[t], %[r0]\n\t"
            "adc    %[t], %[t], %[offset]\n\t"
            "ssat   %[s2], #8, %[t]\n\t"
            "lsl    %[m1], %[m1], #1\n\t"
            "smmlar %[t], %[s3], %[m1], %[s3]\n\t"
            "rsb    %[r1], %[r1], #0\n\t"
            "add    %[t], %[t], %[s3], asr #31\n\t"
            "asrs   %[t], %[t], %[r1]\n\t"
            "adc    %[t], %[t], %[offset]\n\t"
            "ssat   %[s3], #8, %[t]\n\t"
            "bfi    %[s0], %[s1], #8, #8\n\t"
            "bfi    %[s0], %[s2], #16, #8\n\t"
            "bfi    %[s0], %[s3], #24, #8"
            : [s0] "+r"(sums.s0), [s1] "+r"(sums.s1), [s2] "+r"(sums.s2), [s3] "+r"(sums.s3), [r0] "=&r"(r0),
              [r1] "=&r"(r1), [m0] "=&r"(m0), [m1] "=&r"(m1), [t] "=&r"(t)
            : [multipliers] "r"(multipliers), [shifts] "r"(shifts), [offset] "r"(offset)
            : "cc", "memory");
    __asm__("ssub8  %[t], %[s0], %[least]\n\t"
            "sel    %[s0], %[s0], %[least]\n\t"
            "ssub8  %[t], %[s0], %[most]\n\t"
            "sel    %[s0], %[most], %[s0]"
            : [s0] "+r"(sums.s0), [t] "=&r"(t)
            : [least] "r"(least), [most] "r"(most)
            : "cc");
    return (uint32_t)sums.s0;
}
#elif defined(FLOW_SCALAR)
/* sums += (x + offset) * w of one tap for four channels. */
static inline flow_sums flow_tap_4(
    flow_sums sums, const flow_tap *tap, const int8_t *x, const int8_t *w, int32_t offset)
{
    x += tap->input;
    w += tap->weights;
    sums.s0 += (x[0] + offset) * w[0];
    sums.s1 += (x[1] + offset) * w[1];
    sums.s2 += (x[2] + offset) * w[2];
    sums.s3 += (x[3] + offset) * w[3];
    return sums;
}

/* The same over `count` taps. */
static inline flow_sums flow_multiply_4(
    flow_sums sums, const flow_tap *tap, int32_t count, const int8_t *x, const int8_t *w, int32_t offset)
{
    const flow_tap *const end = tap + count;

    for (int32_t i = count % 3; i > 0; i--)
    {
        sums = flow_tap_4(sums, tap, x, w, offset);
        tap++;
    }
    for (; tap != end; tap += 3)
    {
        sums = flow_tap_4(sums, tap, x, w, offset);
        sums = flow_tap_4(sums, tap + 1, x, w, offset);
        sums = flow_tap_4(sums, tap + 2, x, w, offset);
    }
    return sums;
}
#endif
