/** A published MobileNetV2 1.0-224 whose input is pushed row by row gives the bytes of layer by layer, in 93 KiB. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataFile } from '../support/data-folder.ts';
import { C_FLAGS, objectsOf, runProgram, SANITIZE, sourcesOf, WRITE_RESULT } from '../support/host-c.ts';
import { compileInto, jsonOf, newFolder, snug } from '../support/snug.ts';

const MODEL = dataFile('models/mobilenet_v2_1.0_224_float.onnx', 'streaming through a published MobileNetV2');
const PICTURES = dataFile('imagenet-500', 'streaming through a published MobileNetV2');
const VECTORS = 20;
/** 93 KiB and 2 % for what a later planner may lose. */
const MOST_BYTES = Math.floor(93 * 1024 * 1.02);

let cwd: string;
beforeAll(async () => {
  if (MODEL === null || PICTURES === null) return;
  cwd = await newFolder();
  const args = ['--model', MODEL, '--images', PICTURES, '--samples', '20', '--golden', '0', '--quantize', 'fast'];
  await Promise.all([
    compileInto(cwd, 'whole', [...args, '--name', 'whole', '--schedule', 'layers']),
    compileInto(cwd, 'pushed', [
      ...[...args, '--name', 'pushed', '--schedule', 'stream', '--input', 'streamed', '--kernels', 'portable'],
    ]),
  ]);
});
afterAll(async () => {
  if (cwd !== undefined) await rm(cwd, { recursive: true, force: true });
});

const CODE = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "whole.h"
#include "pushed.h"
#define CHECK(condition) do { if (!(condition)) { fprintf(stderr, "vector %d, line %d: %s\\n", vector, __LINE__, #condition); exit(1); } } while (0)

enum { ROW = PUSHED_INPUT_WIDTH * PUSHED_INPUT_CHANNELS, ROWS = 7 };
static whole_arena_t whole;
static struct { uint8_t before[256]; PUSHED_ALIGNED uint8_t arena[PUSHED_ARENA_BYTES]; uint8_t after[256]; } pushed;
static int8_t input[PUSHED_INPUT_BYTES], rows[ROWS * ROW];

static int guards_hold(void)
{
    for (int i = 0; i < 256; i++) if (pushed.before[i] != 0xa5 || pushed.after[i] != 0xa5) return 0;
    return 1;
}

int main(void)
{
    static int8_t result[${VECTORS}][PUSHED_OUTPUT_BYTES];
    pushed_arena_t *const arena = (pushed_arena_t *)(void *)pushed.arena;
    FILE *const vectors = fopen("whole/test/vectors.bin", "rb");
    int vector = 0;

    CHECK(vectors != NULL);
    CHECK(sizeof pushed == 512 + PUSHED_ARENA_BYTES);
    CHECK(PUSHED_ACTIVATION_BYTES <= ${MOST_BYTES});
    CHECK(sizeof arena->activations == PUSHED_ACTIVATION_BYTES);
    CHECK(WHOLE_INPUT_BYTES == PUSHED_INPUT_BYTES && WHOLE_OUTPUT_BYTES == PUSHED_OUTPUT_BYTES);
    memset(&pushed, 0xa5, sizeof pushed);
    for (; vector < ${VECTORS}; vector++)
    {
        static int8_t expected[WHOLE_OUTPUT_BYTES];

        CHECK(fread(input, 1, sizeof input, vectors) == sizeof input);
        CHECK(whole_run(&whole, input, expected) == WHOLE_OK);
        pushed_begin(arena, result[vector]);
        for (int row = 0; row < PUSHED_INPUT_HEIGHT; row += ROWS)
        {
            const int count = ROWS < PUSHED_INPUT_HEIGHT - row ? ROWS : PUSHED_INPUT_HEIGHT - row;
            memcpy(rows, input + row * ROW, (size_t)(count * ROW));
            CHECK(pushed_push_rows(arena, rows, count) == PUSHED_OK);
            memset(rows, 0x77, sizeof rows);
        }
        CHECK(pushed_finish(arena) == PUSHED_OK);
        CHECK(memcmp(result[vector], expected, sizeof expected) == 0);
        CHECK(guards_hold());
    }
    CHECK(fgetc(vectors) == EOF);
    fclose(vectors);
${WRITE_RESULT}`;

test.runIf(MODEL && PICTURES)(
  'pushed 7 rows at a time it gives the bytes of layer by layer over 20 pictures',
  async () => {
    const flags = [...C_FLAGS, ...SANITIZE, '-Iwhole', '-Ipushed', '-Iwhole/cmsis_nn'];
    const objects = await objectsOf(cwd, await sourcesOf(cwd, ['whole', 'pushed']), 'gcc', flags);
    const result = await runProgram(cwd, 'real.c', CODE, { objects, flags });
    const rows = Array.from({ length: VECTORS }, (_, i) => result.subarray(1001 * i, 1001 * (i + 1)).toString('hex'));
    expect(result).toHaveLength(1001 * VECTORS);
    expect(new Set(rows).size).toBe(VECTORS);
  },
);

test.runIf(MODEL && PICTURES)('snug verify finds every layer of it equal to the interpreter', async () => {
  const finished = await snug(['verify', join(cwd, 'pushed'), '--samples', '3', '--json', '--quiet'], { cwd });
  expect(finished.stderr).toBe('');
  expect(finished.exitCode).toBe(0);
  expect(jsonOf(finished)).toMatchObject({ passed: true, vectors: 3, layers: 64, differingBytes: 0 });
});
