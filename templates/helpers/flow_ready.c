/* The last position along one side that a window at `output` needs, not beyond the map. */
static int32_t flow_last(int32_t output, int32_t stride, int32_t before, int32_t kernel, int32_t size)
{
    const int32_t last = output * stride - before + kernel - 1;

    return last < 0 ? 0 : (last < size ? last : size - 1);
}

/*
 * How many output pixels from `position` on are computed next: `most`, fewer at the end of a row where that is a part of a
 * row, or at the end of the map where it is whole rows; 0 while some input pixel of theirs is not among the `received` ones.
 */
static int32_t flow_ready(const flow_window *window, int32_t received, int32_t position, int32_t most)
{
    const int32_t width = window->output_width;
    const int32_t left = most < width ? width - position % width : width * window->output_height - position;
    const int32_t count = most < left ? most : left;
    const int32_t end = position + count - 1;
    const int32_t row =
        flow_last(end / width, window->stride_height, window->top, window->kernel_height, window->height);
    const int32_t column =
        flow_last(end % width, window->stride_width, window->left, window->kernel_width, window->width);

    return position < width * window->output_height && row * window->width + column < received ? count : 0;
}
