/*
 * Copies the windows of the `count` output pixels from `position` on next to each other (im2col): for each of them
 * kernel_height x kernel_width pixels, `outside` in every byte of those that lie outside of the map. Pixel i of the input
 * lies at slot i modulo `capacity`.
 */
static void flow_gather(const flow_window *window,
                        const int8_t *input,
                        int32_t capacity,
                        int32_t position,
                        int32_t count,
                        int32_t channels,
                        int8_t outside,
                        int8_t *columns)
{
    const size_t pixel = (size_t)channels;

    for (int32_t i = 0; i < count; i++)
    {
        const flow_taps taps = flow_taps_of(window, position + i);

        for (int32_t ky = 0; ky < window->kernel_height; ky++)
        {
            const int inside = ky >= taps.row_begin && ky < taps.row_end && taps.column_begin < taps.column_end;
            const int32_t begin = inside ? taps.column_begin : 0;
            const int32_t end = inside ? taps.column_end : 0;
            int8_t *to = columns + (size_t)begin * pixel;

            memset(columns, outside, (size_t)begin * pixel);
            if (inside)
            {
                const int32_t slot = (taps.first + ky * window->width) % capacity;
                const int32_t run = end - begin;
                const int32_t whole = capacity - slot < run ? capacity - slot : run;

                memcpy(to, input + (size_t)slot * pixel, (size_t)whole * pixel);
                memcpy(to + (size_t)whole * pixel, input, (size_t)(run - whole) * pixel);
            }
            columns += (size_t)window->kernel_width * pixel;
            memset(to + (size_t)(end - begin) * pixel, outside, (size_t)(window->kernel_width - end) * pixel);
        }
    }
}
