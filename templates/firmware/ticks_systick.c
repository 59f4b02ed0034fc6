/* SPDX-License-Identifier: 0BSD */
/* Processor cycles from SysTick, for cores without a cycle counter (Armv6-M Architecture Reference Manual, B3.3). */
#include "board.h"

#define SYST_CSR (*(volatile uint32_t *)0xe000e010u)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014u)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018u)

static volatile uint32_t wraps;

/* Named in the vector table. */
void systick_handler(void);

void systick_handler(void)
{
    wraps++;
}

void board_init_ticks(void)
{
    SYST_RVR = 0xffffffu;
    SYST_CVR = 0u;
    SYST_CSR = 7u;
}

uint64_t board_ticks(void)
{
    uint32_t before;
    uint32_t value;

    /* Read again where the counter wrapped in between. */
    do
    {
        before = wraps;
        value = SYST_CVR;
    } while (before != wraps);
    return ((uint64_t)before << 24) + (0xffffffu - value);
}
