/**
 * A quantized graph that was damaged on disk: it is refused, or it is a sound graph, which runs, can be planned and emitted, and
 * whose C gives the interpreter's bytes. Nothing else may happen.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitProgram } from '../../src/codegen/emit.ts';
import type { Program } from '../../src/codegen/program.ts';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { readSafetensors, type TensorToWrite, writeSafetensors } from '../../src/formats/safetensors.ts';
import { type Graph, int8Bytes, tensorOf } from '../../src/graph/graph.ts';
import { printGraph } from '../../src/graph/print.ts';
import { deserializeGraph, serializeGraph } from '../../src/graph/serialize.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { planMemory } from '../../src/plan/memory-plan.ts';
import { scheduleLayers } from '../../src/plan/schedule.ts';
import { selectKernels } from '../../src/plan/select-kernels.ts';
import { expectTrace, runBatch } from '../support/host-batch.ts';
import { holds } from '../support/property.ts';
import { quantizedProgram, replanned } from '../support/quantized.ts';
import { refusalOf } from '../support/refusal.ts';
import { smallGraph } from '../support/small-graphs.ts';
import { templates } from '../support/templates.ts';

/** Every operator that a quantized graph may hold. */
function everyOperator(): Program {
  const small = smallGraph([1, 6, 5, 4]);
  const { builder, input, conv, depthwise, clamp, add, dense, reshape } = small;
  const padded = builder.add('pad', 'pad', [input], { top: 1, bottom: 0, left: 1, right: 1 }, {});
  const cut = clamp('cut', padded, -0.5, 0.5);
  const first = conv('conv', cut, { stride: 2, activation: { min: 0, max: Infinity } });
  const sum = add('sum', first, depthwise('depthwise', first));
  const window = { kernel: [2, 2], stride: [1, 1], padding: 'valid' } as const;
  const pooled = builder.add('averagePool', 'pool', [sum], { window, activation: null }, {});
  const mean = builder.add('mean', 'mean', [pooled], { keepDimensions: true }, {});
  const logits = dense('dense', reshape('flat', mean, [1, 4]), 3);
  const graph = builder.finish(builder.add('softmax', 'softmax', [logits], {}, {}));
  return quantizedProgram(graph, { name: 'whole', seed: 1 }).program;
}

const whole = everyOperator();
const bytes = serializeGraph(whole.graph);
const { metadata, tensors } = readSafetensors(bytes, 'whole');

/** The container with another structure and the same constants. */
function withStructure(structure: string): Uint8Array {
  const types = { I8: Int8Array, I32: Int32Array, F64: Float64Array } as const;
  const constants = [...tensors].map(([name, { dtype, shape, data }]): [string, TensorToWrite] => [
    name,
    { shape, data: new types[dtype as keyof typeof types](new Uint8Array(data).buffer) },
  ]);
  return writeSafetensors(new Map(constants), { ...metadata, graph: structure });
}

const inputOf = (graph: Graph<'quantized'>): Int8Array => {
  const random = seededRandom(3);
  return Int8Array.from({ length: int8Bytes(tensorOf(graph, graph.input)) }, () => random.integer(256) - 128);
};

/** The program of a graph that was let through, layer by layer and flowing; null where it was refused. */
async function programsOf(file: Uint8Array, name: string): Promise<readonly Program[] | null> {
  try {
    const graph = deserializeGraph(file, 'model.safetensors');
    const layers = { ...whole, name, graph, plan: planMemory(graph, scheduleLayers(selectKernels(graph, 'auto'))) };
    const stream = { input: 'resident', budgetBytes: null } as const;
    const flowing = replanned(layers, { name: `${name}_flowing`, kernels: 'portable', stream });
    runInt8(graph, inputOf(graph));
    emitProgram(layers, await templates());
    emitProgram(flowing, await templates());
    return [layers, flowing];
  } catch (error) {
    if (error instanceof SnugError) return null;
    throw error;
  }
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Path = readonly (string | number)[];

function pathsOf(value: Json, path: Path = []): readonly Path[] {
  if (value === null || typeof value !== 'object') return [path];
  const entries: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? value.map((each, i) => [i, each as Json] as const)
    : Object.entries(value);
  return [path, ...entries.flatMap(([key, each]) => pathsOf(each, [...path, key]))];
}

/** The value with what lies at a path changed, or taken out where `change` gives nothing. */
function changedAt(value: Json, [key, ...rest]: Path, change: (old: Json) => Json | undefined): Json | undefined {
  if (key === undefined) return change(value);
  const copy = structuredClone(value) as Record<string | number, Json>;
  const changed = changedAt(copy[key]!, rest, change);
  if (changed !== undefined) copy[key] = changed;
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete copy[key];
  return copy;
}

const structure = JSON.parse(metadata['graph']!) as Json;
const paths = pathsOf(structure);

/** Where a constant lies in the container. */
function constantOf(layer: string, name: string): Json {
  const { nodes } = structure as unknown as { nodes: { name: string; parameters: Record<string, Json> }[] };
  return nodes.find(each => each.name === layer)!.parameters[name]!;
}

const hostile = fc.constantFrom<Json>(
  ...[null, true, false, '', 'x', 'same', 'valid', 'global', [], {}, [1, 1], [1, 2, 2, 4], { min: 1, max: 0 }],
  ...[0, 1, 2, 3, 7, -1, 0.5, 64, 127, 255, 2 ** 24, 1e9, 2 ** 31, 2 ** 53, 1e308, 1e-300, 1e-40],
  ...[{ $number: 'NaN' }, { $number: '-Infinity' }, { $number: 'Infinity' }, { $number: [] }],
  ...[{ $tensor: '00000' }, { $tensor: '00003' }, { $tensor: 'none' }, { $tensor: {} }],
);
const change = fc.oneof(
  hostile.map(value => () => value),
  fc.constant(() => undefined),
  fc.constantFrom(1, -1, 2).map(by => (old: Json) => (typeof old === 'number' ? old + by : old)),
  fc.constantFrom(2, 1024, 1e-3).map(by => (old: Json) => (typeof old === 'number' ? old * by : old)),
  fc.constant((old: Json) => (Array.isArray(old) ? [...old, ...old] : old)),
  fc.constant((old: Json) => (Array.isArray(old) ? old.toReversed() : old)),
);
const structures = fc
  .array(fc.tuple(fc.constantFrom(...paths), change), { minLength: 1, maxLength: 2 })
  .map(changes =>
    changes.reduce<Json>((value, [path, by]) => {
      try {
        return changedAt(value, path, by) ?? null;
      } catch {
        // The first change took away what the second is about.
        return value;
      }
    }, structure),
  )
  .map(value => JSON.stringify(value));

describe('a damaged graph is refused or sound', () => {
  test('with something else in its structure; sound ones give the interpreter’s bytes in C', async () => {
    const sound = new Map<string, readonly Program[]>();
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(structures, async text => {
        const programs = await programsOf(withStructure(text), `sound_${sound.size}`);
        if (programs === null) refused += 1;
        else {
          const printed = printGraph(programs[0]!.graph);
          if (!sound.has(printed)) sound.set(printed, programs);
        }
      }),
      { seed: 20180113, numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(500);
    expect(sound.size).toBeGreaterThan(10);
    const items = [...sound.values()].flat().map(program => ({ program, inputs: [inputOf(program.graph)] }));
    const traces = await runBatch(items);
    items.forEach(({ program, inputs }, i) => {
      expectTrace(program, inputs[0]!, traces[i]![0]!);
    });
  });

  test('with other bytes anywhere', async () => {
    const edits = fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(edits, async places => {
        const file = Uint8Array.from(bytes);
        for (const [at, value] of places) file[at] = value;
        await programsOf(file, 'sound');
      }),
      { seed: 20180113, numRuns: 500 },
    );
  });

  test('with an end that is missing', () => {
    holds(
      fc.property(fc.nat({ max: bytes.length - 1 }), length => {
        expect(refusalOf(() => deserializeGraph(bytes.slice(0, length), 'cut')).code).toBe('SNUG202');
      }),
    );
  });
});

describe('is refused with the place and the bound', () => {
  const at = (path: string): Path => path.split('.').map(key => (/^\d+$/.test(key) ? Number(key) : key));
  const refusedWith = (path: string, value: Json | undefined) =>
    refusalOf(() => deserializeGraph(withStructure(JSON.stringify(changedAt(structure, at(path), () => value))), 'f'));
  const node = (name: string): number => whole.graph.nodes.findIndex(each => each.name === name);

  test.each<[string, string, Json | undefined, string]>([
    ['a scale of 0', 'tensors.1.quantization.scale', 0, 'tensors.1.quantization.scale: expected a float above 0'],
    ['a scale that no float holds', 'tensors.1.quantization.scale', 1e300, 'expected a float above 0'],
    ['a zero point of 128', 'tensors.0.quantization.zeroPoint', 128, 'tensors.0.quantization.zeroPoint: Too big'],
    ['a fractional side', 'tensors.0.shape.1', 1.5, 'tensors.0.shape.1'],
    ['a shape beyond all memory', 'tensors.0.shape', [1, 65536, 65536, 1], 'at most 67108864 elements'],
    ['a kernel of three sides', `nodes.${node('conv')}.attributes.kernel`, [3, 3, 3], '.attributes.kernel'],
    ['a missing attribute', `nodes.${node('conv')}.attributes.groups`, undefined, '.attributes.groups'],
    ['an operator of another name', `nodes.${node('sum')}.kind`, 'multiply', 'nodes.'],
    ['an input that is no number', `nodes.${node('sum')}.inputs.0`, '0', '.inputs.0'],
    ['bounds the wrong way round', `nodes.${node('cut')}.attributes`, { min: 1, max: 0 }, 'min to be at most max'],
    ['a factor that is none', `nodes.${node('mean')}.parameters.multiplier`, 5, 'a factor below 2^21'],
  ])('%s', (_, path, value, problem) => {
    const { code, message, origin } = refusedWith(path, value);
    expect([code, origin.file]).toEqual(['SNUG202', 'f']);
    expect(message).toContain(problem);
  });

  test.each<[string, string, Json, string, string]>([
    [
      'weights of another length',
      `nodes.${node('conv')}.parameters.weights`,
      constantOf('dense', 'weights'),
      'SNUG303',
      'weights is 12 elements; expected 144',
    ],
    ['a tensor that is not there', `nodes.${node('sum')}.output`, 99, 'SNUG304', 'tensor 99'],
    ['an input that is not there', 'input', 99, 'SNUG304', 'tensor 99'],
  ])('%s', (_, path, value, code, problem) => {
    const refusal = refusedWith(path, value);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(problem);
  });
});
