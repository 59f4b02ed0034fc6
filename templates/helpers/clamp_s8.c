/* out = min(max(in, activation_min), activation_max); may run in place. */
static void clamp_s8(const int8_t *input, int8_t *output, int32_t size, int32_t activation_min, int32_t activation_max)
{
    for (int32_t i = 0; i < size; i++)
    {
        const int32_t value = input[i];
        const int32_t raised = value < activation_min ? activation_min : value;
        output[i] = (int8_t)(raised > activation_max ? activation_max : raised);
    }
}
