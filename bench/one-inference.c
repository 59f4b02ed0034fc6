/*
 * One inference of a fixed input, for instructions.mjs. Everything outside of net_run goes uncounted. Prints the 32-bit
 * FNV-1a checksum of the output.
 */
#include "net.h"

#include <inttypes.h>
#include <stdio.h>

static net_arena_t arena;
static int8_t output[NET_OUTPUT_BYTES];
#ifndef RESIDENT
static int8_t buffer[NET_INPUT_BYTES];
#endif

int main(void)
{
#ifdef RESIDENT
    int8_t *const input = net_input(&arena);
#else
    int8_t *const input = buffer;
#endif
    uint32_t state = 1u;
    uint32_t checksum = 2166136261u;

    for (int i = 0; i < NET_INPUT_BYTES; i++)
    {
        /* The constants of Numerical Recipes' "quick and dirty" generator; its upper bits are the good ones. */
        state = state * 1664525u + 1013904223u;
        input[i] = (int8_t)((int32_t)(state >> 24) - 128);
    }
    if (net_run(&arena, input, output) != NET_OK)
    {
        return 1;
    }
    for (int i = 0; i < NET_OUTPUT_BYTES; i++)
    {
        checksum = (checksum ^ (uint8_t)output[i]) * 16777619u;
    }
    printf("%08" PRIx32 "\n", checksum);
    return 0;
}
