/*
 * A mean from a sum with the zero points out of it, rounded twice as in the TensorFlow Lite int8 specification; the division
 * is in the multiplier. Right shifts of negative values are arithmetic.
 */
static int8_t mean_rescale(int32_t sum, int32_t multiplier, int32_t shift, int32_t output_offset)
{
    const int32_t scaled = shift > 0 ? (int32_t)((uint32_t)sum << (uint32_t)shift) : sum;
    const int32_t high = (int32_t)(((int64_t)scaled * multiplier + ((int64_t)1 << 30)) >> 31);
    const uint32_t exponent = shift > 0 ? 0u : (uint32_t)-shift;
    const uint32_t mask = ((uint32_t)1 << exponent) - 1u;
    const uint32_t threshold = (mask >> 1) + (high < 0 ? 1u : 0u);
    const int32_t value = (high >> exponent) + (((uint32_t)high & mask) > threshold ? 1 : 0) + output_offset;
    const int32_t raised = value < -128 ? -128 : value;

    return (int8_t)(raised > 127 ? 127 : raised);
}
