/* sums[c] += input[i, c] over `count` pixels. The sums are int32 in an arena of bytes, hence the copies. */
static void accumulate_s8(const int8_t *input, int32_t count, int32_t channels, int8_t *sums)
{
    for (int32_t c = 0; c < channels; c++)
    {
        int32_t sum;

        memcpy(&sum, sums + (size_t)c * sizeof sum, sizeof sum);
        for (int32_t i = 0; i < count; i++)
        {
            sum += input[i * channels + c];
        }
        memcpy(sums + (size_t)c * sizeof sum, &sum, sizeof sum);
    }
}
