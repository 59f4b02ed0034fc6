/**
 * The build files of the integrations, run by real tools over small stand-ins for what Zephyr, ESP-IDF and Arduino bring.
 * The systems themselves are not here.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withIntegrations, writeFiles } from '../support/integrations.ts';
import { execute, newFolder, snug, TINY } from '../support/snug.ts';
import { needTools } from '../support/tools.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
  for (const name of ['one', 'two']) await writeFiles(join(cwd, name), await withIntegrations(name));
  const library = { kernels: 'cmsis-nn', integrations: ['zephyr', 'cmsis-pack'] } as const;
  await writeFiles(join(cwd, 'bare'), await withIntegrations('bare', library));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

async function succeed(program: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await execute(program, args, { cwd });
  expect(exitCode, stdout + stderr).toBe(0);
  return stdout + stderr;
}

/** Runs the networks once on an input of zeros. */
const mainOf = (names: readonly string[]): string =>
  [
    ...names.map(name => `#include "${name}.h"`),
    ...names.map(name => {
      const upper = name.toUpperCase();
      return `${upper}_DEFINE_ARENA(${name}_arena);
static int8_t ${name}_in[${upper}_INPUT_BYTES], ${name}_out[${upper}_OUTPUT_BYTES];`;
    }),
    'int main(void)',
    '{',
    `    return ${names.map(name => `${name}_run(&${name}_arena, ${name}_in, ${name}_out)`).join(' + ')};`,
    '}\n',
  ].join('\n');

/** Configures a project of its CMakeLists.txt and a main.c, builds and runs it, and gives back what the build said. */
async function project(folder: string, cmake: string, names: readonly string[]): Promise<string> {
  await mkdir(join(cwd, folder));
  await writeFile(join(cwd, folder, 'CMakeLists.txt'), cmake);
  await writeFile(join(cwd, folder, 'main.c'), mainOf(names));
  const configured = await succeed('cmake', ['-S', folder, '-B', `${folder}/build`, '-Werror=dev']);
  expect(configured).not.toMatch(/warning/i);
  const built = await succeed('cmake', ['--build', `${folder}/build`]);
  await succeed(join(cwd, folder, 'build/app'), []);
  return built;
}

describe('zephyr', () => {
  /** Zephyr's functions as cmake/modules/extensions.cmake has them, without its properties; it links whole archives. */
  const zephyrProject = (
    options: readonly string[],
    names: readonly string[],
  ): string => `cmake_minimum_required(VERSION 3.20)
project(app C)
add_library(zephyr_interface INTERFACE)
macro(zephyr_library_named name)
  set(ZEPHYR_CURRENT_LIBRARY \${name})
  add_library(\${name} STATIC "")
  set_property(GLOBAL APPEND PROPERTY ZEPHYR_LIBS \${name})
  target_link_libraries(\${name} PUBLIC zephyr_interface)
endmacro()
macro(zephyr_library)
  file(RELATIVE_PATH relative \${CMAKE_SOURCE_DIR} \${CMAKE_CURRENT_LIST_DIR})
  string(REGEX REPLACE "[^a-zA-Z0-9]" "_" relative \${relative})
  zephyr_library_named(\${relative})
endmacro()
function(zephyr_library_sources)
  target_sources(\${ZEPHYR_CURRENT_LIBRARY} PRIVATE \${ARGN})
endfunction()
function(zephyr_include_directories)
  target_include_directories(zephyr_interface INTERFACE \${ARGN})
endfunction()
${options.map(option => `set(${option} y)`).join('\n')}
if(CONFIG_CMSIS_NN)
  file(GLOB kernels ../one/cmsis_nn/*.c)
  zephyr_library_named(modules_cmsis_nn)
  zephyr_library_sources(\${kernels})
  zephyr_include_directories(\${CMAKE_CURRENT_SOURCE_DIR}/../one/cmsis_nn)
endif()
${names.map(name => `add_subdirectory(../${name}/zephyr ${name})`).join('\n')}
get_property(libs GLOBAL PROPERTY ZEPHYR_LIBS)
add_executable(app main.c)
target_link_libraries(app PRIVATE zephyr_interface -Wl,--whole-archive \${libs} -Wl,--no-whole-archive)
`;

  test('two networks share the portable kernels', async context => {
    await needTools(context, 'cmake', 'gcc');
    const names = ['one', 'two'];
    const log = await project('zephyr-two', zephyrProject(['CONFIG_SNUG_ONE', 'CONFIG_SNUG_TWO'], names), names);
    expect(log.match(/Built target snug_cmsis_nn/g)).toHaveLength(1);
    expect(log.match(/\/cmsis_nn\/\S+\.c\.o/g)).toHaveLength(7);
  });

  test("Zephyr's CMSIS-NN takes their place, and an output without kernels needs it", async context => {
    await needTools(context, 'cmake', 'gcc');
    const names = ['one', 'bare'];
    const options = ['CONFIG_CMSIS_NN', 'CONFIG_SNUG_ONE', 'CONFIG_SNUG_BARE'];
    const log = await project('zephyr-library', zephyrProject(options, names), names);
    expect(log).toContain('Built target modules_cmsis_nn');
    expect(log).not.toContain('snug_cmsis_nn');
  });

  test('a network that is not set adds nothing', async context => {
    await needTools(context, 'cmake', 'gcc');
    const log = await project('zephyr-off', zephyrProject(['CONFIG_SNUG_ONE'], ['one', 'two']), ['one']);
    expect(log).not.toContain('two');
  });
});

test('esp-idf: two components build, and link into one program', async context => {
  await needTools(context, 'cmake', 'gcc');
  const names = ['one', 'two'];
  const cmake = `cmake_minimum_required(VERSION 3.16)
project(app C)
function(idf_component_register)
  cmake_parse_arguments(C "" "" "SRCS;INCLUDE_DIRS" \${ARGN})
  if(C_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "unknown: \${C_UNPARSED_ARGUMENTS}")
  endif()
  foreach(dir \${C_INCLUDE_DIRS})
    if(NOT IS_DIRECTORY \${CMAKE_CURRENT_SOURCE_DIR}/\${dir})
      message(FATAL_ERROR "no directory: \${dir}")
    endif()
  endforeach()
  get_filename_component(name \${CMAKE_CURRENT_SOURCE_DIR} NAME)
  add_library(__idf_\${name} STATIC \${C_SRCS})
  target_include_directories(__idf_\${name} PUBLIC \${C_INCLUDE_DIRS})
endfunction()
${names.map(name => `add_subdirectory(../${name}/esp-idf/${name} ${name})`).join('\n')}
add_executable(app main.c)
target_link_libraries(app PRIVATE ${names.map(name => `__idf_${name}`).join(' ')})
`;
  const log = await project('esp-idf', cmake, names);
  expect(log.match(/Built target __idf_(one|two)/g)).toHaveLength(2);
});

test('platformio: with the flags of the manifest, from the folder of the library', async context => {
  await needTools(context, 'gcc');
  const { build } = JSON.parse(await readFile(join(cwd, 'one/library.json'), 'utf8')) as {
    build: { includeDir: string; flags: readonly string[]; srcFilter: readonly string[] };
  };
  const sources = build.srcFilter.filter(rule => rule.startsWith('+')).map(rule => rule.slice(2, -1));
  await writeFile(join(cwd, 'pio.c'), mainOf(['one']));
  const args = [...build.flags, `-I${build.includeDir}`, ...sources, '../pio.c', '-o', '../pio'];
  const { exitCode, stderr } = await execute('gcc', args, { cwd: join(cwd, 'one') });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  await succeed(join(cwd, 'pio'), []);
});

describe('arduino', () => {
  const ARDUINO_H = `#pragma once
#include <stdint.h>
#include <stdio.h>
struct Port {
  void begin(unsigned long) {}
  void print(const char *text) { fputs(text, stdout); }
  void print(int value) { printf("%d", value); }
  void print(double value, int digits) { printf("%.*f", digits, value); }
  void println(int value) { printf("%d\\n", value); }
  void println(unsigned long value) { printf("%lu\\n", value); }
};
extern Port Serial;
unsigned long micros();
void delay(unsigned long);
void setup();
void loop();
`;
  const CORE = `#include <Arduino.h>
Port Serial;
unsigned long micros() { return 0; }
void delay(unsigned long) {}
int main() { setup(); loop(); }
`;

  /** As the build of Arduino: every source below src to an archive, with src as the one include folder. */
  async function archive(name: string, folder: string): Promise<void> {
    const src = join(cwd, folder, 'arduino', name, 'src');
    const entries = await readdir(src, { recursive: true });
    const objects: string[] = [];
    for (const source of entries.filter(path => path.endsWith('.c'))) {
      objects.push(join(src, `${source}.o`));
      await succeed('gcc', [
        '-std=gnu11',
        '-Wall',
        '-Werror',
        `-I${src}`,
        '-c',
        join(src, source),
        '-o',
        objects.at(-1)!,
      ]);
    }
    await succeed('ar', ['rcs', join(cwd, folder, `${name}.a`), ...objects]);
  }

  test.for([
    ['layers', {}, /^class \d, output -?\d+\.\d{4}, microseconds 0\n$/],
    ['resident', { input: 'resident' }, /^class \d, /],
    ['streamed', { input: 'streamed' }, /^class \d, /],
    ['map', { classes: false }, /^first output -?\d+\.\d{4}, microseconds 0\n$/],
  ] as const)('the sketch compiles as C++, and runs: %s', async ([name, options, says], context) => {
    await needTools(context, 'gcc', 'g++', 'ar');
    await writeFiles(join(cwd, name), await withIntegrations(name, { ...options, integrations: ['arduino'] }));
    await archive(name, name);
    await mkdir(join(cwd, name, 'core'));
    await writeFile(join(cwd, name, 'core/Arduino.h'), ARDUINO_H);
    await writeFile(join(cwd, name, 'core/main.cpp'), CORE);
    const sketch = `${name}/arduino/${name}/examples/Classify/Classify.ino`;
    const flags = ['-std=gnu++17', '-Wall', '-Wextra', '-Werror', `-I${name}/core`, `-I${name}/arduino/${name}/src`];
    await succeed('g++', [...flags, '-include', 'Arduino.h', '-x', 'c++', '-c', sketch, '-o', `${name}/sketch.o`]);
    await succeed('g++', [
      ...flags,
      `${name}/sketch.o`,
      `${name}/core/main.cpp`,
      `${name}/${name}.a`,
      '-o',
      `${name}/run`,
    ]);
    expect(await succeed(join(cwd, name, 'run'), [])).toMatch(says);
  });

  test('two libraries in one sketch, for their archives share what they have twice', async context => {
    await needTools(context, 'gcc', 'ar');
    for (const name of ['one', 'two']) await archive(name, name);
    await writeFile(join(cwd, 'both.c'), mainOf(['one', 'two']));
    const includes = ['one', 'two'].map(name => `-I${name}/arduino/${name}/src`);
    await succeed('gcc', [...includes, 'both.c', 'one/one.a', 'two/two.a', '-o', 'both']);
    await succeed(join(cwd, 'both'), []);
  });
});

describe('snug compile', () => {
  test('writes what flags ask for, beside all else', async () => {
    const names = ['--integration', 'zephyr,arduino', '--integration', 'platformio'];
    const result = await snug(['compile', ...TINY, ...names, '--out', 'flagged', '--quiet'], { cwd });
    expect(result.stderr).toBe('');
    const written = await readdir(join(cwd, 'flagged'));
    expect(written).toEqual(expect.arrayContaining(['arduino', 'library.json', 'manifest.json', 'tiny.c', 'zephyr']));
    expect(written).not.toContain('esp-idf');
  });

  test('refuses, before any work, what would have no kernels', async () => {
    const args = ['compile', ...TINY, '--kernels', 'cmsis-nn', '--integration', 'arduino', '--out', 'none'];
    const { exitCode, stderr } = await snug(args, { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('SNUG132');
    expect(await readdir(cwd)).not.toContain('none');
  });
});
