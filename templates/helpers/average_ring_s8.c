/*
 * Means over the windows of the `count` output pixels from `position` on, of the elements inside of the map, rounded to
 * nearest with ties away from zero. Pixel i of the input lies at slot i modulo `capacity`.
 */
static void average_ring_s8(const flow_window *window,
                            const int8_t *input,
                            int32_t capacity,
                            int32_t position,
                            int32_t count,
                            int32_t channels,
                            int32_t activation_min,
                            int32_t activation_max,
                            int8_t *output)
{
    for (int32_t i = 0; i < count; i++)
    {
        const flow_taps taps = flow_taps_of(window, position + i);
        const int32_t area = (taps.row_end - taps.row_begin) * (taps.column_end - taps.column_begin);

        for (int32_t c = 0; c < channels; c++)
        {
            int32_t sum = 0;

            for (int32_t ky = taps.row_begin; ky < taps.row_end; ky++)
            {
                int32_t slot = (taps.first + ky * window->width) % capacity;

                for (int32_t kx = taps.column_begin; kx < taps.column_end; kx++)
                {
                    sum += input[slot * channels + c];
                    slot = slot + 1 == capacity ? 0 : slot + 1;
                }
            }
            const int32_t mean = (sum > 0 ? sum + area / 2 : sum - area / 2) / area;
            const int32_t raised = mean < activation_min ? activation_min : mean;

            output[c] = (int8_t)(raised > activation_max ? activation_max : raised);
        }
        output += channels;
    }
}
