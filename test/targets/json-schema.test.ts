/** `targets/target.schema.json` is the schema of the code, in a form that editors read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseSize } from '../../src/ir/units.ts';
import { targetJsonSchema } from '../../src/targets/json-schema.ts';
import { ROOT } from '../support/snug.ts';

interface Schema {
  readonly $schema?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const schema = JSON.parse(targetJsonSchema()) as Schema;
const region = schema.properties!['regions']!.items!;

test('the file is what the code says', async () => {
  const rewrite = 'npx vitest run test/targets/json-schema.test.ts -u rewrites it';
  await expect(targetJsonSchema(), rewrite).toMatchFileSnapshot(join(ROOT, 'targets/target.schema.json'));
});

test('unknown keys are refused, and what has a default may be left out', () => {
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect([schema.additionalProperties, region.additionalProperties]).toEqual([false, false]);
  expect(region.required).toEqual(['name', 'kind', 'address', 'size']);
  expect(schema.required).not.toContain('linkerScript');
});

test('texts have their patterns', () => {
  const matches = (field: string, text: string): boolean => new RegExp(region.properties![field]!.pattern!).test(text);
  expect([matches('address', '0x20000000'), matches('address', '20000000')]).toEqual([true, false]);
  expect([matches('name', 'sram_2'), matches('name', 'SRAM2')]).toEqual([true, false]);
  for (const text of ['131072', '128K', '128k', '128KiB', '1.5M', '1MB', '', 'K', '-1K', '1 K', '1G', '1.K', '.5K']) {
    expect(matches('size', text), text).toBe(parseSize(text) !== null);
  }
});

test('every target names it, so that editors find it', () => {
  const folders = readdirSync(join(ROOT, 'targets'), { withFileTypes: true }).filter(entry => entry.isDirectory());
  const named = folders.map(({ name }) => {
    const target = JSON.parse(readFileSync(join(ROOT, 'targets', name, 'target.json'), 'utf8')) as { $schema?: string };
    return [name, target.$schema];
  });
  expect(named).toEqual(folders.map(({ name }) => [name, '../target.schema.json']));
});
