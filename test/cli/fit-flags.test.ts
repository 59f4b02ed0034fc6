/** The search that a refusal names: for the network that was asked for, and none for a model file. */
import { expect, test } from 'vitest';
import { fitFlags } from '../../src/cli/fit-flags.ts';
import type { Settings } from '../../src/cli/settings.ts';
import { doesNotFit, weightsDoNotFit } from '../../src/diagnostics/catalog.ts';

const settings = (options: object, plan: object = {}): Pick<Settings, 'model' | 'plan'> => ({
  model: { kind: 'mobilenet-v2', options, weights: null, seed: 1 },
  plan: { kernels: 'auto', schedule: 'auto', input: null, ramBytes: null, ...plan },
});

test.each([
  [settings({}), {}, ''],
  [settings({ classes: 10, channels: 1, width: 0.5 }), {}, ' --classes 10 --channels 1'],
  [
    settings({ padding: 'symmetric' }, { input: 'caller', kernels: 'portable' }),
    {},
    ' --padding symmetric --input caller --kernels portable',
  ],
  [settings({}), { config: 'my nets/a.ts' }, " --config 'my nets/a.ts'"],
  [settings({ classes: 2 }), { config: false }, ' --classes 2 --no-config'],
] as const)('%j', (given, flags, expected) => {
  expect(fitFlags(given, flags)).toBe(expected);
});

test('a model file has a size of its own, and its refusal names no search', () => {
  const model = { kind: 'file', path: 'net.onnx', resolution: null } as const;
  expect(fitFlags({ ...settings({}), model }, {})).toBeNull();
  const details = { target: 'board', needed: 9, regions: 'flash', over: 1, ramBytes: 1, flashBytes: 8 };
  expect(weightsDoNotFit({ ...details, fitFlags: null }).hint).not.toContain('snug fit');
  expect(weightsDoNotFit({ ...details, fitFlags: ' --classes 3' }).hint).toContain(
    'snug fit --ram 1 --flash 8 --classes 3',
  );
  expect(doesNotFit({ name: 'n', needed: 2, budget: 1, what: 'RAM' }).hint).toContain('--classes and --input');
});
