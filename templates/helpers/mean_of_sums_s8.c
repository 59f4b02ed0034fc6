/* Means from the sums over `pixels` pixels, rounded to nearest with ties away from zero. */
static void mean_of_sums_s8(const int8_t *sums,
                            int32_t pixels,
                            int32_t channels,
                            int32_t activation_min,
                            int32_t activation_max,
                            int8_t *output)
{
    for (int32_t c = 0; c < channels; c++)
    {
        int32_t sum;

        memcpy(&sum, sums + (size_t)c * sizeof sum, sizeof sum);
        const int32_t mean = (sum > 0 ? sum + pixels / 2 : sum - pixels / 2) / pixels;
        const int32_t raised = mean < activation_min ? activation_min : mean;

        output[c] = (int8_t)(raised > activation_max ? activation_max : raised);
    }
}
