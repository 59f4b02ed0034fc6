/* How a window moves over a map whose pixels arrive in raster order. `height` and `width` are the input's. */
typedef struct
{
    int32_t height, width;
    int32_t output_height, output_width;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t top, left;
} flow_window;
