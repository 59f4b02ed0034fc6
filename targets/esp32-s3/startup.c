/* SPDX-License-Identifier: 0BSD */
/*
 * Start-up for the ESP32-S3 without ESP-IDF, behind its second-stage boot loader, which has mapped the flash and set the
 * stack up: memory, then main. What the program prints goes into a buffer, `board_log`, for a debugger to read; there
 * are no files of a host. For a firmware of your own, `snug compile --integration esp-idf` is the way.
 */
#include "board.h"

#include <string.h>

/* From the linker script. */
extern uint8_t __data_load[];
extern uint8_t __data_start[];
extern uint8_t __data_end[];
extern uint8_t __bss_start[];
extern uint8_t __bss_end[];

int main(void);
void reset_handler(void);

/* What was printed, and how the program ended: -1 while it runs. */
extern char board_log[4096];
extern volatile int board_result;
char board_log[4096];
volatile int board_result = -1;
static size_t logged;

__attribute__((noreturn)) void reset_handler(void)
{
    memcpy(__data_start, __data_load, (size_t)(__data_end - __data_start));
    memset(__bss_start, 0, (size_t)(__bss_end - __bss_start));
    board_init_ticks();
    board_exit(main());
    for (;;)
    {
    }
}

void board_print(const char *text)
{
    for (; *text != '\0' && logged + 1u < sizeof board_log; text++)
    {
        board_log[logged++] = *text;
    }
    board_log[logged] = '\0';
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
    board_result = code;
    for (;;)
    {
    }
}

/* CCOUNT counts processor cycles and is never stopped (Xtensa ISA Reference Manual, "Timer Interrupt Option"). */
static uint32_t cycles(void)
{
    uint32_t value;

    __asm__ volatile("rsr %0, ccount" : "=r"(value));
    return value;
}

static uint32_t last;
static uint32_t wraps;

void board_init_ticks(void)
{
    last = cycles();
}

/* Has to be called once in every 2^32 cycles, as every layer does. */
uint64_t board_ticks(void)
{
    const uint32_t now = cycles();

    wraps += now < last ? 1u : 0u;
    last = now;
    return ((uint64_t)wraps << 32) | now;
}

int board_open(const char *path, char mode)
{
    (void)path;
    (void)mode;
    return -1;
}

int board_read(int file, void *data, size_t bytes)
{
    (void)file;
    (void)data;
    (void)bytes;
    return -1;
}

int board_write(int file, const void *data, size_t bytes)
{
    (void)file;
    (void)data;
    (void)bytes;
    return -1;
}

long board_file_size(int file)
{
    (void)file;
    return -1;
}

int board_close(int file)
{
    (void)file;
    return -1;
}
