/* Drops the oldest `dropped` of `held` rows: the others move to the front of the buffer. */
static void flow_slide(int8_t *buffer, int32_t held, int32_t dropped, size_t row_bytes)
{
    if (dropped > 0 && held > dropped)
    {
        memmove(buffer, buffer + (size_t)dropped * row_bytes, (size_t)(held - dropped) * row_bytes);
    }
}
