/** Reads back a folder that `compile` wrote: manifest, quantized graph and golden inputs. */
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { notAnOutputFolder } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { Graph } from '../graph/graph.ts';
import { int8Bytes, tensorOf } from '../graph/graph.ts';
import { deserializeGraph } from '../graph/serialize.ts';
import type { Manifest } from '../report/manifest.ts';

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

async function readPart(folder: string, file: string): Promise<Buffer> {
  return readFile(join(folder, file)).catch(() => refuse(folder, `${file} is missing`));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function parseManifest(folder: string, text: string): Manifest {
  try {
    const manifest = JSON.parse(text) as Partial<Manifest>;
    if (manifest.format === 'snug-manifest' && typeof manifest.name === 'string' && manifest.provenance)
      return manifest as Manifest;
  } catch {
    // Told below, like a manifest of something else.
  }
  return refuse(folder, 'manifest.json was not written by snug');
}

export async function readOutputFolder(path: string): Promise<OutputFolder> {
  const manifest = parseManifest(path, (await readPart(path, 'manifest.json')).toString('utf8'));
  const graph = deserializeGraph(await readPart(path, 'test/model.safetensors'), join(path, 'test/model.safetensors'));
  const data = await readPart(path, 'test/vectors.bin');
  const size = int8Bytes(tensorOf(graph, graph.input));
  if (data.length % size !== 0) refuse(path, `test/vectors.bin does not hold whole inputs of ${size} bytes`);
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
