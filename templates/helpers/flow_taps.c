/* The taps of one output pixel that lie inside of the map; `first` is the input pixel under tap (0, column_begin). */
typedef struct
{
    int32_t row_begin, row_end;
    int32_t column_begin, column_end;
    int32_t first;
} flow_taps;

static flow_taps flow_taps_of(const flow_window *window, int32_t position)
{
    const int32_t y = position / window->output_width * window->stride_height - window->top;
    const int32_t x = position % window->output_width * window->stride_width - window->left;
    const int32_t rows_left = window->height - y;
    const int32_t columns_left = window->width - x;
    flow_taps taps;

    taps.row_begin = y < 0 ? -y : 0;
    taps.row_end = rows_left < window->kernel_height ? rows_left : window->kernel_height;
    taps.column_begin = x < 0 ? -x : 0;
    taps.column_end = columns_left < window->kernel_width ? columns_left : window->kernel_width;
    taps.first = y * window->width + x + taps.column_begin;
    return taps;
}
