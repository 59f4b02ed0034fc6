/** What a board adds to the emitted C: sections, the types of a divided arena, and the linker snippet. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emitProgram } from '../../src/codegen/emit.ts';
import type { Program } from '../../src/codegen/program.ts';
import type { BoardMemory } from '../../src/plan/placement/memory.ts';
import { wholeBytes } from '../../src/plan/placement/place.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { weightsOf } from '../../src/plan/weights.ts';
import { isInstalled } from '../../src/toolchain/run.ts';
import { board } from '../support/boards.ts';
import { quantizedProgram } from '../support/quantized.ts';
import { randomNetwork } from '../support/random-network.ts';
import { execute, newFolder } from '../support/snug.ts';
import { templates } from '../support/templates.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const { program } = quantizedProgram(randomNetwork(53), { name: 'net', seed: 53 });
const on = (memory: BoardMemory | null): Program => ({
  ...program,
  plan: planNetwork(program.graph, { kernels: 'auto', schedule: 'stream', input: 'resident', ramBytes: null, memory }),
});
const emit = async (memory: BoardMemory | null) => emitProgram(on(memory), await templates());
const whole = wholeBytes(on(null).plan, board({}));
const total = weightsOf(program.plan);
const divided = board({ tcm: whole * 0.6, sram: whole * 0.9 }, { flash: total * 0.6, qspi: total * 0.9 });

test('without a board there is nowhere to go', async () => {
  const files = await emit(null);
  expect([...files.keys()].filter(path => path.startsWith('boards/'))).toEqual([]);
  expect(files.get('net.h')).toContain('#ifndef NET_ARENA_SECTION\n#define NET_ARENA_SECTION\n#endif\n');
  expect(files.get('net.h')).toContain(
    '#define NET_DEFINE_ARENA(symbol) NET_ARENA_SECTION static net_arena_t symbol\n',
  );
  expect(files.get('net_weights.c')).toContain('SNUG_WEIGHTS_SECTION const int8_t');
  expect([...files.values()].join('')).not.toContain('.snug_r');
});

test('in one region the arena has its section, and the program is the same', async () => {
  const files = await emit(board({ sram: 1 << 20 }));
  expect(files.get('net.h')).toContain('__attribute__((section(".bss.snug_ram.sram")))');
  expect(files.get('net.c')).toBe((await emit(null)).get('net.c'));
  expect(files.get('boards/test-board/net.ld')).toContain(
    '\n.bss.snug_ram.sram (NOLOAD) : ALIGN(32) { *(.bss.snug_ram.sram) } > sram\n',
  );
});

test('a divided arena has a type and a section for each part', async () => {
  const files = await emit(divided);
  const header = files.get('net.h')!;
  expect(header).toMatch(/\n} net_arena_tcm_t;\n[\s\S]*\n} net_arena_sram_t;\n[\s\S]*\n} net_arena_t;\n/);
  expect(header).toContain('    net_arena_tcm_t *tcm;\n    net_arena_sram_t *sram;\n');
  expect(header).toMatch(/NET_ARENA_TCM_SECTION static net_arena_tcm_t symbol##_tcm; \\\n/);
  expect(header).toContain(
    '#define NET_ARENA_BYTES (sizeof(net_arena_t) + NET_ARENA_TCM_BYTES + NET_ARENA_SRAM_BYTES)',
  );
  expect(files.get('net.c')).toContain('int8_t *const memory_tcm = arena->tcm->activations;');
  expect(files.get('net.c')).not.toContain('arena->activations');
  const script = files.get('boards/test-board/net.ld')!;
  for (const section of ['.snug_rom.flash', '.snug_rom.qspi']) {
    expect(script).toContain(`\n${section} : ALIGN(4) { *(${section}) } > ${section.slice(10)}\n`);
    expect(files.get('net_weights.c')).toContain(`__attribute__((section("${section}")))`);
  }
});

const COMPILERS = ['gcc', 'clang', 'arm-none-eabi-gcc'];
for (const compiler of COMPILERS) {
  const installed = await isInstalled(compiler);
  if (!installed) console.warn(`${compiler} is not installed: what it makes of sections is not tested`);
  test.runIf(installed)(`${compiler} puts no bytes of the arena into the object`, async () => {
    for (const [path, text] of await emit(divided)) if (!path.includes('/')) await writeFile(join(cwd, path), text);
    await writeFile(
      join(cwd, 'use.c'),
      '#include "net.h"\nNET_DEFINE_ARENA(arena);\nvoid *use(void);\nvoid *use(void) { return &arena; }\n',
    );
    for (const source of ['use', 'net_weights']) {
      const args = ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-c', `${source}.c`, '-o', `${source}.o`];
      expect((await execute(compiler, args, { cwd })).stderr).toBe('');
    }
    const { stdout } = await execute('readelf', ['-SW', 'use.o', 'net_weights.o'], { cwd });
    expect(stdout).toMatch(/\.bss\.snug_ram\.tcm +NOBITS.* WA /);
    expect(stdout).toMatch(/\.bss\.snug_ram\.sram +NOBITS.* WA /);
    expect(stdout).toMatch(/\.snug_rom\.flash +PROGBITS.* A /);
    expect(stdout).toMatch(/\.snug_rom\.qspi +PROGBITS.* A /);
    // A user's section, or none, takes the place of all.
    const own = ['-DNET_ARENA_TCM_SECTION=', '-DSNUG_WEIGHTS_SECTION=', '-c'];
    await execute(compiler, ['-std=c99', ...own, 'use.c', 'net_weights.c'], { cwd });
    const plain = (await execute('readelf', ['-SW', 'use.o', 'net_weights.o'], { cwd })).stdout;
    expect([plain.includes('snug_ram.tcm'), plain.includes('snug_ram.sram'), plain.includes('snug_rom')]).toEqual([
      ...[false, true, false],
    ]);
  });
}

test.runIf(await isInstalled('arm-none-eabi-gcc'))(
  'a linker script with the snippet puts all parts into their regions',
  async () => {
    const files = await emit(divided);
    for (const [path, text] of files) if (!path.includes('/')) await writeFile(join(cwd, path), text);
    await writeFile(join(cwd, 'net.ld'), files.get('boards/test-board/net.ld')!);
    const memory = [...divided.flash, ...divided.ram].map(
      ({ name }, i) => `${name} (rwx) : ORIGIN = ${0x10000000 * (i + 1)}, LENGTH = 1M`,
    );
    const script = `MEMORY { ${memory.join('\n')} }
SECTIONS
{
  INCLUDE net.ld
  .text : { *(.text .text.* .rodata .rodata.*) } > flash
  .data : { *(.data .data.*) } > tcm
  .bss : { *(.bss .bss.* COMMON) } > tcm
}
`;
    await writeFile(join(cwd, 'board.ld'), script);
    await writeFile(
      join(cwd, 'main.c'),
      '#include "net.h"\nNET_DEFINE_ARENA(arena);\nconst int8_t *tables(void);\nint main(void) { return (int)sizeof arena + *tables(); }\n',
    );
    await writeFile(
      join(cwd, 'tables.c'),
      `#include "net_weights.h"
const int8_t *tables(void);
const int8_t *tables(void) { return ${/(\w+)\[\d+\] = /.exec(files.get('net_weights.c')!)![1]}; }
`,
    );
    const sources = ['main.c', 'tables.c', 'net_weights.c'];
    const args = [
      '-mcpu=cortex-m7',
      '-mthumb',
      '-std=c99',
      '-nostartfiles',
      '-Wl,-emain',
      '-T',
      'board.ld',
      ...sources,
      '-o',
      'net.elf',
    ];
    const linked = await execute('arm-none-eabi-gcc', args, { cwd });
    expect([linked.exitCode, linked.stderr]).toEqual([0, expect.not.stringContaining('error')]);
    const { stdout } = await execute('arm-none-eabi-readelf', ['-SW', 'net.elf'], { cwd });
    const addressOf = (section: string): string | undefined =>
      new RegExp(`${section.replaceAll('.', '\\.')} +\\w+ +([0-9a-f]{8})`).exec(stdout)?.[1];
    expect(['.snug_rom.flash', '.snug_rom.qspi', '.bss.snug_ram.tcm', '.bss.snug_ram.sram'].map(addressOf)).toEqual([
      ...['10000000', '20000000', '30000000', '40000000'],
    ]);
  },
);
