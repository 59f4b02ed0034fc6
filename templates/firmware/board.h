/* SPDX-License-Identifier: 0BSD */
/* What the programs for a board ask of it: a way to say something, a way to end, and a clock. */
#ifndef SNUG_BOARD_H
#define SNUG_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* For buffers that would crowd the variables out: the linker puts them where there is room. */
#define BOARD_LARGE __attribute__((section(".bss.snug_ram.any")))

/* Starts the clock. The start-up code calls it before main. */
void board_init_ticks(void);

/* Processor cycles since the start; in QEMU ticks of the machine's timer, whose ratio to instructions is fixed. */
uint64_t board_ticks(void);

void board_print(const char *text);
void board_print_number(uint64_t value);

/* Ends the program where something outside waits for it, otherwise stops here. */
void board_exit(int code);

/* Bytes of stack used so far, and what there is; board_paint_stack makes the part below the caller's frame count as unused. */
void board_paint_stack(void);
uint32_t board_stack_used(void);

/* Files of the host: handles from open, -1 where there is none. `mode` is 'r' or 'w'; the others return 0 on success. */
int board_open(const char *path, char mode);
int board_read(int file, void *data, size_t bytes);
int board_write(int file, const void *data, size_t bytes);
long board_file_size(int file);
int board_close(int file);

#endif /* SNUG_BOARD_H */
