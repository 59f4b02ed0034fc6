/* SPDX-License-Identifier: 0BSD */
/* Processor cycles from the DWT cycle counter (Armv7-M and Armv8-M Architecture Reference Manuals, DWT). */
#include "board.h"

#define DEMCR (*(volatile uint32_t *)0xe000edfcu)
#define DWT_CTRL (*(volatile uint32_t *)0xe0001000u)
#define DWT_CYCCNT (*(volatile uint32_t *)0xe0001004u)
#define DWT_LAR (*(volatile uint32_t *)0xe0001fb0u)

static uint32_t last;
static uint32_t wraps;

void board_init_ticks(void)
{
    DEMCR |= 1u << 24;
    /* Cortex-M7 locks the counter until it is given the key; elsewhere nothing is there. */
    DWT_LAR = 0xc5acce55u;
    DWT_CYCCNT = 0u;
    DWT_CTRL |= 1u;
}

/* Has to be called once in every 2^32 cycles, as every layer does. */
uint64_t board_ticks(void)
{
    const uint32_t now = DWT_CYCCNT;

    wraps += now < last ? 1u : 0u;
    last = now;
    return ((uint64_t)wraps << 32) | now;
}
