/* output[j] = clamp(requantize(acc[j]) + offset) for `count` channels. */
static void flow_outputs(const int32_t *acc,
                         int32_t count,
                         const int32_t *multipliers,
                         const int32_t *shifts,
                         int32_t offset,
                         int32_t activation_min,
                         int32_t activation_max,
                         int8_t *output)
{
    for (int32_t j = 0; j < count; j++)
    {
        const int32_t value = flow_requantize(acc[j], multipliers[j], shifts[j]) + offset;
        const int32_t raised = value < activation_min ? activation_min : value;

        output[j] = (int8_t)(raised > activation_max ? activation_max : raised);
    }
}

#if defined(FLOW_SCALAR) || defined(FLOW_MVE)
/* Taps whose places are listed once for each pixel; larger windows take another way. */
#define FLOW_TAPS 49

/* Lists the taps of a pixel. Returns their number, or -1 where there could be more than FLOW_TAPS. */
static int32_t flow_list_taps(
    const flow_window *window, const flow_taps *taps, int32_t capacity, int32_t channels, flow_tap list[FLOW_TAPS])
{
    int32_t count = 0;

    if (window->kernel_height * window->kernel_width > FLOW_TAPS)
    {
        return -1;
    }
    for (int32_t ky = taps->row_begin; ky < taps->row_end; ky++)
    {
        int32_t slot = (taps->first + ky * window->width) % capacity;
        int32_t tap = ky * window->kernel_width + taps->column_begin;

        for (int32_t kx = taps->column_begin; kx < taps->column_end; kx++)
        {
            list[count].input = slot * channels;
            list[count].weights = tap * channels;
            count++;
            tap++;
            slot = slot + 1 == capacity ? 0 : slot + 1;
        }
    }
    return count;
}
#endif

#if defined(FLOW_SCALAR)
/* The sum of products of one channel, to which x and w point. */
static int32_t flow_multiply_1(const flow_window *window,
                               const flow_taps *taps,
                               int32_t capacity,
                               int32_t channels,
                               const int8_t *x,
                               const int8_t *w,
                               int32_t offset)
{
    int32_t sum = 0;

    for (int32_t ky = taps->row_begin; ky < taps->row_end; ky++)
    {
        int32_t slot = (taps->first + ky * window->width) % capacity;

        for (int32_t kx = taps->column_begin; kx < taps->column_end; kx++)
        {
            sum += (x[slot * channels] + offset) * w[(ky * window->kernel_width + kx) * channels];
            slot = slot + 1 == capacity ? 0 : slot + 1;
        }
    }
    return sum;
}
#endif


/*
 * Depthwise convolution of the `count` output pixels from `position` on. Pixel i of the input lies at slot i modulo
 * `capacity`, so that no row ever moves; taps outside of the map contribute nothing.
 *   acc[c] = bias[c] + sum over ky, kx of (input[y * sh - top + ky, x * sw - left + kx, c] + input_offset) * weights[ky, kx, c]
 *   output[c] = clamp(requantize(acc[c]) + output_offset), rounded twice as in the TensorFlow Lite int8 specification
 * A pixel is written after its inputs have been read, so that the output may follow the input in one buffer.
 */
static void depthwise_ring_s8(const flow_window *window,
                              const int8_t *input,
                              int32_t capacity,
                              int32_t position,
                              int32_t count,
                              int32_t channels,
                              int32_t input_offset,
                              int32_t output_offset,
                              int32_t activation_min,
                              int32_t activation_max,
                              const int8_t *weights,
                              const int32_t *bias,
                              const int32_t *multipliers,
                              const int32_t *shifts,
                              int8_t *output)
{
#if defined(FLOW_SCALAR)
#if defined(FLOW_DSP)
    const uint32_t least = ((uint32_t)activation_min & 0xffu) * 0x01010101u;
    const uint32_t most = ((uint32_t)activation_max & 0xffu) * 0x01010101u;

#endif
    for (int32_t i = 0; i < count; i++)
    {
        const flow_taps taps = flow_taps_of(window, position + i);
        flow_tap list[FLOW_TAPS];
        const int32_t listed = flow_list_taps(window, &taps, capacity, channels, list);
        const int32_t fours = listed < 0 ? 0 : channels - channels % 4;
        int32_t c = 0;

        for (; c < fours; c += 4)
        {
            flow_sums sums = { bias[c], bias[c + 1], bias[c + 2], bias[c + 3] };

#if defined(FLOW_DSP)
            sums = flow_multiply_4(sums, list, listed, input + c, weights + c, input_offset);
            if ((shifts[c] & shifts[c + 1] & shifts[c + 2] & shifts[c + 3]) < 0)
            {
                const uint32_t outputs =
                    flow_requantize_4(sums, multipliers + c, shifts + c, output_offset, least, most);

                memcpy(output + c, &outputs, sizeof outputs);
                continue;
            }
#else
            sums = flow_multiply_4(sums, list, listed, input + c, weights + c, input_offset);
#endif
            {
                const int32_t acc[4] = { sums.s0, sums.s1, sums.s2, sums.s3 };

                flow_outputs(
                    acc, 4, multipliers + c, shifts + c, output_offset, activation_min, activation_max, output + c);
            }
        }
        for (; c < channels; c++)
        {
            const int32_t acc =
                bias[c] + flow_multiply_1(window, &taps, capacity, channels, input + c, weights + c, input_offset);

            flow_outputs(
                &acc, 1, multipliers + c, shifts + c, output_offset, activation_min, activation_max, output + c);
        }
        output += channels;
    }
#else
#if defined(FLOW_MVE)
    if (channels >= 16 && window->kernel_height * window->kernel_width <= FLOW_TAPS)
    {
        const int32_t rest = channels % 16;
        flow_tap list[FLOW_TAPS];
        int8_t first[16];
        flow_pixel pixel = { .channels = channels, .input_offset = input_offset, .output_offset = output_offset,
                             .tables = { weights, bias, multipliers, shifts } };
        int32_t rights = -1;

        for (int32_t j = 0; j < 8; j++)
        {
            pixel.least[j] = (int16_t)activation_min;
            pixel.most[j] = (int16_t)activation_max;
        }
        for (int32_t c = 0; c < channels; c++)
        {
            rights &= shifts[c];
        }
        pixel.right = rights < 0;
        for (int32_t i = 0; i < count; i++)
        {
            const flow_taps taps = flow_taps_of(window, position + i);
            const int whole = flow_find_rows(&pixel, window, &taps, capacity);
            const int8_t *const from = whole ? input + pixel.rows[0] : input;

            pixel.list = whole ? NULL : list;
            pixel.end = list + (whole ? 0 : flow_list_taps(window, &taps, capacity, channels, list));
            if (rest > 0)
            {
                /* Sixteen channels, of which only those are taken that whole groups leave over. */
                flow_blocks(&pixel, from, 0, 1, first);
                memcpy(output, first, (size_t)rest);
            }
            flow_blocks(&pixel, from, rest, channels / 16, output + rest);
            output += channels;
        }
        return;
    }
#endif
    for (int32_t i = 0; i < count; i++)
    {
        const flow_taps taps = flow_taps_of(window, position + i);

        for (int32_t c = 0; c < channels; c += FLOW_BLOCK)
        {
            const int32_t block = channels - c < FLOW_BLOCK ? channels - c : FLOW_BLOCK;
            int32_t acc[FLOW_BLOCK];

            memcpy(acc, bias + c, (size_t)block * sizeof acc[0]);
            for (int32_t ky = taps.row_begin; ky < taps.row_end; ky++)
            {
                int32_t slot = (taps.first + ky * window->width) % capacity;

                for (int32_t kx = taps.column_begin; kx < taps.column_end; kx++)
                {
                    const int8_t *const x = input + slot * channels + c;
                    const int8_t *const w = weights + (ky * window->kernel_width + kx) * channels + c;

                    if (block == FLOW_BLOCK)
                    {
                        flow_multiply_block(x, w, input_offset, acc);
                    }
                    else
                    {
                        flow_multiply(x, w, input_offset, block, acc);
                    }
                    slot = slot + 1 == capacity ? 0 : slot + 1;
                }
            }
            flow_outputs(acc, block, multipliers + c, shifts + c, output_offset, activation_min, activation_max, output + c);
        }
        output += channels;
    }
#endif
}
