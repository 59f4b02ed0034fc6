/** Which integrations there are, how they are asked for, and which an output cannot have. */
import { Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { addCompileFlags } from '../../../src/cli/flags.ts';
import { checkIntegrations, INTEGRATIONS } from '../../../src/codegen/integrations/index.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { withIntegrations } from '../../support/integrations.ts';
import { refusalOf } from '../../support/refusal.ts';

function flagged(...args: readonly string[]): unknown {
  const command = addCompileFlags(new Command())
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  return command.parse(args, { from: 'user' }).opts()['integration'];
}

test('--integration is repeated, or has commas, and names nothing twice', () => {
  expect(flagged()).toBeUndefined();
  expect(flagged('--integration', 'zephyr', '--integration', 'arduino,esp-idf')).toEqual([
    'zephyr',
    'arduino',
    'esp-idf',
  ]);
  expect(flagged('--integration', 'zephyr, arduino', '--integration', 'zephyr')).toEqual(['zephyr', 'arduino']);
});

test.each(['mbed', '', 'zephyr,', 'Zephyr', 'zephyr;arduino'])('--integration "%s" is refused', value => {
  expect(() => flagged('--integration', value)).toThrow(CommanderError);
  expect(() => flagged('--integration', value)).toThrow('Allowed choices are zephyr, cmsis-pack,');
});

test('a configuration takes the same names', () => {
  const accepts = (integrations: readonly string[]) => configSchema.safeParse({ model: 'm', integrations }).success;
  expect(accepts(INTEGRATIONS)).toBe(true);
  expect(accepts(['mbed'])).toBe(false);
});

test('without kernels, an integration is refused whose build system has none', () => {
  const refusal = refusalOf(() => checkIntegrations(['zephyr', 'arduino', 'esp-idf', 'arduino'], 'cmsis-nn'));
  expect(refusal.code).toBe('SNUG132');
  expect(refusal.message).toMatch(/^arduino, esp-idf would have no kernels/);
  expect(refusal.hint).toContain('--kernels auto');
  for (const kernels of ['auto', 'portable'] as const) checkIntegrations(INTEGRATIONS, kernels);
  checkIntegrations(['zephyr', 'cmsis-pack'], 'cmsis-nn');
});

test('files are added only for what is asked, and change nothing that is there', async () => {
  const bare = await withIntegrations('eye', { integrations: [] });
  const all = await withIntegrations('eye');
  for (const [path, text] of bare) expect(all.get(path)).toBe(text);
  const added = [...all.keys()].filter(path => !bare.has(path));
  const byOne = await Promise.all(INTEGRATIONS.map(name => withIntegrations('eye', { integrations: [name] })));
  // No file belongs to two integrations, so that each can be had without the others.
  expect(byOne.flatMap(files => [...files.keys()].filter(path => !bare.has(path)))).toEqual(added);
  for (const [path, text] of all) if (!bare.has(path)) expect(text, path).toMatch(/\S\n$/);
});
