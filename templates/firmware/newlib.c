/* SPDX-License-Identifier: 0BSD */
/* What newlib asks of a board, so that the golden test's printf reaches the console (Newlib manual, "System Calls"). */
#include "board.h"

#include <sys/stat.h>

/* printf takes its buffers from here. */
static char heap[4096];
static int taken;

void *_sbrk(int bytes)
{
    char *const block = heap + taken;

    if (taken + bytes > (int)sizeof heap)
    {
        return (void *)-1;
    }
    taken += bytes;
    return block;
}

int _write(int file, const char *text, int length)
{
    char line[129];

    (void)file;
    for (int done = 0; done < length;)
    {
        int part = 0;

        while (part < 128 && done < length)
        {
            line[part++] = text[done++];
        }
        line[part] = '\0';
        board_print(line);
    }
    return length;
}

int _read(int file, char *text, int length)
{
    (void)file;
    (void)text;
    (void)length;
    return 0;
}

int _close(int file)
{
    (void)file;
    return -1;
}

int _lseek(int file, int offset, int from)
{
    (void)file;
    (void)offset;
    (void)from;
    return 0;
}

int _fstat(int file, struct stat *status)
{
    (void)file;
    status->st_mode = S_IFCHR;
    return 0;
}

int _isatty(int file)
{
    (void)file;
    return 1;
}

void _exit(int code)
{
    board_exit(code);
    for (;;)
    {
    }
}

int _kill(int process, int signal)
{
    (void)process;
    (void)signal;
    return -1;
}

int _getpid(void)
{
    return 1;
}
