/* SPDX-License-Identifier: 0BSD */
/* QEMU's MPS3 AN547: the system counter of the SSE-300, 32 MHz of virtual time (Arm 101773, "System counter"). */
#include "board.h"

#define COUNTER_CONTROL (*(volatile uint32_t *)0x58100000u)
#define COUNTER_LOW (*(volatile uint32_t *)0x48101000u)
#define COUNTER_HIGH (*(volatile uint32_t *)0x48101004u)

void board_init_ticks(void)
{
    COUNTER_CONTROL = 1u;
}

uint64_t board_ticks(void)
{
    uint32_t high;
    uint32_t low;

    do
    {
        high = COUNTER_HIGH;
        low = COUNTER_LOW;
    } while (high != COUNTER_HIGH);
    return ((uint64_t)high << 32) | low;
}
