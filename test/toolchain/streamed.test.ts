/** Emitted networks whose input is pushed row by row, and where else it may lie: the bytes are always the same. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newFolder } from '../support/snug.ts';
import {
  type Build,
  build,
  type Case,
  caseArrays,
  casesOf,
  check,
  compilePrograms,
  NETWORK_NAMES,
  type Network,
  type Program,
  streaming,
  VARIANT_NAMES,
} from '../support/streamed-programs.ts';
import { hasSanitizers, setUpWith } from '../support/tools.ts';

const CASES = 3;
const hasClang = await hasSanitizers('clang');

let cwd: string;
let programs: readonly Program[];
let cases: Readonly<Record<Network, readonly Case[]>>;

beforeAll(async () => {
  cwd = await newFolder();
  programs = await compilePrograms(cwd);
  cases = { colour: await casesOf(cwd, 'colour', CASES), grey: await casesOf(cwd, 'grey', CASES) };
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const isStreamed = ({ variant }: Program): boolean => variant === 'pixels' || variant === 'rows';
const isResident = ({ report }: Program): boolean => report.schedule.input === 'resident';

test('the schedules are those that the other tests are about', () => {
  const inputs = programs.map(({ variant, report }) => [variant, report.schedule.input]);
  const wanted = VARIANT_NAMES.map(variant => {
    if (variant === 'pixels' || variant === 'rows') return [variant, 'streamed'];
    return [variant, variant.startsWith('resident') ? 'resident' : 'caller'];
  });
  expect(inputs).toEqual([...wanted, ...wanted]);
  for (const { variant, name, report } of programs) {
    const units = new Set(report.schedule.groups.flatMap(({ unit }) => unit?.replace(/ .*/, '') ?? []));
    if (variant === 'layers') expect([...units], name).toEqual([]);
    else expect([...units], name).toEqual([/rows$/.test(variant) ? 'rows' : 'pixels']);
  }
});

describe.each([
  { label: 'gcc', compiler: 'gcc', poison: false, installed: true, variants: VARIANT_NAMES },
  { label: 'poisoned', compiler: 'gcc', poison: true, installed: true, variants: VARIANT_NAMES },
  { label: 'clang', compiler: 'clang', poison: false, installed: hasClang, variants: ['layers', 'pixels', 'rows'] },
])('$label', ({ installed, variants, ...how }) => {
  let built: Build;
  let streamed: readonly Program[];
  setUpWith([how.compiler], async () => {
    if (!installed) return;
    const chosen = programs.filter(({ variant }) => variants.includes(variant));
    built = await build(cwd, chosen, how);
    streamed = chosen.filter(isStreamed);
  });

  const allCases = (): string => NETWORK_NAMES.map(network => caseArrays(network, cases[network])).join('');
  const each = (list: readonly Program[], text: (program: Program) => string): string => list.map(text).join('');

  test.runIf(installed)('any division of the rows gives the bytes of run and of layer by layer', async () => {
    const divisions = [[1], [1000], [3, 5, 1], [0, 2, 0, 0, 7], [8]];
    const declarations = `${allCases()}
static const int divisions[][5] = {${divisions.map(division => `{${division}}`)}};
static const int lengths[] = {${divisions.map(d => d.length).join(', ')}};
static int at_most(int rows, int left) { return rows < left ? rows : left; }
${each(
  streamed,
  p => `${streaming(p)}
static void ${p.name}_case(${p.name}_arena_t *arena, const int8_t *input, const int8_t *expected)
{
    static ${p.network}_layers_arena_t layers;
    int8_t output[${p.upper}_OUTPUT_BYTES];

    CHECK(${p.network}_layers_run(&layers, input, output) == 0);
    CHECK(memcmp(output, expected, sizeof output) == 0);
    memset(output, 0x33, sizeof output);
    CHECK(${p.name}_run(arena, input, output) == ${p.upper}_OK);
    CHECK(memcmp(output, expected, sizeof output) == 0);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
    {
        memset(output, 0x33, sizeof output);
        ${p.name}_begin(arena, output);
        for (int row = 0, rows = 0, call = 0; row < ${p.upper}_INPUT_HEIGHT; row += rows, call++)
        {
            rows = at_most(divisions[i][call % lengths[i]], ${p.upper}_INPUT_HEIGHT - row);
            ${p.name}_push(arena, input, row, rows);
        }
        CHECK(${p.name}_finish(arena) == ${p.upper}_OK);
        CHECK(memcmp(output, expected, sizeof output) == 0);
    }
}
`,
)}`;
    const statements = each(
      streamed,
      p => `    {
        static ${p.name}_arena_t arena;
        for (int i = 0; i < ${CASES}; i++) ${p.name}_case(&arena, ${p.network}_input[i], ${p.network}_output[i]);
    }
`,
    );
    await check(built, 'divisions', declarations, statements);
  });

  test.runIf(installed)('pushed pixels are what quantized pixels are', async () => {
    const formats = ({ network }: Program) =>
      network === 'grey'
        ? [{ suffix: 'grey8', type: 'uint8_t', values: 1 }]
        : [
            { suffix: 'rgb888', type: 'uint8_t', values: 3 },
            { suffix: 'rgb565', type: 'uint16_t', values: 1 },
          ];
    const declarations = `
static uint32_t state = 1;
static uint32_t any(void) { return (state = state * 1664525u + 1013904223u) >> 16; }
static int part_of(int row, int height, int division)
{
    const int rows = division == 0 ? height : 1 + (row * 5) % 7;
    return rows < height - row ? rows : height - row;
}
`;
    const oneFormat = (p: Program, { suffix, type, values }: ReturnType<typeof formats>[number]): string => `    {
        static ${p.name}_arena_t arena;
        static ${p.network}_layers_arena_t layers;
        enum { PIXELS = ${p.upper}_INPUT_HEIGHT * ${p.upper}_INPUT_WIDTH, ROW = ${p.upper}_INPUT_WIDTH * ${values} };
        static ${type} pixels[PIXELS * ${values}];
        static int8_t input[${p.upper}_INPUT_BYTES];
        int8_t expected[${p.upper}_OUTPUT_BYTES], output[${p.upper}_OUTPUT_BYTES];

        for (int i = 0; i < PIXELS * ${values}; i++) pixels[i] = (${type})any();
        ${p.name}_quantize_${suffix}(pixels, input, PIXELS);
        CHECK(${p.network}_layers_run(&layers, input, expected) == 0);
        ${p.name}_begin(&arena, output);
        CHECK(${p.name}_push_rows(&arena, input, ${p.upper}_INPUT_HEIGHT) == ${p.upper}_OK);
        CHECK(${p.name}_finish(&arena) == ${p.upper}_OK);
        CHECK(memcmp(output, expected, sizeof output) == 0);
        for (int division = 0; division < 2; division++)
        {
            memset(output, 0x33, sizeof output);
            ${p.name}_begin(&arena, output);
            for (int row = 0, rows = 0; row < ${p.upper}_INPUT_HEIGHT; row += rows)
            {
                rows = part_of(row, ${p.upper}_INPUT_HEIGHT, division);
                ${type} *const copy = malloc((size_t)(rows * ROW) * sizeof *copy);
                CHECK(copy != NULL);
                memcpy(copy, pixels + row * ROW, (size_t)(rows * ROW) * sizeof *copy);
                CHECK(${p.name}_push_rows_${suffix}(&arena, copy, ${p.upper}_INPUT_HEIGHT - row + 1) == ${p.upper}_TOO_MANY_ROWS);
                CHECK(${p.name}_push_rows_${suffix}(&arena, copy, rows) == ${p.upper}_OK);
                free(copy);
            }
            CHECK(${p.name}_push_rows_${suffix}(&arena, pixels, -1) == ${p.upper}_TOO_MANY_ROWS);
            CHECK(${p.name}_finish(&arena) == ${p.upper}_OK);
            CHECK(memcmp(output, expected, sizeof output) == 0);
        }
    }
`;
    const statements = streamed.flatMap(p => formats(p).map(format => oneFormat(p, format)));
    await check(built, 'pixels', declarations, statements.join(''));
  });

  test.runIf(installed)('too many rows and too few are refused, and a begin starts anew', async () => {
    const statements = each(
      streamed,
      p => `    {
        static ${p.name}_arena_t arena;
        enum { H = ${p.upper}_INPUT_HEIGHT, HALF = H / 2 };
        const int fills[] = {0x00, 0xff, 0x5a, 0x80};
        int8_t output[${p.upper}_OUTPUT_BYTES], broken[${p.upper}_OUTPUT_BYTES];

        for (size_t i = 0; i < sizeof fills / sizeof fills[0]; i++)
        {
            memset(&arena, fills[i], sizeof arena);
            CHECK(${p.name}_push_rows(&arena, &nothing, 0) == ${p.upper}_NOT_BEGUN);
            CHECK(${p.name}_push_rows(&arena, &nothing, 1) == ${p.upper}_NOT_BEGUN);
            CHECK(${p.name}_push_rows(&arena, &nothing, H) == ${p.upper}_NOT_BEGUN);
            CHECK(${p.name}_finish(&arena) == ${p.upper}_NOT_BEGUN);
            ${p.name}_begin(&arena, broken);
            CHECK(${p.name}_finish(&arena) == ${p.upper}_ROWS_MISSING);
            ${p.name}_push(&arena, ${p.network}_input[1], 0, HALF + (int)i);

            memset(output, 0x33, sizeof output);
            ${p.name}_begin(&arena, output);
            CHECK(${p.name}_push_copy(&arena, &nothing, 0) == ${p.upper}_OK);
            CHECK(${p.name}_push_rows(&arena, &nothing, H + 1) == ${p.upper}_TOO_MANY_ROWS);
            ${p.name}_push(&arena, ${p.network}_input[0], 0, HALF);
            CHECK(${p.name}_push_rows(&arena, &nothing, H - HALF + 1) == ${p.upper}_TOO_MANY_ROWS);
            CHECK(${p.name}_push_rows(&arena, &nothing, INT_MAX) == ${p.upper}_TOO_MANY_ROWS);
            CHECK(${p.name}_push_rows(&arena, &nothing, -1) == ${p.upper}_TOO_MANY_ROWS);
            CHECK(${p.name}_push_rows(&arena, &nothing, INT_MIN) == ${p.upper}_TOO_MANY_ROWS);
            CHECK(${p.name}_finish(&arena) == ${p.upper}_ROWS_MISSING);
            ${p.name}_push(&arena, ${p.network}_input[0], HALF, H - HALF - 1);
            CHECK(${p.name}_finish(&arena) == ${p.upper}_ROWS_MISSING);
            CHECK(${p.name}_push_rows(&arena, &nothing, 2) == ${p.upper}_TOO_MANY_ROWS);
            ${p.name}_push(&arena, ${p.network}_input[0], H - 1, 1);
            CHECK(${p.name}_push_rows(&arena, &nothing, 1) == ${p.upper}_TOO_MANY_ROWS);
            CHECK(${p.name}_push_rows(&arena, &nothing, 0) == ${p.upper}_OK);
            CHECK(${p.name}_finish(&arena) == ${p.upper}_OK);
            CHECK(memcmp(output, ${p.network}_output[0], sizeof output) == 0);
            CHECK(${p.name}_finish(&arena) == ${p.upper}_NOT_BEGUN);
            CHECK(${p.name}_push_rows(&arena, &nothing, 0) == ${p.upper}_NOT_BEGUN);
            CHECK(memcmp(output, ${p.network}_output[0], sizeof output) == 0);
        }
    }
`,
    );
    const declarations = `static const int8_t nothing = 0;\n${allCases()}${each(streamed, streaming)}`;
    await check(built, 'refusals', declarations, statements);
  });

  test.runIf(installed)('two arenas in turn do not disturb each other', async () => {
    const statements = each(
      streamed,
      p => `    {
        static ${p.name}_arena_t first, second;
        enum { H = ${p.upper}_INPUT_HEIGHT };
        int8_t one[${p.upper}_OUTPUT_BYTES], two[${p.upper}_OUTPUT_BYTES];

        ${p.name}_begin(&first, one);
        ${p.name}_begin(&second, two);
        for (int row = 0; row < H; row++)
        {
            ${p.name}_push(&first, ${p.network}_input[1], row, 1);
            if (row % 2 == 1) ${p.name}_push(&second, ${p.network}_input[2], row - 1, 2);
        }
        if (H % 2 == 1) ${p.name}_push(&second, ${p.network}_input[2], H - 1, 1);
        CHECK(${p.name}_finish(&second) == ${p.upper}_OK);
        CHECK(${p.name}_finish(&first) == ${p.upper}_OK);
        CHECK(memcmp(one, ${p.network}_output[1], sizeof one) == 0);
        CHECK(memcmp(two, ${p.network}_output[2], sizeof two) == 0);
    }
`,
    );
    await check(built, 'interleaved', `${allCases()}${each(streamed, streaming)}`, statements);
  });

  test.runIf(installed)('the arena has the size of the report, and no byte beside it is touched', async () => {
    const declarations = `${allCases()}
static int is_filled(const void *bytes, size_t count, uint8_t value)
{
    for (size_t i = 0; i < count; i++) if (((const uint8_t *)bytes)[i] != value) return 0;
    return 1;
}
${each(built.programs, p => `static struct { uint8_t before[256]; ${p.name}_arena_t arena; uint8_t after[256]; } ${p.name}_all;\n`)}`;
    // The portable kernels have no use for scratch, so that it guards the end of the activations.
    const statements = each(
      built.programs,
      p => `    for (int round = 0; round < 2; round++)
    {
        const uint8_t fill = round == 0 ? 0xa5 : 0x00;
        int8_t output[${p.upper}_OUTPUT_BYTES];

        CHECK(sizeof ${p.name}_all.arena.activations == ${p.report.ram.arenaBytes});
        CHECK(${p.upper}_ACTIVATION_BYTES == ${p.report.ram.arenaBytes});
        memset(&${p.name}_all, fill, sizeof ${p.name}_all);
        CHECK(${p.name}_run(&${p.name}_all.arena, ${p.network}_input[2], output) == ${p.upper}_OK);
        CHECK(memcmp(output, ${p.network}_output[2], sizeof output) == 0);
        CHECK(is_filled(${p.name}_all.before, 256, fill));
        CHECK(is_filled(${p.name}_all.arena.scratch, sizeof ${p.name}_all.arena.scratch, fill));
        CHECK(is_filled(${p.name}_all.after, 256, fill));
    }
`,
    );
    await check(built, 'guards', declarations, statements);
  });

  test.runIf(installed)('an input is not written, be it in the arena before or elsewhere', async () => {
    const inArena = (p: Program): string => `
            CHECK(${p.name}_input(&arena) >= arena.activations);
            CHECK(${p.name}_input(&arena) + ${p.upper}_INPUT_BYTES <= arena.activations + ${p.upper}_ACTIVATION_BYTES);
            memcpy(${p.name}_input(&arena), ${p.network}_input[i], ${p.upper}_INPUT_BYTES);
            CHECK(${p.name}_run(&arena, ${p.name}_input(&arena), output) == ${p.upper}_OK);
            CHECK(memcmp(output, ${p.network}_output[i], sizeof output) == 0);
            memset(output, 0x33, sizeof output);
`;
    const statements = each(
      built.programs,
      p => `    {
        static ${p.name}_arena_t arena;
        static int8_t input[${p.upper}_INPUT_BYTES];
        int8_t output[${p.upper}_OUTPUT_BYTES];

        for (int i = 0; i < ${CASES}; i++)
        {${isResident(p) ? inArena(p) : ''}
            memcpy(input, ${p.network}_input[i], sizeof input);
            CHECK(${p.name}_run(&arena, input, output) == ${p.upper}_OK);
            CHECK(memcmp(output, ${p.network}_output[i], sizeof output) == 0);
            CHECK(memcmp(input, ${p.network}_input[i], sizeof input) == 0);
            memset(output, 0x33, sizeof output);
            CHECK(${p.name}_run(&arena, ${p.network}_input[i], output) == ${p.upper}_OK); /* constant memory */
            CHECK(memcmp(output, ${p.network}_output[i], sizeof output) == 0);
        }
    }
`,
    );
    await check(built, 'inputs', allCases(), statements);
  });
});
