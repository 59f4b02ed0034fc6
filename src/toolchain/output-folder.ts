/** Reads back a folder that `compile` wrote: manifest, quantized graph and golden inputs. */
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { notAnOutputFolder } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { recovered } from '../disk/output-folder.ts';
import { readRegular } from '../disk/regular.ts';
import type { Graph } from '../graph/graph.ts';
import { int8Bytes, tensorOf } from '../graph/graph.ts';
import { deserializeGraph } from '../graph/serialize.ts';
import type { InputScaling } from '../ir/input-scaling.ts';
import { NETWORK_NAME } from '../ir/name.ts';
import { PREPROCESS_SOURCES } from '../pictures/choose-preprocess.ts';
import { RESIZE_MODES } from '../pictures/preprocess.ts';
import { INPUT_MODES } from '../plan/schedule.ts';
import { KERNEL_CHOICES } from '../plan/select-kernels.ts';
import type { Manifest } from '../report/manifest.ts';

/** What commands need of a compiled network. */
export interface OutputFolder {
  readonly path: string;
  readonly name: string;
  readonly manifest: Manifest;
  readonly graph: Graph<'quantized'>;
  /** Quantized inputs, the first of which are the golden test's. */
  readonly vectors: readonly Int8Array[];
  /** True where portable kernels lie in `cmsis_nn/`. */
  readonly portable: boolean;
  readonly hasGoldenTest: boolean;
}

function refuse(path: string, reason: string): never {
  throw new SnugError(notAnOutputFolder({ path, reason }, { file: path }));
}

async function readPart(folder: string, file: string): Promise<Uint8Array> {
  const path = join(folder, file);
  return (await exists(path)) ? readRegular(path, 'part of a compiled network') : refuse(folder, `${file} is missing`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const sourceFile = z.nullable(z.object({ file: z.string(), sha256: z.string() }));

const source = z.enum(PREPROCESS_SOURCES);
const quantization = z.object({ scale: z.number(), zeroPoint: z.number() });
const inputScaling: z.ZodType<InputScaling> = z.union([
  z.object({ kind: z.literal('affine'), scale: z.array(z.number()), offset: z.array(z.number()) }),
  z.object({
    kind: z.literal('integers'),
    input: quantization,
    output: quantization,
    tables: z.array(z.array(z.number()).length(256)),
  }),
]);

/** What other commands read of a manifest; a damaged one must not lead them astray. */
const manifestSchema: z.ZodType<Manifest> = z.object({
  snug: z.string(),
  format: z.literal('snug-manifest'),
  name: z.string().regex(NETWORK_NAME),
  kernels: z.enum(KERNEL_CHOICES),
  input: z.enum(INPUT_MODES),
  target: z.string().nullable().optional(),
  provenance: z.object({
    source: z.string(),
    model: sourceFile,
    weights: sourceFile,
    width: z.nullable(z.number()),
    preprocess: z.nullable(
      z.object({
        mean: z.array(z.number()),
        std: z.array(z.number()),
        resize: z.enum(RESIZE_MODES),
        cropFraction: z.number(),
        channelOrder: z.enum(['rgb', 'bgr']),
        inside: z.nullable(inputScaling),
        from: z.object({ values: source, resize: source, channelOrder: source }),
      }),
    ),
    // No command reads how the ranges came about; the manifest says it to people.
    calibration: z.nullable(z.unknown()),
    labelOffset: z.nullable(z.number()),
  }),
});

function parseManifest(folder: string, text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(folder, 'manifest.json is not JSON');
  }
  const { success, data, error } = manifestSchema.safeParse(value);
  if (success) return data;
  const place = error.issues[0]?.path.join('.') ?? '';
  return refuse(folder, `manifest.json was not written by snug, or is damaged${place === '' ? '' : ` (${place})`}`);
}

/** @throws SnugError `notAnOutputFolder` where a part is missing or damaged; `malformedFile` for a damaged graph */
export async function readOutputFolder(path: string): Promise<OutputFolder> {
  await recovered(path);
  const manifest = parseManifest(path, new TextDecoder().decode(await readPart(path, 'manifest.json')));
  const graph = deserializeGraph(await readPart(path, 'test/model.safetensors'), join(path, 'test/model.safetensors'));
  const data = await readPart(path, 'test/vectors.bin');
  const size = int8Bytes(tensorOf(graph, graph.input));
  if (data.length === 0 || data.length % size !== 0)
    refuse(path, `test/vectors.bin does not hold whole inputs of ${size} bytes`);
  const all = new Int8Array(data.buffer, data.byteOffset, data.length);
  const vectors = Array.from({ length: data.length / size }, (_, i) => all.subarray(i * size, (i + 1) * size));
  const { name } = manifest;
  return {
    path,
    name,
    manifest,
    graph,
    vectors,
    portable: await exists(join(path, 'cmsis_nn')),
    hasGoldenTest: await exists(join(path, 'test', `${name}_test.c`)),
  };
}

/** The portable kernels' sources, relative to the output folder. */
export async function kernelSources(output: OutputFolder): Promise<readonly string[]> {
  const files = await readdir(join(output.path, 'cmsis_nn')).catch(() => [] as string[]);
  return files
    .filter(file => file.endsWith('.c'))
    .sort()
    .map(file => `cmsis_nn/${file}`);
}
