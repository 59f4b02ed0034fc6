/**
 * The files of Zephyr modules and CMSIS-Packs, read by a parser of their format and held to the
 * rules that the format's own documents state, written here as schemas under the names that they have there.
 */
import { readFile } from 'node:fs/promises';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { allC, type Files, rootC, spdx, text, version, withIntegrations } from '../../support/integrations.ts';
import { PARTS_REACHED } from '../../support/zephyr-parts.ts';

const LIBRARY_ONLY = { kernels: 'cmsis-nn', integrations: ['zephyr', 'cmsis-pack'] } as const;

describe('zephyr', () => {
  /** METADATA_SCHEMA of Zephyr's scripts/zephyr_module.py, as far as it is used. */
  const metadata = z.strictObject({
    name: z.string(),
    build: z.strictObject({ cmake: z.string(), kconfig: z.string() }),
  });

  /** Lines of a Kconfig by symbol: type, dependencies, selections. */
  function kconfig(source: string): ReadonlyMap<string, readonly string[]> {
    const symbols = new Map<string, string[]>();
    let lines: string[] | null = null;
    let help = false;
    for (const line of source.split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const symbol = /^config ([A-Z0-9_]+)$/.exec(line);
      if (symbol !== null) {
        lines = [];
        help = false;
        symbols.set(symbol[1]!, lines);
        continue;
      }
      if (help && line.startsWith('\t  ')) continue;
      expect(line).toMatch(/^\t(bool "[^"]+"|depends on [A-Z0-9_!& ]+|select [A-Z0-9_]+( if [A-Z0-9_]+)?|help)$/);
      help = line === '\thelp';
      lines!.push(line.trim());
    }
    return symbols;
  }

  /** Every part of the library that a network may reach, on whatever core. */
  const parts = new Set(Object.values(PARTS_REACHED).flatMap(reached => Object.values(reached).flat()));
  const selected = [...parts].map(part => `select CMSIS_NN_${part} if CMSIS_NN`);
  /** Selecting the library where the workspace lacks it would end in missing headers. */
  const there = 'CPU_CORTEX_M && ZEPHYR_CMSIS_NN_MODULE';

  test('module.yml names files that are there', async () => {
    const files = await withIntegrations('eye');
    const { name, build } = metadata.parse(parseYaml(text(files, 'zephyr/module.yml')));
    expect(name).toBe('eye');
    text(files, `${build.cmake}/CMakeLists.txt`);
    text(files, build.kconfig);
  });

  test('the table of parts has every function that a program may call', async () => {
    const header = await readFile('templates/kernels/arm_nnfunctions.h', 'utf8');
    const functions = [...header.matchAll(/^(?:arm_cmsis_nn_status|void) (arm_\w+)\(/gm)].map(([, name]) => name!);
    expect(functions.sort()).toEqual(Object.keys(PARTS_REACHED).sort());
  });

  test('an output for either asks, and has all parts of CMSIS-NN on where it is on', async () => {
    const symbols = kconfig(text(await withIntegrations('eye'), 'zephyr/Kconfig'));
    expect([...symbols.keys()]).toEqual(['SNUG_EYE', 'SNUG_EYE_CMSIS_NN']);
    expect(symbols.get('SNUG_EYE')).toEqual(expect.arrayContaining(selected));
    expect(symbols.get('SNUG_EYE')).not.toContain('select CMSIS_NN');
    expect(symbols.get('SNUG_EYE_CMSIS_NN')).toEqual(
      expect.arrayContaining([`depends on SNUG_EYE && ${there}`, 'select CMSIS_NN']),
    );
  });

  test('an output for CMSIS-NN takes it, and one for the portable kernels excludes it', async () => {
    const library = kconfig(text(await withIntegrations('eye', LIBRARY_ONLY), 'zephyr/Kconfig'));
    expect([...library.keys()]).toEqual(['SNUG_EYE']);
    expect(library.get('SNUG_EYE')).toEqual(
      expect.arrayContaining([`depends on ${there}`, 'select CMSIS_NN', ...selected]),
    );
    const portable = kconfig(text(await withIntegrations('eye', { kernels: 'portable' }), 'zephyr/Kconfig'));
    expect(portable.get('SNUG_EYE')).toEqual(['bool "Neural network eye"', 'depends on !CMSIS_NN', 'help']);
    expect(portable.size).toBe(1);
  });
});

describe('cmsis-pack', () => {
  const list = <T extends z.ZodType>(item: T) => z.union([z.array(item).min(1), item.transform(one => [one])]);
  /** CidPartType, CsubType and ComponentVersionType of PACK.xsd 1.7. */
  const idPart = z
    .string()
    .min(2)
    .max(32)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_+()'/\-\s.]+$/);
  const sub = z
    .string()
    .max(32)
    .regex(/^([A-Za-z0-9][A-Za-z0-9_+():/\- .]*)?$/);
  const restricted = z.string().regex(/^[-_A-Za-z0-9]+$/);
  const filter = z.strictObject({ '@Cclass': idPart, '@Cgroup': idPart });
  const file = z.strictObject({ '@category': z.enum(['header', 'source']), '@name': z.string() });
  const component = z.strictObject({
    '@Cclass': idPart,
    '@Cgroup': idPart,
    '@Csub': sub,
    '@Cvariant': idPart,
    '@Cversion': version,
    '@isDefaultVariant': z.literal('true').optional(),
    '@condition': z.string(),
    description: z.string().max(256),
    files: z.strictObject({ file: list(file) }),
  });
  /** The element `package` of PACK.xsd 1.7, as far as it is used. */
  const pack = z.strictObject({
    '@schemaVersion': z.string().regex(/^1\.7\.\d+$/),
    '@xmlns:xs': z.literal('http://www.w3.org/2001/XMLSchema-instance'),
    '@xs:noNamespaceSchemaLocation': z.url(),
    vendor: restricted,
    name: restricted,
    description: z.string().max(256),
    url: z.string(),
    license: z.string(),
    licenseSets: z.strictObject({
      licenseSet: z.strictObject({
        '@id': z.string(),
        '@default': z.literal('true'),
        license: z.strictObject({ '@name': z.string(), '@title': z.string(), '@spdx': spdx }),
      }),
    }),
    releases: z.strictObject({ release: z.strictObject({ '@version': version, '#text': z.string() }) }),
    taxonomy: z.strictObject({
      description: z.strictObject({ '@Cclass': idPart, '@Cgroup': idPart, '#text': z.string() }),
    }),
    conditions: z.strictObject({
      condition: list(
        z.strictObject({
          '@id': z.string(),
          description: z.string(),
          require: filter.optional(),
          deny: filter.optional(),
        }),
      ),
    }),
    components: z.strictObject({ component: list(component) }),
  });

  function readPack(files: Files, name: string) {
    const xml = text(files, `snug.${name}.pdsc`);
    expect(XMLValidator.validate(xml)).toBe(true);
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', parseTagValue: false });
    return pack.parse((parser.parse(xml) as { package: unknown }).package);
  }

  test.each([
    ['auto', ['Portable', 'CMSIS-NN']],
    ['portable', ['Portable']],
    ['cmsis-nn', ['CMSIS-NN']],
  ] as const)('the pack of --kernels %s has a variant for each choice that is left', async (kernels, variants) => {
    const files = await withIntegrations('eye', kernels === 'cmsis-nn' ? LIBRARY_ONLY : { kernels });
    const { vendor, name, license, licenseSets, conditions, components } = readPack(files, 'eye');
    expect(`${vendor}.${name}`).toBe('snug.eye');
    expect(licenseSets.licenseSet.license['@name']).toBe(license);
    expect(text(files, license)).toContain('0BSD');
    expect(components.component.map(c => c['@Cvariant'])).toEqual(variants);
    expect(components.component.map(c => c['@isDefaultVariant'])).toEqual(
      variants.map((_, i) => (i ? undefined : 'true')),
    );
    // Each condition is used, and says of CMSIS-NN's own component what the variant needs.
    expect(conditions.condition.map(c => c['@id'])).toEqual(components.component.map(c => c['@condition']));
    const nn = { '@Cclass': 'CMSIS', '@Cgroup': 'NN Lib' };
    for (const c of conditions.condition) expect(c['@id'] === 'CMSIS-NN' ? c.require : c.deny).toEqual(nn);
    for (const c of components.component) {
      const listed = c.files.file.map(f => f['@name']);
      for (const path of listed) text(files, path);
      const expected = c['@Cvariant'] === 'Portable' ? allC(files) : rootC(files);
      expect(listed.filter(path => path.endsWith('.c')).sort()).toEqual(expected);
      for (const f of c.files.file) expect(f['@category']).toBe(f['@name'].endsWith('.h') ? 'header' : 'source');
      expect(listed.includes('cmsis_nn/arm_nnfunctions.h')).toBe(c['@Cvariant'] === 'Portable');
    }
  });

  test('a long name is cut to what a component may be called', async () => {
    const name = `a${'_long'.repeat(12)}`;
    const { components } = readPack(await withIntegrations(name, { integrations: ['cmsis-pack'] }), name);
    expect(components.component[0]!['@Csub']).toHaveLength(32);
  });

  /** PackType, ComponentType and LayerDescType of the CMSIS-Toolbox's common.schema.json, as far as they are used. */
  const clayer = z.strictObject({
    layer: z.strictObject({
      type: z.string(),
      description: z.string(),
      packs: z.array(z.strictObject({ pack: z.string().regex(/^[\w .-]+::[\w .*-]+$/) })).optional(),
      components: z.array(z.strictObject({ component: z.string().regex(/^[\w -]+::[\w -]+:[\w -]+$/) })).optional(),
      'add-path': z.array(z.string()).min(1),
      groups: z.array(
        z.strictObject({ group: z.string(), files: z.array(z.strictObject({ file: z.string() })).min(1) }),
      ),
    }),
  });

  test.each([
    ['auto', { 'eye.clayer.yml': false, 'eye_cmsis_nn.clayer.yml': true }],
    ['portable', { 'eye.clayer.yml': false }],
    ['cmsis-nn', { 'eye.clayer.yml': true }],
  ] as const)('--kernels %s gives a layer for each choice', async (kernels, layers) => {
    const files = await withIntegrations('eye', kernels === 'cmsis-nn' ? LIBRARY_ONLY : { kernels });
    expect([...files.keys()].filter(path => path.endsWith('.clayer.yml')).sort()).toEqual(Object.keys(layers).sort());
    for (const [path, takesLibrary] of Object.entries(layers)) {
      const { layer } = clayer.parse(parseYaml(text(files, path)));
      const listed = layer.groups.flatMap(group => group.files.map(({ file: name }) => name));
      for (const name of listed) text(files, name);
      expect(listed.filter(name => name.endsWith('.c')).sort()).toEqual(takesLibrary ? rootC(files) : allC(files));
      expect(layer['add-path']).toEqual(takesLibrary ? ['.'] : ['.', 'cmsis_nn']);
      expect(layer.components).toEqual(takesLibrary ? [{ component: 'ARM::CMSIS:NN Lib' }] : undefined);
      expect(layer.packs).toEqual(takesLibrary ? [{ pack: 'ARM::CMSIS-NN' }] : undefined);
    }
  });
});
