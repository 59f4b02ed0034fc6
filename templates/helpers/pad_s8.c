/* A border of `pad_value` around a feature map of one batch. */
static void pad_s8(const int8_t *input,
                   int8_t *output,
                   int32_t pad_value,
                   const cmsis_nn_dims *input_dims,
                   const cmsis_nn_tile *before,
                   const cmsis_nn_tile *after)
{
    const size_t row = (size_t)(input_dims->w * input_dims->c);
    const size_t left = (size_t)(before->w * input_dims->c);
    const size_t right = (size_t)(after->w * input_dims->c);
    const size_t width = left + row + right;
    memset(output, pad_value, width * (size_t)before->h);
    output += width * (size_t)before->h;
    for (int32_t y = 0; y < input_dims->h; y++)
    {
        memset(output, pad_value, left);
        memcpy(output + left, input, row);
        memset(output + left + row, pad_value, right);
        input += row;
        output += width;
    }
    memset(output, pad_value, width * (size_t)after->h);
}
