/**
 * Scratch as snug computes it against CMSIS-NN's own functions for it, which compile on any host: never less for any
 * release, and the same as that of 2026. Runs where CMSIS_NN_DIR names a checkout of CMSIS-NN.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FieldValue, KernelCall, StructLocal } from '../../src/ir/kernel-call.ts';
import type { Shape } from '../../src/ir/shape.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { type FoldedKind, foldedOperator, type OpTypes } from '../../src/ops/index.ts';
import type { Operator, OpSpec } from '../../src/ops/operator.ts';
import { type Step, selectKernels } from '../../src/plan/select-kernels.ts';
import { needCmsisNn, structOf } from '../support/cmsis-nn.ts';
import { LAYER, normals } from '../support/operators.ts';
import { quantizePlainly, zeroParameters } from '../support/plain-networks.ts';
import { execute, testFolder } from '../support/snug.ts';

const SHAPES = 2000;
const CORES = ['c', 'dsp', 'mve'] as const;
type Lowered = Pick<Step, 'call' | 'flow'>;

/** An operator over one shape; null where the window does not fit. */
function lower<K extends FoldedKind>(kind: K, attributes: OpTypes[K]['attributes'], shape: Shape): Lowered | null {
  const operator = foldedOperator(kind) as Operator<OpSpec>;
  const quantization = { scale: 0.1, zeroPoint: 3 };
  const inputs = [{ shape, quantization }];
  let outputShape: Shape;
  try {
    outputShape = operator.outputShape(attributes as never, [shape], LAYER);
  } catch {
    return null;
  }
  const output = { shape: outputShape, quantization: { scale: 0.4, zeroPoint: 0 } };
  const shapes = Object.entries<Shape>(operator.parameterShapes(attributes as never, [shape]));
  const float = Object.fromEntries(shapes.map(([name, size]) => [name, normals(size, 1).data]));
  const given = { attributes, inputs, output, origin: LAYER } as never as Parameters<typeof operator.lower>[0];
  const parameters = operator.quantize({ ...given, parameters: float, origin: LAYER });
  const lowering = operator.lower({ ...given, parameters });
  if (lowering.kind === 'alias') return null;
  return { call: lowering.call, flow: operator.flow?.({ ...given, parameters }, lowering.call) ?? null };
}

function randomLayers(): readonly Lowered[] {
  const random = seededRandom(2026);
  const pick = <T>(...values: readonly T[]): T => values[random.integer(values.length)]!;
  const between = (low: number, high: number): number => low + random.integer(high - low + 1);
  const side = (): number => pick(1, 1, between(2, 9));
  return Array.from({ length: SHAPES }, () => {
    const kernel = pick<[number, number]>([1, 1], [3, 3], [1, between(2, 5)], [between(2, 5), 1], [side(), side()]);
    const stride = pick<[number, number]>([1, 1], [2, 2], [1, between(1, 4)], [between(1, 3), between(1, 3)]);
    const [top, bottom, left, right] = [between(0, 2), between(0, 2), between(0, 2), between(0, 2)];
    const padding = pick<'same' | 'valid' | { top: number; bottom: number; left: number; right: number }>(
      ...(['same', 'valid'] as const),
      { top, bottom, left, right },
    );
    const channels = pick(1, between(2, 17), 4 * between(1, 40));
    const groups = channels % 2 === 0 ? pick(1, 1, 2) : 1;
    const window = { kernel, stride, padding, activation: null };
    const shape = [1, side(), side(), channels];
    return pick(
      () => lower('conv2d', { ...window, groups, outputChannels: groups * between(1, 6) }, shape),
      () => lower('depthwiseConv2d', { ...window, multiplier: pick(1, 1, between(2, 12)) }, shape),
      () => lower('averagePool', { window: { kernel, stride, padding }, activation: null }, shape),
    )();
  }).filter(layer => layer !== null);
}

function atTop(rows: KernelCall | null, top: number): KernelCall | null {
  const fixed = (value: FieldValue): FieldValue => {
    if (Array.isArray(value)) return value.map(field => ({ ...field, value: fixed(field.value) }));
    return typeof value === 'object' && 'runtime' in value && value.runtime === 'top' ? top : value;
  };
  const local = (given: StructLocal): StructLocal => ({
    ...given,
    fields: fixed(given.fields) as StructLocal['fields'],
  });
  return rows === null ? null : { ...rows, locals: rows.locals.map(local) };
}

/** All calls that a layer may turn into; those over rows at the top, where padding is widest. */
function callsOf({ call, flow }: Lowered): readonly KernelCall[] {
  const parts =
    flow?.kind === 'window'
      ? [flow.pixels?.call, atTop(flow.rows, flow.window.top)]
      : flow?.kind === 'pixels'
        ? [flow.call]
        : [];
  return [call, ...parts].flatMap(part => (part === null || part === undefined ? [] : [part]));
}

/** The library's functions for scratch: the host's own is that of plain C. */
function questions(call: KernelCall): readonly string[] | null {
  const dims = ['input_dims', 'filter_dims', 'output_dims'];
  const ask = (name: string, args: readonly string[]): readonly string[] =>
    ['', '_dsp', '_mve'].map(suffix => `${name}_get_buffer_size${suffix}(${args.join(', ')})`);
  switch (call.function) {
    case 'arm_convolve_1x1_s8_fast':
    case 'pointwise_s8': // which calls it on some cores
    case 'arm_convolve_wrapper_s8':
      return ask(
        'arm_convolve_wrapper_s8',
        ['conv_params', ...dims].map(name => structOf(call, name)),
      );
    case 'arm_depthwise_conv_wrapper_s8':
      return ask(
        'arm_depthwise_conv_wrapper_s8',
        ['dw_conv_params', ...dims].map(name => structOf(call, name)),
      );
    case 'arm_avgpool_s8':
      return ask('arm_avgpool_s8', [`(${structOf(call, 'output_dims')})->w`, `(${structOf(call, 'input_dims')})->c`]);
    default:
      return null;
  }
}

async function answers(
  checkout: string,
  asked: readonly string[],
  flags: readonly string[],
): Promise<readonly number[]> {
  const cwd = await testFolder();
  const sources: string[] = [];
  for (const folder of ['ConvolutionFunctions', 'PoolingFunctions']) {
    const files = await readdir(join(checkout, 'Source', folder));
    const wanted = files.filter(file => /get_buffer_sizes?_s8\.c$/.test(file));
    sources.push(...wanted.map(file => join(checkout, 'Source', folder, file)));
  }
  const lines = asked.map(question => `    printf("%ld\\n", (long)${question});`);
  const code = [
    '#include "arm_nnfunctions.h"',
    '#include <stdio.h>',
    'int main(void)',
    '{',
    ...lines,
    '    return 0;',
    '}',
  ];
  await writeFile(join(cwd, 'ask.c'), code.join('\n'));
  // 4.1.0 relies on another header for the integer types.
  const all = ['-w', '-O0', '-include', 'stdint.h', `-I${join(checkout, 'Include')}`, ...flags];
  const built = await execute('gcc', [...all, 'ask.c', ...sources, '-o', 'ask'], { cwd });
  expect(built.stderr).toBe('');
  const { stdout, exitCode } = await execute(join(cwd, 'ask'), [], { cwd });
  expect(exitCode).toBe(0);
  return stdout.trim().split('\n').map(Number);
}

/** Of 2026, when the functions for scratch came to decide as the kernels do; 7.0.0 forgot groups in them. */
async function isRecent(checkout: string): Promise<boolean> {
  const header = await readFile(join(checkout, 'Include/arm_nnsupportfunctions.h'), 'utf8');
  return header.includes('arm_nn_is_convolve_1x1');
}

/** A single tap over one channel, for which MVE needs less than the formula says. */
function isSingleTap({ function: name, locals }: KernelCall): boolean {
  const { fields } = locals.find(local => local.name === 'filter_dims') ?? { fields: [] };
  const taps = fields.filter(field => field.name === 'h' || field.name === 'w');
  return name === 'arm_depthwise_conv_wrapper_s8' && taps.every(field => field.value === 1);
}

test('scratch is what CMSIS-NN asks for', async context => {
  const checkout = needCmsisNn(context);
  const recent = await isRecent(checkout);
  const networks = [1, 0.35].flatMap(width => {
    const graph = quantizePlainly(mobilenetV2({ width, resolution: 96 }, zeroParameters()));
    return selectKernels(graph, 'auto');
  });
  const calls = [...networks, ...randomLayers()].flatMap(callsOf).filter(call => questions(call) !== null);
  expect(calls.length).toBeGreaterThan(SHAPES / 2);
  const asked = calls.flatMap(call => questions(call)!);
  const gcc = await answers(checkout, asked, []);
  // armclang's compiler is not needed to see what the library decides by its macro.
  const armclang = await answers(checkout, asked, ['-D__ARMCC_VERSION=6160001', '-D__clz=__builtin_clz']);
  const less: string[] = [];
  const different: string[] = [];
  calls.forEach((call, i) => {
    CORES.forEach((core, j) => {
      const line = (ours: number, theirs: number): string =>
        `${core}: ${ours} for ${theirs} of ${asked[CORES.length * i + j]}`;
      const [ours, theirs] = [call.scratch[core], gcc[CORES.length * i + j]!];
      if (ours < theirs) less.push(line(ours, theirs));
      else if (ours > theirs && !isSingleTap(call)) different.push(line(ours, theirs));
      const [oursClang, theirsClang] = [
        core === 'dsp' ? (call.armclangScratch ?? call.scratch.dsp) : call.scratch[core],
        armclang[CORES.length * i + j]!,
      ];
      if (oursClang < theirsClang) less.push(`armclang, ${line(oursClang, theirsClang)}`);
      else if (core === 'dsp' && oursClang > theirsClang) different.push(`armclang, ${line(oursClang, theirsClang)}`);
    });
  });
  expect(less).toEqual([]);
  if (recent) expect(different).toEqual([]);
  else
    console.info(`an older release: more scratch than is needed in ${different.length} of ${2 * asked.length} cases`);
});
