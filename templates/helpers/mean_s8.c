/* output[c] = the mean of input[i, c] over `pixels` pixels, rescaled; sum_offset takes the zero point out of the sum. */
static void mean_s8(const int8_t *input,
                    int32_t pixels,
                    int32_t channels,
                    int32_t sum_offset,
                    int32_t multiplier,
                    int32_t shift,
                    int32_t output_offset,
                    int8_t *output)
{
    for (int32_t c = 0; c < channels; c++)
    {
        int32_t sum = sum_offset;

        for (int32_t i = 0; i < pixels; i++)
        {
            sum += input[i * channels + c];
        }
        output[c] = mean_rescale(sum, multiplier, shift, output_offset);
    }
}
