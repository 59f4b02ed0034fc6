/* How many of `count` pixels from `position` on lie side by side in a line buffer of `capacity` pixels. */
static int32_t flow_part(int32_t position, int32_t count, int32_t capacity)
{
    const int32_t left = capacity - position % capacity;

    return count < left ? count : left;
}
