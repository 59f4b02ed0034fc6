/*
 * On cores with MVE, the vectors of Armv8.1-M, sixteen channels keep their sums in registers over all taps. Debug builds do
 * without: there GCC keeps registers for itself that the assembler needs.
 */
#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__) && defined(__OPTIMIZE__) && !defined(__ARM_BIG_ENDIAN)
#if (__ARM_FEATURE_MVE & 1) != 0
#define FLOW_MVE

/* Where a tap reads: distances from the first input pixel and from the first weight. */
typedef struct
{
    int32_t input, weights;
} flow_tap;
#endif
#endif

#if defined(FLOW_MVE)
/* Constants of a layer, one value for each channel or tap of a channel. */
typedef struct
{
    const int8_t *weights;
    const int32_t *bias, *multipliers, *shifts;
} flow_tables;

/* What the assembler takes for a pixel: the first eleven words become r0 to r6, r8, r10, r12 and lr. */
typedef struct
{
    const int8_t *input, *weights;
    int8_t *output;
    int32_t unused[2];
    const int32_t *bias, *multipliers, *shifts;
    int32_t blocks, input_offset, channels;
    int32_t rows[3];              /* places of the first row of taps in the input, of the others behind the first */
    const flow_tap *list, *end;   /* no list where there are three whole rows */
    int32_t output_offset, right; /* right: 1 where every shift is to the right, otherwise 0 */
    int16_t least[8], most[8];
    flow_tables tables;
} flow_pixel;

/* A tap of sixteen channels: q0 and q2 sum up even channels of 8, q1 and q3 odd ones, as VMULL and VLD2 part them. */
#define FLOW_TAP_16(x, w) \
    "vldrb.s16 q4,[" x "]\n vldrb.s16 q5,[" w "]\n vadd.i16 q4,q4,r12\n vldrb.s16 q6,[" x ",#8]\n" \
    "vmullb.s16 q7,q4,q5\n vmullt.s16 q4,q4,q5\n vldrb.s16 q5,[" w ",#8]\n vadd.i32 q0,q0,q7\n" \
    "vadd.i16 q6,q6,r12\n vadd.i32 q1,q1,q4\n vmullb.s16 q7,q6,q5\n vmullt.s16 q6,q6,q5\n" \
    "vadd.i32 q2,q2,q7\n vadd.i32 q3,q3,q6\n"
#define FLOW_NEXT_16 "add r3,r3,lr\n add r1,r1,lr\n" FLOW_TAP_16("r3", "r1")
#define FLOW_ROW_16(row) \
    "ldr r3,[%[p],#" row "]\n add r1,r1,lr\n add r3,r3,r0\n" FLOW_TAP_16("r3", "r1") FLOW_NEXT_16 FLOW_NEXT_16
#define FLOW_LOAD_8(a, b, from) "vld20.32 {" a "," b "},[" from "]\n vld21.32 {" a "," b "},[" from "]!\n"
#define FLOW_BIAS_16 FLOW_LOAD_8("q0", "q1", "r5") FLOW_LOAD_8("q2", "q3", "r5")

/*
 * flow_requantize, for multipliers >= 0. VRSHL takes ties upwards; one less for negative values takes theirs away from
 * zero, and VQDMLAH by 1 is that: v + floor(2 * v / 2^32). Shifts to the left come first, and round nothing.
 */
#define FLOW_HIGH_8(a, b) FLOW_LOAD_8("q4", "q5", "r6") "vqrdmulh.s32 " a "," a ",q4\n vqrdmulh.s32 " b "," b ",q5\n"
#define FLOW_DOWN_8(a, b) "vrshl.s32 " a "," a ",q6\n vrshl.s32 " b "," b ",q7\n"
#define FLOW_RIGHT_8(a, b) \
    FLOW_HIGH_8(a, b) FLOW_LOAD_8("q6", "q7", "r8") \
    "vqdmlah.s32 " a "," a ",r3\n vqdmlah.s32 " b "," b ",r3\n" FLOW_DOWN_8(a, b)
#define FLOW_ANY_8(a, b) \
    FLOW_LOAD_8("q6", "q7", "r8") "vmov.i32 q4,#0\n vmax.s32 q5,q6,q4\n vmax.s32 q4,q7,q4\n" \
    "vshl.s32 " a "," a ",q5\n vshl.s32 " b "," b ",q4\n vsub.i32 q6,q6,q5\n vsub.i32 q7,q7,q4\n" FLOW_HIGH_8(a, b) \
    "vpt.s32 lt,q6,zr\n vqdmlaht.s32 " a "," a ",r3\n vpt.s32 lt,q7,zr\n vqdmlaht.s32 " b "," b ",r3\n" \
    FLOW_DOWN_8(a, b)
/* What does not fit 16 bits is clamped anyway. */
#define FLOW_STORE_16 \
    "ldr r3,[%[p],#64]\n vqmovnb.s32 q0,q0\n vqmovnb.s32 q2,q2\n vqmovnt.s32 q0,q1\n vqmovnt.s32 q2,q3\n" \
    "vldrw.32 q4,[%[p],#72]\n vqadd.s16 q0,q0,r3\n vqadd.s16 q2,q2,r3\n vldrw.32 q5,[%[p],#88]\n" \
    "vmax.s16 q0,q0,q4\n vmax.s16 q2,q2,q4\n vmin.s16 q0,q0,q5\n vmin.s16 q2,q2,q5\n" \
    "vstrb.16 q0,[r2],#8\n vstrb.16 q2,[r2],#8\n add r0,r0,#16\n add r1,r1,#16\n subs r10,r10,#1\n bne 1b"
#define FLOW_ASM(text) \
    __asm__ volatile("ldm %[p],{r0,r1,r2,r3,r4,r5,r6,r8,r10,r12,lr}\n1:\n" text \
                     : \
                     : [p] "r"(pixel) \
                     : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r10", "r12", "lr", "q0", "q1", "q2", "q3", \
                       "q4", "q5", "q6", "q7", "cc", "memory")

/* Sixteen channels from c on, `blocks` times; in assembler, as compilers load more at once than there are registers. */
static void flow_blocks(flow_pixel *pixel, const int8_t *input, int32_t c, int32_t blocks, int8_t *output)
{
    pixel->input = input + c;
    pixel->weights = pixel->tables.weights + c;
    pixel->output = output;
    pixel->bias = pixel->tables.bias + c;
    pixel->multipliers = pixel->tables.multipliers + c;
    pixel->shifts = pixel->tables.shifts + c;
    pixel->blocks = blocks;
    if (pixel->list == NULL)
    {
        FLOW_ASM(FLOW_BIAS_16 FLOW_TAP_16("r0", "r1") "mov r3,r0\n" FLOW_NEXT_16 FLOW_NEXT_16 FLOW_ROW_16("48")
                 FLOW_ROW_16("52") "sub r1,r1,lr,lsl #3\n mov r3,#1\n" FLOW_RIGHT_8("q0", "q1")
                 FLOW_RIGHT_8("q2", "q3") FLOW_STORE_16);
        return;
    }
    FLOW_ASM(FLOW_BIAS_16 "ldrd lr,r4,[%[p],#56]\n b 3f\n"
             "2: ldrd r3,r4,[lr],#8\n add r3,r3,r0\n add r4,r4,r1\n" FLOW_TAP_16("r3", "r4") "ldr r4,[%[p],#60]\n"
             "3: cmp lr,r4\n bne 2b\n ldr r3,[%[p],#68]\n cmp r3,#0\n beq 4f\n" FLOW_RIGHT_8("q0", "q1")
             FLOW_RIGHT_8("q2", "q3") "b 5f\n4: mov r3,#1\n" FLOW_ANY_8("q0", "q1") FLOW_ANY_8("q2", "q3")
             "5:\n" FLOW_STORE_16);
}

/* Finds three whole rows of taps; 0 where some tap does not count, or where the buffer's end splits a row. */
static int flow_find_rows(flow_pixel *pixel, const flow_window *window, const flow_taps *taps, int32_t capacity)
{
    int whole = pixel->right && window->kernel_height == 3 && window->kernel_width == 3 &&
                taps->row_end - taps->row_begin == 3 && taps->column_end - taps->column_begin == 3;

    for (int32_t ky = 0; whole && ky < 3; ky++)
    {
        const int32_t slot = (taps->first + ky * window->width) % capacity;

        pixel->rows[ky] = slot * pixel->channels - (ky > 0 ? pixel->rows[0] : 0);
        whole = slot + 3 <= capacity;
    }
    return whole;
}
#endif
