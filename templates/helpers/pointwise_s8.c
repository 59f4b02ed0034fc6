/*
 * Pointwise convolutions. Cortex-M cores with the DSP extension and without vectors compute three output channels of two
 * pixels at a time, in assembler; other cores, and any core where SNUG_CMSIS_NN_POINTWISE is defined, take CMSIS-NN's.
 */
#if defined(__ARM_ARCH_PROFILE) && defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && \
    defined(__GNUC__) && !defined(__ARM_FEATURE_MVE) && !defined(__ARM_BIG_ENDIAN) && !defined(SNUG_CMSIS_NN_POINTWISE)
#if __ARM_ARCH_PROFILE == 'M'
#define POINTWISE_DSP
#endif
#endif

#if defined(POINTWISE_DSP)
/*
 * Room for the assembler, passed by value. Callees own their arguments on the stack, so that it keeps values and registers
 * there: the caller's frame is all of the stack it takes, and compilers state that frame.
 */
typedef struct
{
    int32_t scales[6]; /* three times a doubled multiplier and a shift to the right */
    int32_t start[4];  /* three biases, which sums start from, and the place of the weights */
    int32_t rounds;    /* where the weights of rounds of 16 input channels begin */
    int32_t end;       /* where the last pixel's output goes */
} pointwise_group;

/* r0 to r11 and lr; the first four: output channels to come, weights, output, bias. */
typedef struct
{
    int32_t registers[13];
} pointwise_kept;

static const pointwise_group pointwise_no_group = { { 0 }, { 0 }, 0, 0 };
static const pointwise_kept pointwise_nothing_kept = { { 0 } };

#define POINTWISE_UNUSED __attribute__((unused))

/*
 * Sums: r0, r2, r4 of one pixel, r1, r3, r5 of the other. r12: weights of the first channel, lr: weights to the next one.
 * Four input channels of a pixel become two registers of 16-bit halves, with the offset added: r6, r7 and r9, r10.
 */
#define POINTWISE_PLACES_2 "ldm sp, {r6, r7, r8}\n\t"
#define POINTWISE_PLACES_2_LAST "ldm sp, {r6, r7, r8, r9}\n\tcmp r12, r9\n\t"
#define POINTWISE_INPUTS_2 \
    "ldr r10, [r12, r6]\n\tldr r11, [r12, r7]\n\t" \
    "sxtab16 r6, r8, r10\n\tsxtab16 r7, r8, r10, ror #8\n\t" \
    "sxtab16 r9, r8, r11\n\tsxtab16 r10, r8, r11, ror #8\n\t"
#define POINTWISE_WEIGHTS_2(s, t, address, masked) \
    "ldr r11, " address "\n\t" masked "sxtb16 r8, r11\n\t" \
    "smlad " s ", r6, r8, " s "\n\tsmlad " t ", r9, r8, " t "\n\tsxtb16 r11, r11, ror #8\n\t" \
    "smlad " s ", r7, r11, " s "\n\tsmlad " t ", r10, r11, " t "\n\t"

/* One pixel leaves registers for the places: r1 for the input, r3 for the offset, r5 for the last round. */
#define POINTWISE_PLACES_1 ""
#define POINTWISE_PLACES_1_LAST "cmp r12, r5\n\t"
#define POINTWISE_INPUTS_1 "ldr r10, [r12, r1]\n\tsxtab16 r6, r3, r10\n\tsxtab16 r7, r3, r10, ror #8\n\t"
#define POINTWISE_WEIGHTS_1(s, t, address, masked) \
    "ldr r11, " address "\n\t" masked "sxtb16 r8, r11\n\tsmlad " s ", r6, r8, " s "\n\t" \
    "sxtb16 r11, r11, ror #8\n\tsmlad " s ", r7, r11, " s "\n\t"

/* Four input channels of p pixels and c output channels. */
#define POINTWISE_MASK "ldr r8, [sp, #32]\n\tand r11, r11, r8\n\t"
#define POINTWISE_CHANNELS_2(p, masked) \
    POINTWISE_WEIGHTS_##p("r2", "r3", "[r12, lr]", masked) POINTWISE_WEIGHTS_##p("r0", "r1", "[r12], #4", masked)
#define POINTWISE_CHANNELS_3(p, masked) \
    POINTWISE_WEIGHTS_##p("r4", "r5", "[r12, lr, lsl #1]", masked) POINTWISE_CHANNELS_2(p, masked)
#define POINTWISE_4(p, c) POINTWISE_PLACES_##p POINTWISE_INPUTS_##p POINTWISE_CHANNELS_##c(p, "")

/*
 * All input channels: what is left over beside rounds of 16, which begins with the one to three beside fours, then the
 * rounds. Nothing is read beyond the end; the comparison of a round holds until the branch, as nothing between sets flags.
 */
#define POINTWISE_SUMS(p, c) \
    "ldr r6, [sp, #56]\n\tcmp r6, #0\n\tbeq 3f\n\tldr r6, [sp, #36]\n\tcmp r6, #0\n\tbeq 1f\n\t" \
    POINTWISE_PLACES_##p POINTWISE_INPUTS_##p POINTWISE_CHANNELS_##c(p, POINTWISE_MASK) \
    "ldr r6, [sp, #36]\n\tsub r12, r12, r6\n" \
    "1:\n\tldr r6, [sp, #104]\n\tcmp r12, r6\n\tbeq 2f\n\t" POINTWISE_4(p, c) "b 1b\n" \
    "2:\n\tldr r6, [sp, #12]\n\tcmp r12, r6\n\tbhi 4f\n" \
    "3:\n\t" POINTWISE_PLACES_##p##_LAST POINTWISE_INPUTS_##p POINTWISE_CHANNELS_##c(p, "") \
    POINTWISE_4(p, c) POINTWISE_4(p, c) POINTWISE_4(p, c) "bne 3b\n" \
    "4:\n\t"

/*
 * Two roundings as CMSIS-NN has them, for shifts to the right and multipliers of 2^30 and more. Doubled as int32, such a
 * multiplier has lost 2^32, which the sum gives back in the upper half. The carry, the last bit that is shifted out,
 * rounds upwards; one less for negative sums takes their ties away from zero. (A negative sum that the first rounding
 * takes to 0 stays 0 in the second one.)
 */
#define POINTWISE_OUTPUT(s, multiplier, shift) \
    "smmlar lr, " s ", " multiplier ", " s "\n\tadd lr, lr, " s ", asr #31\n\tasrs lr, lr, " shift "\n\t" \
    "adc lr, lr, r6\n\tssat " s ", #8, lr\n\t"
#define POINTWISE_OUTPUTS_2(s, t, u) POINTWISE_OUTPUT(s, "r7", "r8") POINTWISE_OUTPUT(t, "r9", "r10")
#define POINTWISE_OUTPUTS_3(s, t, u) POINTWISE_OUTPUTS_2(s, t, u) POINTWISE_OUTPUT(u, "r11", "r12")
#define POINTWISE_STORE_2(s, t, u, to) "strb " s ", [" to "]\n\tstrb " t ", [" to ", #1]\n\t"
#define POINTWISE_STORE_3(s, t, u, to) POINTWISE_STORE_2(s, t, u, to) "strb " u ", [" to ", #2]\n\t"
#define POINTWISE_SCALES "add r6, sp, #60\n\tldm r6, {r6, r7, r8, r9, r10, r11, r12}\n\t"
#define POINTWISE_START_2 "add r6, sp, #92\n\tldm r6, {r0, r2, r12}\n\t"
#define POINTWISE_START_3 "add r6, sp, #88\n\tldm r6, {r0, r2, r4, r12}\n\t"
#define POINTWISE_AGAIN_2 "ldm r6, {r1, r3}\n\t"
#define POINTWISE_AGAIN_3 "ldm r6, {r1, r3, r5}\n\t"

/* Two pixels at a time, as long as the next output is in front of the last pixel's; then one, where it is that. */
#define POINTWISE_PIXELS(c) \
    "6:\n\t" POINTWISE_START_##c POINTWISE_AGAIN_##c POINTWISE_SUMS(2, c) \
    POINTWISE_SCALES POINTWISE_OUTPUTS_##c("r0", "r2", "r4") POINTWISE_OUTPUTS_##c("r1", "r3", "r5") \
    "ldrd r6, r7, [sp, #16]\n\tldr lr, [sp, #24]\n\tadd r8, r6, r7\n\tadd r7, r8, r7\n\tstr r7, [sp, #16]\n\t" \
    "ldr r9, [sp, #108]\n\tcmp r7, r9\n\t" \
    POINTWISE_STORE_##c("r0", "r2", "r4", "r6") POINTWISE_STORE_##c("r1", "r3", "r5", "r8") \
    "ldrd r6, r7, [sp]\n\tadd r6, r6, lr, lsl #1\n\tadd r7, r7, lr, lsl #1\n\tstrd r6, r7, [sp]\n\tblo 6b\n\tbne 8b\n" \
    "7:\n\t" POINTWISE_START_##c "ldr r1, [sp]\n\tldr r3, [sp, #8]\n\tldr r5, [sp, #12]\n\t" POINTWISE_SUMS(1, c) \
    POINTWISE_SCALES POINTWISE_OUTPUTS_##c("r0", "r2", "r4") \
    "ldr r6, [sp, #16]\n\t" POINTWISE_STORE_##c("r0", "r2", "r4", "r6") "b 8b\n"

/*
 * The tables of two or three channels, unless one of them is not for this code: all shifts have to be negative, all
 * multipliers at least 2^30. `next` steps from the second channel's weights to those behind the group.
 */
#define POINTWISE_TABLES(c, third, all, moved, behind, biases, start, next) \
    "ldrd r1, r2, [sp, #44]\n\tldm r1!, {r7, r9" third "}\n\tldm r2!, {r8, r10" behind "}\n\t" \
    "and r3, r7, r9\n\tand r4, r8, r10\n\t" all "ands r3, r4, r3, lsl #1\n\tbpl 9f\n\t" \
    "strd r1, r2, [sp, #44]\n\tsub r0, r0, #" #c "\n\t" \
    "lsl r7, r7, #1\n\trsb r8, r8, #0\n\tlsl r9, r9, #1\n\trsb r10, r10, #0\n\t" moved \
    "add r3, sp, #64\n\tstm r3, {r7, r8, r9, r10, r11, r12}\n\t" \
    "ldrd r6, r7, [sp, #120]\n\tldm r7!, {" biases "}\n\tldr r5, [sp, #116]\n\t" \
    "add r3, sp, #" start "\n\tstm r3, {" biases ", r5}\n\t" \
    "ldrd lr, r8, [sp, #24]\n\tsub r8, r8, r5\n\tadd r9, r8, lr\n\tstrd r8, r9, [sp]\n\t" \
    "ldrd r8, r9, [sp, #52]\n\tadd r8, r5, r8\n\tstr r8, [sp, #12]\n\tadd r9, r5, r9\n\tstr r9, [sp, #104]\n\t" \
    "ldr r8, [sp, #40]\n\tadd r8, r6, r8\n\tstr r8, [sp, #108]\n\tcmp r8, r6\n\tstr r6, [sp, #16]\n\t" \
    "add r6, r6, #" #c "\n\tadd r5, r5, lr\n\tadd r5, r5, lr" next "\n\t" \
    "add r3, sp, #112\n\tstm r3, {r0, r5, r6, r7}\n\tbeq 7f\n"

/*
 * Computes output channels in groups of three and, at the end, two. Returns how many are left where the next is not for
 * this code, or is alone. The first four arguments come in r0 to r3; the others lie from the stack pointer on, 4 bytes
 * each, with `group` at 64 and `kept` at 112. `first`, `second`, `last` and `pixel` are places for the assembler: distances
 * from the weights to two pixels of the input, the weights of the last round of 16 channels, where the next output goes.
 * Compilers may not look inside: they would drop what the C does not use.
 */
#if defined(__clang__)
__attribute__((naked, noinline, used))
#else
__attribute__((naked, noinline, noclone, used))
#endif
static int32_t pointwise_groups(int32_t left POINTWISE_UNUSED,
                                const int8_t *weights POINTWISE_UNUSED,
                                int8_t *output POINTWISE_UNUSED,
                                const int32_t *bias POINTWISE_UNUSED,
                                int32_t first POINTWISE_UNUSED,
                                int32_t second POINTWISE_UNUSED,
                                uint32_t offsets POINTWISE_UNUSED,
                                int32_t last POINTWISE_UNUSED,
                                int32_t pixel POINTWISE_UNUSED,
                                int32_t channels POINTWISE_UNUSED,
                                int32_t depth POINTWISE_UNUSED,
                                const int8_t *input POINTWISE_UNUSED,
                                uint32_t mask POINTWISE_UNUSED,
                                int32_t back POINTWISE_UNUSED,
                                int32_t to_end POINTWISE_UNUSED,
                                const int32_t *multipliers POINTWISE_UNUSED,
                                const int32_t *shifts POINTWISE_UNUSED,
                                int32_t to_last POINTWISE_UNUSED,
                                int32_t rest POINTWISE_UNUSED,
                                int32_t output_offset POINTWISE_UNUSED,
                                pointwise_group group POINTWISE_UNUSED,
                                pointwise_kept kept POINTWISE_UNUSED)
{
    __asm__ volatile(
        "add r12, sp, #112\n\tstm r12, {r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
        "8:\n\tldr r0, [sp, #112]\n\tcmp r0, #4\n\tbgt 11f\n\tbeq 10f\n\tcmp r0, #2\n\tbeq 10f\n\tblt 9f\n"
        "11:\n\t"
        POINTWISE_TABLES(3, ", r11", "and r3, r3, r11\n\tand r4, r4, r12\n\t",
                         "lsl r11, r11, #1\n\trsb r12, r12, #0\n\t", ", r12", "r1, r2, r4", "88", ", lsl #1")
        POINTWISE_PIXELS(3)
        "10:\n\t" POINTWISE_TABLES(2, "", "", "", "", "r1, r2", "92", "")
        POINTWISE_PIXELS(2)
        "9:\n\tadd r12, sp, #128\n\tldm r12, {r4, r5, r6, r7, r8, r9, r10, r11, pc}"
        :
        :
        : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

/* One output channel of all pixels, for the multipliers, shifts and shapes that the assembler does not take. */
static void pointwise_channel(const int8_t *x, int32_t pixels, int32_t depth, int32_t offset, const int8_t *w,
                              int32_t bias, int32_t multiplier, int32_t shift, int32_t output_offset, int8_t *output,
                              int32_t channels)
{
    const uint32_t up = shift > 0 ? (uint32_t)shift : 0u;
    const uint32_t down = shift > 0 ? 0u : (uint32_t)-shift;
    const uint32_t mask = ((uint32_t)1 << down) - 1u;

    for (int32_t p = 0; p < pixels; p++)
    {
        int32_t sum = bias;
        int32_t high, value;

        for (int32_t i = 0; i < depth; i++)
        {
            sum += (x[i] + offset) * w[i];
        }
        sum = (int32_t)((uint32_t)sum << up);
        high = (int32_t)(((int64_t)sum * multiplier + ((int64_t)1 << 30)) >> 31);
        value = (high >> down) + (((uint32_t)high & mask) > (mask >> 1) + (high < 0 ? 1u : 0u) ? 1 : 0);
        value += output_offset;
        value = value < INT8_MIN ? INT8_MIN : value;
        *output = (int8_t)(value > INT8_MAX ? INT8_MAX : value);
        x += depth;
        output += channels;
    }
}

/* Clamps outputs, which are within int8 already, to fewer values. */
static void pointwise_clamp(int8_t *output, int32_t count, int32_t activation_min, int32_t activation_max)
{
    const uint32_t least = ((uint32_t)activation_min & 0xffu) * 0x01010101u;
    const uint32_t most = ((uint32_t)activation_max & 0xffu) * 0x01010101u;
    int32_t i = 0;

    for (; i + 4 <= count; i += 4)
    {
        uint32_t four, compared;

        memcpy(&four, output + i, sizeof four);
        __asm__("ssub8 %1, %0, %2\n\tsel %0, %0, %2\n\tssub8 %1, %0, %3\n\tsel %0, %3, %0"
                : "+&r"(four), "=&r"(compared)
                : "r"(least), "r"(most)
                : "cc");
        memcpy(output + i, &four, sizeof four);
    }
    for (; i < count; i++)
    {
        const int32_t raised = output[i] < activation_min ? activation_min : output[i];

        output[i] = (int8_t)(raised > activation_max ? activation_max : raised);
    }
}
#endif

/*
 * Pointwise convolution with stride 1: arm_convolve_1x1_s8_fast, whose arguments and bytes it has.
 *   acc[p, o] = bias[o] + sum over c of (input[p, c] + input_offset) * weights[o, c]
 *   output[p, o] = clamp(requantize(acc[p, o]) + output_offset), rounded twice as in the TensorFlow Lite int8 specification
 */
#if defined(POINTWISE_DSP)
/* Inlined, its arguments would take stack in callers while these call something else. */
__attribute__((noinline))
#endif
static arm_cmsis_nn_status pointwise_s8(const cmsis_nn_context *ctx,
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
#if defined(POINTWISE_DSP)
    const int32_t pixels = input_dims->n * input_dims->h * input_dims->w;
    const int32_t depth = input_dims->c;
    const int32_t channels = output_dims->c;
    const int32_t offset = conv_params->input_offset;
    const int32_t output_offset = conv_params->output_offset;
    const int32_t *const multipliers = quant_params->multiplier;
    const int32_t *const shifts = quant_params->shift;

    (void)ctx;
    (void)filter_dims;
    (void)bias_dims;
    for (int32_t o = 0; o < channels && pixels > 0; o++)
    {
        if (depth >= 4)
        {
            o = channels - pointwise_groups(channels - o, filter_data + o * depth, output_data + o, bias_data + o, 0, 0,
                                            ((uint32_t)offset & 0xffffu) * 0x10001u, 0, 0, channels, depth, input_data,
                                            ((uint32_t)1 << (8 * (depth % 4))) - 1u,
                                            depth % 4 == 0 ? 0 : 4 - depth % 4, (pixels - 1) * channels, multipliers + o,
                                            shifts + o, depth - 16, depth % 16, output_offset,
                                            pointwise_no_group, pointwise_nothing_kept);
        }
        if (o < channels)
        {
            pointwise_channel(input_data, pixels, depth, offset, filter_data + o * depth, bias_data[o], multipliers[o],
                              shifts[o], output_offset, output_data + o, channels);
        }
    }
    if (conv_params->activation.min > INT8_MIN || conv_params->activation.max < INT8_MAX)
    {
        pointwise_clamp(output_data, pixels * channels, conv_params->activation.min, conv_params->activation.max);
    }
    return ARM_CMSIS_NN_SUCCESS;
#else
    return arm_convolve_1x1_s8_fast(ctx, conv_params, quant_params, input_dims, input_data, filter_dims, filter_data,
                                    bias_dims, bias_data, output_dims, output_data);
#endif
}
