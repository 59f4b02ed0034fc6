/* The first input row that is still needed when `row` output rows have been made: the first one that its buffer holds. */
static int32_t flow_first_row(const flow_window *window, int32_t row)
{
    const int32_t first = row * window->stride_height - window->top;

    return first < 0 ? 0 : (first < window->height ? first : window->height);
}

/* Rows of input behind that one that output row `row` needs; 0 while they are not all there, or when all rows are made. */
static int32_t flow_rows_ready(const flow_window *window, int32_t received, int32_t row)
{
    const int32_t last = row * window->stride_height - window->top + window->kernel_height - 1;
    const int32_t needed = last < 0 ? 0 : (last < window->height ? last : window->height - 1);

    return row < window->output_height && needed < received ? needed + 1 - flow_first_row(window, row) : 0;
}

/* Rows of padding above them. */
static int32_t flow_top(const flow_window *window, int32_t row)
{
    const int32_t above = window->top - row * window->stride_height;

    return above > 0 ? above : 0;
}
