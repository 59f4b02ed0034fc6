/* SPDX-License-Identifier: 0BSD */
/*
 * A Cortex-M board behind a debugger or in QEMU: console and files by semihosting (Arm, "Semihosting for AArch32 and
 * AArch64"). Without a debugger the request faults; the start-up code answers such a request with -1 and goes on.
 */
#include "board.h"

#include <string.h>

#define SYS_OPEN 0x01
#define SYS_CLOSE 0x02
#define SYS_WRITE0 0x04
#define SYS_WRITE 0x05
#define SYS_READ 0x06
#define SYS_FLEN 0x0c
#define SYS_EXIT_EXTENDED 0x20
#define ADP_STOPPED_APPLICATION_EXIT 0x20026u

static intptr_t semihosting(uintptr_t operation, const void *arguments)
{
    register uintptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (intptr_t)r0;
}

void board_print(const char *text)
{
    (void)semihosting(SYS_WRITE0, text);
}

void board_print_number(uint64_t value)
{
    char text[21];
    char *digit = text + sizeof text - 1;

    *digit = '\0';
    do
    {
        *--digit = (char)('0' + (char)(value % 10u));
        value /= 10u;
    } while (value > 0u);
    board_print(digit);
}

void board_exit(int code)
{
    const uintptr_t reason[2] = { ADP_STOPPED_APPLICATION_EXIT, (uintptr_t)code };

    (void)semihosting(SYS_EXIT_EXTENDED, reason);
    for (;;)
    {
    }
}

int board_open(const char *path, char mode)
{
    /* fopen's "rb" and "wb", as semihosting numbers them. */
    const uintptr_t arguments[3] = { (uintptr_t)path, mode == 'r' ? 1u : 5u, strlen(path) };

    return (int)semihosting(SYS_OPEN, arguments);
}

int board_read(int file, void *data, size_t bytes)
{
    const uintptr_t arguments[3] = { (uintptr_t)file, (uintptr_t)data, bytes };

    return (int)semihosting(SYS_READ, arguments);
}

int board_write(int file, const void *data, size_t bytes)
{
    const uintptr_t arguments[3] = { (uintptr_t)file, (uintptr_t)data, bytes };

    return (int)semihosting(SYS_WRITE, arguments);
}

long board_file_size(int file)
{
    const uintptr_t arguments[1] = { (uintptr_t)file };

    return (long)semihosting(SYS_FLEN, arguments);
}

int board_close(int file)
{
    const uintptr_t arguments[1] = { (uintptr_t)file };

    return (int)semihosting(SYS_CLOSE, arguments);
}
