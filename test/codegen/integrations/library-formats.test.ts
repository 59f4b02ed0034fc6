/**
 * The files of libraries for PlatformIO, Arduino and ESP-IDF, read by a parser of their format and held to the
 * rules that the format's own documents state, written here as schemas under the names that they have there.
 */
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { allC, spdx, text, version, withIntegrations } from '../../support/integrations.ts';

describe('platformio', () => {
  /** "library.json schema" of platformio-core, as far as it is used, with what it says of names in words. */
  const manifest = z.strictObject({
    name: z
      .string()
      .max(50)
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
    version: version.max(20),
    description: z.string().max(255),
    keywords: z.array(z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)),
    license: spdx,
    frameworks: z.literal('*'),
    platforms: z.literal('*'),
    headers: z.string(),
    build: z.strictObject({
      srcDir: z.string(),
      includeDir: z.string(),
      flags: z.array(z.string().regex(/^-I/)),
      srcFilter: z.array(z.string().regex(/^[+-]<[^>]+>$/)),
    }),
  });

  /** As PlatformIO applies a filter: in order, to the sources below srcDir; `*` alone is everything. */
  function filtered(paths: readonly string[], filter: readonly string[]): readonly string[] {
    const kept = new Set<string>();
    for (const rule of filter) {
      const pattern = rule.slice(2, -1);
      const matching = paths.filter(path => pattern === '*' || path === pattern);
      for (const path of matching) rule.startsWith('+') ? kept.add(path) : kept.delete(path);
    }
    return [...kept].sort();
  }

  test.each(['auto', 'portable'] as const)(
    '--kernels %s builds the network with its kernels, and nothing else',
    async kernels => {
      const files = await withIntegrations('my_eye', { kernels });
      const { name, headers, build } = manifest.parse(JSON.parse(text(files, 'library.json')));
      expect(name).toBe('my-eye');
      text(files, headers);
      const sources = [...files.keys()].filter(path => /\.(c|cpp|ino)$/.test(path));
      expect(sources.some(path => path.startsWith('arduino/'))).toBe(true);
      expect(filtered(sources, build.srcFilter)).toEqual(allC(files));
      expect(build.flags.map(flag => flag.slice(2))).toEqual(['cmsis_nn']);
    },
  );

  test.each(['n', 'a__b', 'a_', 'mbv2_100_224'])('a network called %s has a name there', async network => {
    manifest.parse(JSON.parse(text(await withIntegrations(network, { integrations: ['platformio'] }), 'library.json')));
  });
});

describe('arduino', () => {
  /** The "Arduino library specification", revision 1.5 and later: library.properties. */
  const properties = z.strictObject({
    name: z
      .string()
      .max(63)
      .regex(/^[A-Za-z0-9][A-Za-z0-9 _.-]*$/),
    version,
    author: z.string().min(1),
    maintainer: z.string().min(1),
    sentence: z.string().min(1),
    paragraph: z.string(),
    category: z.enum([
      'Display',
      'Communication',
      'Signal Input/Output',
      'Sensors',
      'Device Control',
      'Timing',
      'Data Storage',
      'Data Processing',
      'Other',
    ]),
    url: z.string(),
    architectures: z.literal('*'),
    includes: z.string(),
    dot_a_linkage: z.enum(['true', 'false']),
  });

  test('the library is whole: properties, all sources and headers in src, a sketch named as its folder', async () => {
    const files = await withIntegrations('eye');
    const lines = text(files, 'arduino/eye/library.properties').trimEnd().split('\n');
    const pairs = lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
    const { name, includes } = properties.parse(Object.fromEntries(pairs));
    expect(name).toBe('eye');
    text(files, `arduino/eye/src/${includes}`);
    text(files, 'arduino/eye/examples/Classify/Classify.ino');
    const copies = [...files].filter(([path]) => path.startsWith('arduino/eye/src/'));
    const originals = [...files].filter(([path]) => /^(cmsis_nn\/)?[^/]+\.[ch]$/.test(path));
    const byName = (entries: readonly (readonly [string, string])[]) =>
      new Map(entries.map(([path, content]) => [path.slice(path.lastIndexOf('/') + 1), content]));
    expect(byName(copies)).toEqual(byName(originals));
    expect(copies).toHaveLength(originals.length);
  });
});

test('esp-idf: the component manifest', async () => {
  /** "idf_component.yml manifest file format" of the ESP component manager, as far as it is used. */
  const manifest = z.strictObject({ version, description: z.string(), license: spdx });
  manifest.parse(parseYaml(text(await withIntegrations('eye'), 'esp-idf/eye/idf_component.yml')));
});
