/**
 * A quantized graph as a safetensors container and back: the structure as JSON in the container's metadata, every constant
 * as a tensor. The output folder carries it, so that a program can be checked where its float model is not at hand.
 */
import { malformedFile } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { readSafetensors, type TensorToWrite, writeSafetensors } from '../formats/safetensors.ts';
import type { Graph } from './graph.ts';
import { parseGraph, proveConstants } from './schema.ts';
import { verify } from './verify.ts';

const FORMAT = 'snug-quantized-graph';
const FORMAT_VERSION = 1;

const CONSTRUCTORS = { I8: Int8Array, I32: Int32Array, F64: Float64Array } as const;
type ConstantType = keyof typeof CONSTRUCTORS;

/** The bytes of the container, the same for the same graph. Infinite bounds, which JSON lacks, are written as text. */
export function serializeGraph(graph: Graph<'quantized'>): Uint8Array {
  const tensors = new Map<string, TensorToWrite>();
  const structure = JSON.stringify(graph, (_key, value: unknown) => {
    if (value === Infinity || value === -Infinity) return { $number: String(value) };
    if (!ArrayBuffer.isView(value)) return value;
    const name = String(tensors.size).padStart(5, '0');
    const data = value as TensorToWrite['data'];
    tensors.set(name, { shape: [data.length], data });
    return { $tensor: name };
  });
  return writeSafetensors(tensors, { format: FORMAT, version: String(FORMAT_VERSION), graph: structure });
}

/**
 * Reads such a container back and verifies the graph; `file` names it in errors.
 * @throws SnugError `malformedFile` for another format or version, for damage, and for values out of their bounds; else what
 * `verify` and the operators' `prove` find
 */
export function deserializeGraph(data: Uint8Array, file: string): Graph<'quantized'> {
  const { metadata, tensors } = readSafetensors(data, file);
  const refuse = (problem: string): never => {
    throw new SnugError(malformedFile({ format: FORMAT, problem }, { file }));
  };
  if (metadata['format'] !== FORMAT || metadata['graph'] === undefined) refuse('it holds no graph');
  if (metadata['version'] !== String(FORMAT_VERSION))
    refuse(`it is of version ${metadata['version']}, and this snug reads ${FORMAT_VERSION}`);
  const revive = (_key: string, value: unknown): unknown => {
    if (value === null || typeof value !== 'object') return value;
    if ('$number' in value) return Number(value.$number);
    if (!('$tensor' in value)) return value;
    const entry = tensors.get(String(value.$tensor));
    const TypedArray = CONSTRUCTORS[entry?.dtype as ConstantType];
    if (entry === undefined || TypedArray === undefined) return refuse(`constant ${String(value.$tensor)} is missing`);
    // A copy starts at offset 0 and is aligned for any element size (and Buffer.slice would be no copy).
    return new TypedArray(new Uint8Array(entry.data).buffer);
  };
  let structure: unknown;
  try {
    structure = JSON.parse(metadata['graph']!, revive);
  } catch (error) {
    if (error instanceof SnugError) throw error;
    return refuse('its structure is damaged');
  }
  const parsed = parseGraph(structure);
  if ('problem' in parsed) return refuse(parsed.problem);
  const graph = verify(parsed.graph, `reading ${file}`);
  proveConstants(graph);
  return graph;
}
