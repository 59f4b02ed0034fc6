/** The manifest and the report of a compilation agree with the C beside them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CompileReport } from '../../src/report/report.ts';
import { compileInto, filesIn, newFolder, TINY } from '../support/snug.ts';

interface Location {
  readonly kind: 'input' | 'output' | 'arena' | 'line-buffer' | 'chunk';
  readonly offset?: number;
  readonly bytes?: number;
}

interface TensorFacts {
  readonly tensor: string;
  readonly shape: string;
  readonly scale: number;
  readonly zeroPoint: number;
  readonly location: Location;
}

interface LayerFacts {
  readonly number: number;
  readonly name: string;
  readonly identifier: string;
  readonly operator: string;
  readonly kernel: string;
  readonly inputs: readonly TensorFacts[];
  readonly output: TensorFacts;
  readonly weightScales?: readonly number[];
  readonly activation?: { readonly min: number; readonly max: number };
}

let cwd: string;
let texts: ReadonlyMap<string, string>;
let layers: readonly LayerFacts[];
let report: CompileReport;
const textOf = (path: string): string => texts.get(path) ?? '';

beforeAll(async () => {
  cwd = await newFolder();
  await compileInto(cwd, 'out', [...TINY, '--softmax']);
  texts = new Map([...(await filesIn(join(cwd, 'out')))].map(([path, data]) => [path, data.toString('utf8')]));
  layers = (JSON.parse(textOf('manifest.json')) as { layers: readonly LayerFacts[] }).layers;
  report = JSON.parse(textOf('report.json')) as CompileReport;
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const elements = (shape: string): number => shape.split('×').reduce((product, side) => product * Number(side), 1);

/** A table of `tiny_weights.c`. */
function table(symbol: string): readonly number[] {
  const body = new RegExp(`\\b${symbol}\\[(\\d+)\\] = \\{([^}]*)\\}`).exec(textOf('tiny_weights.c'));
  const values = (body?.[2] ?? '').trim().replace(/,$/, '').split(',').map(Number);
  expect(values, symbol).toHaveLength(Number(body?.[1]));
  return values;
}

test('the layers are those of the report, in order and with their kernels', () => {
  expect(layers.map(({ name, kernel, operator }) => ({ name, kernel, operator }))).toEqual(
    report.layers.map(({ name, kernel, operator }) => ({ name, kernel, operator })),
  );
  layers.forEach(({ number, identifier, kernel }, i) => {
    expect(number).toBe(i + 1);
    expect(textOf('tiny.c')).toContain(`static int layer_${number}_${identifier}(`);
    expect(textOf('tiny.c')).toContain(`${kernel}(`);
  });
});

test('every kernel call is listed, and none is hidden', () => {
  const called = textOf('tiny.c').match(/(?<=\n {4}(?:return )?)(?:\w+_s8\w*)(?=\(\n)/g) ?? [];
  // The end of a pooling that adds up has a call of its own.
  expect(called.filter(name => name !== 'mean_of_sums_s8')).toEqual(layers.map(({ kernel }) => kernel));
});

test('every activation lies inside the arena, at an aligned offset, and what is read was written there', () => {
  const written = new Map<string, Location>();
  let last: Location = layers[0]!.inputs[0]!.location;
  expect(last.kind).toBe('arena');
  for (const { inputs, output } of layers) {
    for (const { tensor, location } of inputs) {
      // A reshape executes nothing: its output is the bytes of the layer before.
      expect(location, tensor).toEqual(written.get(tensor) ?? last);
    }
    last = output.location;
    written.set(output.tensor, last);
    const { kind, offset = 0, bytes = elements(output.shape) } = output.location;
    if (kind === 'output') continue;
    expect(offset % (kind === 'arena' ? 16 : 4)).toBe(0);
    expect(offset + bytes).toBeLessThanOrEqual(report.ram.arenaBytes);
  }
  expect(layers.at(-1)!.output.location).toEqual({ kind: 'output' });
});

test('the multipliers in C are the scales of the manifest in fixed point', () => {
  const convolutions = layers.filter(({ weightScales }) => weightScales !== undefined);
  expect(convolutions.length).toBeGreaterThan(50);
  for (const { identifier, inputs, output, weightScales } of convolutions) {
    if (!textOf('tiny_weights.c').includes(`tiny_${identifier}_multipliers`)) {
      // Fully connected layers take one multiplier, which is in the call.
      expect(weightScales).toHaveLength(1);
      continue;
    }
    const [multipliers, shifts] = [table(`tiny_${identifier}_multipliers`), table(`tiny_${identifier}_shifts`)];
    expect(weightScales).toHaveLength(multipliers.length);
    weightScales!.forEach((scale, channel) => {
      const factor = (inputs[0]!.scale * scale) / output.scale;
      const multiplier = multipliers[channel]!;
      expect(multiplier).toBeGreaterThanOrEqual(2 ** 30);
      const stated = (multiplier / 2 ** 31) * 2 ** shifts[channel]!;
      expect(Math.abs(stated / factor - 1), `${identifier}, channel ${channel}`).toBeLessThan(2 ** -30);
    });
  }
});

test('the header has the scales and zero points of input and output', () => {
  const macro = (name: string): string => new RegExp(`#define TINY_${name} (.*)`).exec(textOf('tiny.h'))?.[1] ?? '';
  const scale = (name: string): number => {
    const [, digits = '', exponent = ''] = /^0x1\.?([0-9a-f]*)p([+-]?\d+)f/.exec(macro(name)) ?? [];
    const fraction = digits === '' ? 0 : Number.parseInt(digits, 16) / 16 ** digits.length;
    return (1 + fraction) * 2 ** Number(exponent);
  };
  const [first, last] = [layers[0]!.inputs[0]!, layers.at(-1)!.output];
  expect(scale('INPUT_SCALE')).toBe(Math.fround(first.scale));
  expect(macro('INPUT_ZERO_POINT')).toBe(`(${first.zeroPoint})`);
  // Softmax always ends in [0, 1).
  expect(last).toMatchObject({ scale: 1 / 256, zeroPoint: -128 });
  expect(scale('OUTPUT_SCALE')).toBe(1 / 256);
  expect(macro('OUTPUT_ZERO_POINT')).toBe('(-128)');
});
