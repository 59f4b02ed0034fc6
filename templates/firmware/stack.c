/* SPDX-License-Identifier: 0BSD */
/* The high-water mark of the stack: paint what is free, and look later how much of the paint is gone. */
#include "board.h"

#define PAINT 0xa5a5a5a5u

/* From the linker script: the stack grows down to here. */
extern uint32_t __stack_limit[];

/* The stack pointer of the caller of board_paint_stack: what is used is counted from there. */
static uintptr_t painted_from;

/* Bytes below the caller's stack pointer that this function itself may need: they count as used. */
#define OWN_FRAME 64u

__attribute__((noinline)) void board_paint_stack(void)
{
    painted_from = (uintptr_t)__builtin_dwarf_cfa();
    for (uintptr_t word = (uintptr_t)__stack_limit; word < painted_from - OWN_FRAME; word += sizeof(uint32_t))
    {
        *(volatile uint32_t *)word = PAINT;
    }
}

uint32_t board_stack_used(void)
{
    uintptr_t word = (uintptr_t)__stack_limit;

    while (word < painted_from - OWN_FRAME && *(const volatile uint32_t *)word == PAINT)
    {
        word += sizeof(uint32_t);
    }
    return (uint32_t)(painted_from - word);
}
