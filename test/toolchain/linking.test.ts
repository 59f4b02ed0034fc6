/** Emitted networks inside a program of their user: several at once, several instances, and helpers for pixels. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { DEFAULT_PREPROCESS, type Preprocess, pixelTable, toInt8 } from '../../src/pictures/preprocess.ts';
import { type OutputFolder, readOutputFolder } from '../../src/toolchain/output-folder.ts';
import {
  asInt8,
  C_FLAGS,
  cArray,
  objectsOf,
  runProgram,
  SANITIZE,
  sourcesOf,
  WRITE_RESULT,
} from '../support/host-c.ts';
import { pixelsOf } from '../support/pictures.ts';
import { compileInto, newFolder, TINY } from '../support/snug.ts';
import { setUpWith } from '../support/tools.ts';

const NAMES = ['tiny', 'grey', 'blue'] as const;
type Name = (typeof NAMES)[number];
const BGR: Preprocess = { ...DEFAULT_PREPROCESS, mean: [104, 117, 124], std: [50, 60, 70], channelOrder: 'bgr' };

let cwd: string;
let objects: readonly string[];
let outputs: Readonly<Record<Name, OutputFolder>>;
const flags = [...C_FLAGS, ...SANITIZE, ...NAMES.map(name => `-I${name}`), '-Itiny/cmsis_nn'];

beforeAll(async () => {
  cwd = await newFolder();
  const size = ['--model', 'mobilenet-v2', '--width', '0.1', '--golden', '0'];
  await compileInto(cwd, 'tiny', [...TINY, '--golden', '0']);
  await compileInto(cwd, 'grey', [
    ...[...size, '--resolution', '40x33', '--channels', '1', '--classes', '12', '--softmax', '--name', 'grey'],
  ]);
  await writeFile(
    join(cwd, 'blue.config.mjs'),
    `export default {
  model: { network: 'mobilenet-v2', width: 0.1, resolution: 32, classes: 3, padding: 'symmetric', blocks: [[1, 8, 1, 1], [6, 8, 2, 2]] },
  preprocess: { mean: [${BGR.mean}], std: [${BGR.std}], channelOrder: 'bgr' },
};\n`,
  );
  await compileInto(cwd, 'blue', ['--config', 'blue.config.mjs', '--name', 'blue', '--golden', '0']);
  const read = (name: Name): Promise<OutputFolder> => readOutputFolder(join(cwd, name));
  outputs = { tiny: await read('tiny'), grey: await read('grey'), blue: await read('blue') };
});
setUpWith(['gcc'], async () => {
  objects = await objectsOf(cwd, await sourcesOf(cwd, NAMES), 'gcc', flags);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const run = (name: string, code: string): Promise<Buffer> => runProgram(cwd, `${name}.c`, code, { objects, flags });
const includes = `#include <stdio.h>\n#include <string.h>\n${NAMES.map(name => `#include "${name}.h"\n`).join('')}`;

describe('running', () => {
  test('three networks in one program, two arenas of one network in turn, equal the interpreter', async () => {
    const { tiny, grey, blue } = outputs;
    const calls = [
      ['tiny', 0, 'first'],
      ['grey', 0, 'grey_arena'],
      ['tiny', 1, 'second'],
      ['blue', 0, 'blue_arena'],
      ['tiny', 2, 'first'],
      ['tiny', 0, 'second'],
      ['grey', 1, 'grey_arena'],
      ['tiny', 1, 'first'],
    ] as const;
    const code = `${includes}
static tiny_arena_t first, second;
static grey_arena_t grey_arena;
static blue_arena_t blue_arena;
${tiny.vectors
  .slice(0, 3)
  .map((v, i) => cArray('int8_t', `tiny_${i}`, v))
  .join('')}
${grey.vectors
  .slice(0, 2)
  .map((v, i) => cArray('int8_t', `grey_${i}`, v))
  .join('')}
${cArray('int8_t', 'blue_0', blue.vectors[0]!)}
int main(void)
{
    static int8_t result[5 * TINY_OUTPUT_BYTES + 2 * GREY_OUTPUT_BYTES + BLUE_OUTPUT_BYTES];
    int8_t *at = result;
${calls.map(([net, i, arena]) => `    if (${net}_run(&${arena}, ${net}_${i}, at) != 0) return 1;\n    at += ${net.toUpperCase()}_OUTPUT_BYTES;`).join('\n')}
    if (at != result + sizeof result) return 2;
${WRITE_RESULT}`;
    const expected = calls.flatMap(([net, i]) => [...runInt8(outputs[net].graph, outputs[net].vectors[i]!)]);
    expect([...asInt8(await run('three', code))]).toEqual(expected);
  });

  test('nothing is written outside of the arena and the output, and nothing in the arena matters before', async () => {
    const { tiny } = outputs;
    const code = `${includes}
static struct { uint8_t before[256]; tiny_arena_t arena; uint8_t between[256]; int8_t output[TINY_OUTPUT_BYTES]; uint8_t after[256]; } all;
${cArray('int8_t', 'vector', tiny.vectors[0]!)}
static int8_t input[TINY_INPUT_BYTES];
static int is_filled(const uint8_t *bytes, size_t count, uint8_t value)
{
    for (size_t i = 0; i < count; i++) if (bytes[i] != value) return 0;
    return 1;
}
int main(void)
{
    static int8_t result[2 * TINY_OUTPUT_BYTES];
    const uint8_t fills[2] = {0x5a, 0xff};
    for (int round = 0; round < 2; round++)
    {
        memset(&all, fills[round], sizeof all);
        memcpy(input, vector, sizeof input);
        if (tiny_run(&all.arena, input, all.output) != TINY_OK) return 1;
        if (!is_filled(all.before, sizeof all.before, fills[round])) return 2;
        if (!is_filled(all.between, sizeof all.between, fills[round])) return 3;
        if (!is_filled(all.after, sizeof all.after, fills[round])) return 4;
        if (memcmp(input, vector, sizeof input) != 0) return 5;
        memcpy(result + round * TINY_OUTPUT_BYTES, all.output, sizeof all.output);
    }
${WRITE_RESULT}`;
    const expected = [...runInt8(tiny.graph, tiny.vectors[0]!)];
    expect([...asInt8(await run('guards', code))]).toEqual([...expected, ...expected]);
  });

  test('the header states what the report states', async () => {
    const macros = ['ACTIVATION_BYTES', 'SCRATCH_BYTES', 'WEIGHT_BYTES', 'INPUT_BYTES', 'OUTPUT_BYTES', 'LAYERS'];
    const wanted = [
      ...macros.map(macro => `TINY_${macro}`),
      'TINY_ALIGNMENT',
      'sizeof(tiny_arena_t)',
      'TINY_ARENA_BYTES',
    ];
    const code = `${includes}
struct probe { char c; tiny_arena_t arena; };
int main(void)
{
    const uint32_t result[] = {${[...wanted, 'offsetof(struct probe, arena)'].map(w => `(uint32_t)${w}`).join(', ')}};
    if (strcmp(tiny_layer_name(1), "stem") != 0 || strcmp(tiny_layer_name(TINY_LAYERS), "classifier") != 0) return 1;
    if (strcmp(tiny_layer_name(0), "") != 0 || strcmp(tiny_layer_name(TINY_LAYERS + 1), "") != 0) return 2;
${WRITE_RESULT}`;
    const data = await run('sizes', code);
    const [activations, scratch, weights, input, output, layers, alignment, size, arena, offset] = new Uint32Array(
      data.buffer,
      data.byteOffset,
      10,
    );
    const { ram, flash, layers: reported } = JSON.parse(await readFile(join(cwd, 'tiny/report.json'), 'utf8'));
    expect({ activations, scratch, weights, input, output, layers }).toEqual({
      activations: ram.arenaBytes,
      scratch: ram.scratchBytesByCore.c,
      weights: flash.weightsBytes,
      input: 32 * 32 * 3,
      output: ram.outputBytes,
      layers: reported.length,
    });
    expect(size).toBe(arena);
    expect(size).toBeGreaterThanOrEqual(activations! + scratch!);
    expect(size).toBeLessThan(activations! + scratch! + 2 * alignment!);
    expect(offset).toBe(alignment);
  });
});

describe('pixels', () => {
  const rgb = pixelsOf(3);
  const tables = (name: Name, channels: number, preprocess = DEFAULT_PREPROCESS): readonly Int8Array[] => {
    const { graph } = outputs[name];
    return pixelTable(preprocess, channels, graph.tensors[graph.input]!.quantization);
  };
  const quantized = (call: string, bytes: number, data: string): Promise<Buffer> =>
    run(
      'pixels',
      `${includes}\n${data}\nint main(void)\n{\n    static int8_t result[${bytes}];\n    ${call};\n${WRITE_RESULT}`,
    );
  /** Red and blue of every pixel change places. */
  const swapped = (pixels: Uint8Array): Uint8Array => pixels.map((_, i) => pixels[i + [2, 0, -2][i % 3]!]!);

  test('of three bytes become what the interpreter is given', async () => {
    const call = 'tiny_quantize_rgb888(pixels, result, 1024)';
    const data = asInt8(await quantized(call, 3072, cArray('uint8_t', 'pixels', rgb)));
    expect([...data]).toEqual([...toInt8(rgb, tables('tiny', 3))]);
  });

  test('of three bytes are put into the order of a network that takes blue first', async () => {
    const call = 'blue_quantize_rgb888(pixels, result, 1024)';
    const data = asInt8(await quantized(call, 3072, cArray('uint8_t', 'pixels', rgb)));
    const expected = toInt8(swapped(rgb), tables('blue', 3, BGR));
    expect([...data]).toEqual([...expected]);
    expect([...expected]).not.toEqual([...toInt8(rgb, tables('blue', 3, BGR))]);
  });

  test.each(['tiny', 'blue'] as const)('of 16 bits become bytes first: %s', async name => {
    const words = Uint16Array.from({ length: 1024 }, (_, i) => (i < 4 ? [0, 0xffff, 0xf800, 0x001f][i]! : i * 40503));
    const bytes = Uint8Array.from(
      [...words].flatMap(w =>
        [w >> 11, (w >> 5) & 63, w & 31].map((v, c) => (c === 1 ? (v * 65) >> 4 : (v * 33) >> 2)),
      ),
    );
    expect([...bytes.subarray(0, 12)]).toEqual([0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 255]);
    const call = `${name}_quantize_rgb565(pixels, result, 1024)`;
    const data = asInt8(await quantized(call, 3072, cArray('uint16_t', 'pixels', words)));
    const expected =
      name === 'tiny' ? toInt8(bytes, tables('tiny', 3)) : toInt8(swapped(bytes), tables('blue', 3, BGR));
    expect([...data]).toEqual([...expected]);
  });

  test('of grey', async () => {
    const grey = Uint8Array.from({ length: 256 }, (_, i) => i);
    const call = 'grey_quantize_grey8(pixels, result, 256)';
    const data = asInt8(await quantized(call, 256, cArray('uint8_t', 'pixels', grey)));
    expect([...data]).toEqual([...toInt8(grey, tables('grey', 1))]);
  });
});

test('top1 and topk rank as a stable sort does, whatever k', async () => {
  const random = seededRandom(5);
  // Few different values, so that many are equal.
  const rows = Array.from({ length: 40 }, (_, row) =>
    Array.from({ length: 12 }, () => Math.floor(random.uniform() * (2 + (row % 8))) - 128 + 30 * (row % 8)),
  );
  const code = `${includes}
${cArray('int8_t', 'rows', rows.flat())}
int main(void)
{
    static int32_t result[40][13 * 13];
    for (int row = 0; row < 40; row++)
    {
        int32_t *at = result[row];
        memset(at, 0xff, sizeof result[row]);
        *at++ = grey_top1(rows + 12 * row);
        for (int k = 0; k <= 12; k++)
        {
            int indices[13];
            for (int i = 0; i < 13; i++) indices[i] = -1;
            grey_topk(rows + 12 * row, k, indices);
            for (int i = 0; i < 12; i++) *at++ = indices[i];
            if (indices[k] != -1) return 1;
        }
    }
${WRITE_RESULT}`;
  const data = await run('ranks', code);
  const found = new Int32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
  rows.forEach((values, row) => {
    const order = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
    const ofRow = [...found.subarray(row * 169, (row + 1) * 169)];
    expect(ofRow[0], `top1 of ${values}`).toBe(order[0]);
    for (let k = 0; k <= 12; k += 1) {
      const top = ofRow.slice(1 + 12 * k, 1 + 12 * (k + 1));
      expect(top, `top ${k} of ${values}`).toEqual(order.map((index, i) => (i < k ? index : -1)));
    }
  });
});
