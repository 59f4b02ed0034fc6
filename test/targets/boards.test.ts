import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseTarget, type Target } from '../../src/targets/target.ts';

const folder = new URL('../../targets/', import.meta.url);

const read = (id: string): Target => {
  const file = new URL(`${id}/target.json`, folder);
  return parseTarget(id, readFileSync(file, 'utf8'), `targets/${id}/target.json`);
};

const ids = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

const QEMU_BOARDS = ['mps2-an385', 'mps2-an386', 'mps2-an500', 'mps2-an505', 'mps2-an521', 'mps3-an547'];
const BOARDS = [
  ...['nucleo-f446re', 'nucleo-l4r5zi', 'stm32f746g-disco', 'nucleo-h743zi', 'stm32h747i-disco', 'b-u585i-iot02a'],
  ...['nrf52840-dk', 'nrf5340-dk', 'raspberry-pi-pico', 'raspberry-pi-pico-2', 'arduino-nano-33-ble'],
  ...['arduino-portenta-h7', 'frdm-mcxn947', 'alif-ensemble-e7-devkit', 'ek-ra8d1', 'mimxrt1060-evk', 'esp32-s3'],
];

/** The DSP extension is the vendor's choice in a Cortex-M33. */
const M33_WITH_DSP = ['b-u585i-iot02a', 'frdm-mcxn947', 'mps2-an505', 'nrf5340-dk', 'raspberry-pi-pico-2'];

/** What -mcpu may say. gcc 12 does not know the Cortex-M85, whose instructions include the Cortex-M55's. */
const CPUS: Readonly<Record<Target['core'], readonly string[]>> = {
  'cortex-m0plus': ['cortex-m0plus'],
  'cortex-m3': ['cortex-m3'],
  'cortex-m4': ['cortex-m4'],
  'cortex-m7': ['cortex-m7'],
  'cortex-m33': ['cortex-m33'],
  'cortex-m55': ['cortex-m55'],
  'cortex-m85': ['cortex-m85', 'cortex-m55'],
  'xtensa-lx7': [],
};

/** The -mfpu that fits; null where -mcpu alone decides. */
function fpuFlag({ core, features: { fpu } }: Target): string | null {
  if (fpu === 'none' || core === 'cortex-m55' || core === 'cortex-m85') return null;
  if (core === 'cortex-m4') return 'fpv4-sp-d16';
  return fpu === 'single' ? 'fpv5-sp-d16' : 'fpv5-d16';
}

const optionOf = (flags: readonly string[], option: string): string | null =>
  flags.find(flag => flag.startsWith(`${option}=`))?.slice(option.length + 1) ?? null;

test('the boards are those that snug promises', () => {
  expect(ids).toEqual([...QEMU_BOARDS, ...BOARDS].sort());
  expect(ids.length).toBeGreaterThanOrEqual(20);
});

describe.each(ids)('%s', id => {
  const target = read(id);
  const { core, features, flags, regions } = target;

  test('names where its figures come from', () => {
    expect(target.sources.length).toBeGreaterThan(0);
    for (const { url } of target.sources) expect(new URL(url).protocol).toBe('https:');
  });

  test('has the features of its core', () => {
    const always = ['cortex-m4', 'cortex-m7', 'cortex-m55', 'cortex-m85'].includes(core);
    expect(features.dsp).toBe(always || M33_WITH_DSP.includes(id));
    if (features.mve !== 'none') expect(['cortex-m55', 'cortex-m85']).toContain(core);
    if (features.fpu === 'double') expect(['cortex-m7', 'cortex-m55', 'cortex-m85']).toContain(core);
    if (core === 'cortex-m0plus' || core === 'cortex-m3') expect(features.fpu).toBe('none');
  });

  test('is compiled for its core', () => {
    if (core === 'xtensa-lx7') {
      expect(target.compiler).toBe('xtensa-esp32s3-elf-gcc');
      expect(flags).toContain('-mlongcalls');
      return;
    }
    expect(target.compiler).toBe('arm-none-eabi-gcc');
    expect(flags).toContain('-mthumb');
    const [cpu, ...without] = (optionOf(flags, '-mcpu') ?? '').split('+');
    expect(CPUS[core]).toContain(cpu);
    expect(without.includes('nodsp')).toBe(core === 'cortex-m33' && !features.dsp);
    expect(optionOf(flags, '-mfloat-abi') ?? 'soft').toBe(features.fpu === 'none' ? 'soft' : 'hard');
    expect(optionOf(flags, '-mfpu')).toBe(fpuFlag(target));
  });

  test('has regions that lie apart', () => {
    const sorted = regions.toSorted((a, b) => a.address - b.address);
    for (const [i, { address }] of sorted.slice(1).entries()) {
      expect(address).toBeGreaterThanOrEqual(sorted[i]!.address + sorted[i]!.size);
    }
  });

  test.each(['flash', 'ram'] as const)('fills %s on the chip before it goes outside', kind => {
    const memories = regions.filter(
      region => region.kind === kind && (kind === 'flash' || region.holds.includes('data')),
    );
    const outside = memories.map(({ traits }) => traits.includes('external'));
    expect(outside).toEqual(outside.toSorted());
  });

  test('has 64 KiB or more in the RAM that is filled first', () => {
    const first = regions.find(({ kind, holds }) => kind === 'ram' && holds.includes('data'));
    expect(first?.size).toBeGreaterThanOrEqual(64 * 1024);
  });
});
