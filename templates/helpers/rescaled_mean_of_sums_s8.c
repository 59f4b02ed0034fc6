/* Means from the sums of all pixels, rescaled; sum_offset takes the zero point out of a sum. */
static void rescaled_mean_of_sums_s8(const int8_t *sums,
                                     int32_t channels,
                                     int32_t sum_offset,
                                     int32_t multiplier,
                                     int32_t shift,
                                     int32_t output_offset,
                                     int8_t *output)
{
    for (int32_t c = 0; c < channels; c++)
    {
        int32_t sum;

        memcpy(&sum, sums + (size_t)c * sizeof sum, sizeof sum);
        output[c] = mean_rescale(sum + sum_offset, multiplier, shift, output_offset);
    }
}
