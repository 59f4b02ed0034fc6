/**
 * A model.json of the form `graph-model` to nodes whose outer form is known to be sound. Its `modelTopology` is a
 * TensorFlow GraphDef as JSON. Source: https://github.com/tensorflow/tfjs, `tfjs-converter/src/data/compiled_api.ts`, and
 * TensorFlow's `graph.proto`.
 */
import { malformedFile } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';
import { type Fields, isFields } from '../../formats/json.ts';

/** What a node reads: the node that makes it, and which of its outputs. */
export interface Source {
  readonly node: string;
  readonly output: number;
}

/** One node of the graph, in the order of the file. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Data inputs; control inputs say only what runs earlier and are left out. */
  readonly inputs: readonly Source[];
  readonly attributes: Fields;
}

/** A model before its nodes are looked at. */
export interface GraphModel {
  readonly file: string;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Shape of each input by the name of its node, as the signature has it; not checked yet. */
  readonly inputShapes: ReadonlyMap<string, unknown>;
  /** What the network computes, as the signature has it; null where there is none. */
  readonly outputs: readonly Source[] | null;
  /** `weightsManifest`, not checked yet. */
  readonly manifest: unknown;
}

/** Text that begins like JSON's objects and names the format at its start; most files need not be parsed to be known. */
const MARK = /"format"\s*:\s*"graph-model"|"modelTopology"\s*:\s*\{\s*"node"\s*:/;
const MARK_BYTES = 4096;

/** Throws `malformedFile` for a model.json. */
export function refuseFile(problem: string, origin: Origin): never {
  throw new SnugError(malformedFile({ format: 'TF.js', problem }, origin));
}

function parse(bytes: Uint8Array): Fields | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trimStart();

/** Whether the bytes are a graph model; true for one that is cut off behind its first lines. Never throws. */
export function isGraphModel(bytes: Uint8Array): boolean {
  const start = textOf(bytes.subarray(0, MARK_BYTES));
  if (!start.startsWith('{')) return false;
  if (MARK.test(start)) return true;
  const model = parse(bytes);
  if (model === null) return false;
  const { format, modelTopology } = model;
  return format === 'graph-model' || (isFields(modelTopology) && Array.isArray(modelTopology['node']));
}

/** `weightsManifest` of a model.json, or undefined where there is none. Never throws. */
export function manifestOf(bytes: Uint8Array): unknown {
  return parse(bytes)?.['weightsManifest'];
}

/** `name`, `name:1`; null for a control input, `^name`. */
function sourceOf(text: string): Source | null {
  if (text.startsWith('^')) return null;
  const [, node, output] = /^(.*):(\d{1,4})$/s.exec(text) ?? [null, text, '0'];
  return { node: node!, output: Number(output) };
}

function nodeOf(value: unknown, file: string): GraphNode {
  if (!isFields(value)) return refuseFile('a node of its graph is not an object', { file });
  const { name, op, input = [], attr = {} } = value;
  if (typeof name !== 'string' || name === '') return refuseFile('a node of its graph has no name', { file });
  const origin = { file, layer: name };
  if (typeof op !== 'string') return refuseFile('the node names no operator', origin);
  if (!Array.isArray(input) || !input.every(source => typeof source === 'string')) {
    return refuseFile('the inputs of the node are not a list of names', origin);
  }
  if (!isFields(attr)) return refuseFile('the attributes of the node are not an object', origin);
  return { name, op, inputs: input.map(sourceOf).filter(source => source !== null), attributes: attr };
}

function nodesOf(model: Fields, file: string): ReadonlyMap<string, GraphNode> {
  const { modelTopology } = model;
  if (!isFields(modelTopology) || !Array.isArray(modelTopology['node'])) {
    return refuseFile('its modelTopology lists no nodes', { file });
  }
  const nodes = new Map<string, GraphNode>();
  for (const value of modelTopology['node'] as readonly unknown[]) {
    const node = nodeOf(value, file);
    if (nodes.has(node.name)) refuseFile('two nodes have this name', { file, layer: node.name });
    nodes.set(node.name, node);
  }
  return nodes;
}

/** The inputs or outputs of the signature; older files have it among the metadata of their user. */
function signatureOf(model: Fields, side: 'inputs' | 'outputs'): readonly { source: Source; shape: unknown }[] | null {
  const { signature, userDefinedMetadata: metadata } = model;
  const given = signature ?? (isFields(metadata) ? metadata['signature'] : undefined);
  const entries = isFields(given) ? given[side] : undefined;
  if (!isFields(entries)) return null;
  const known = Object.entries(entries).map(([key, entry]) => {
    const name = isFields(entry) && typeof entry['name'] === 'string' ? entry['name'] : key;
    return { source: sourceOf(name), shape: isFields(entry) ? entry['tensorShape'] : undefined };
  });
  return known.filter((entry): entry is { source: Source; shape: unknown } => entry.source !== null);
}

/**
 * Decodes a model.json.
 * @throws SnugError `malformedFile` where it is no JSON or not of the form above
 */
export function decodeModel(bytes: Uint8Array, file: string): GraphModel {
  const model = parse(bytes);
  if (model === null) return refuseFile('it is not a JSON object', { file });
  const inputs = signatureOf(model, 'inputs') ?? [];
  const outputs = signatureOf(model, 'outputs') ?? [];
  return {
    file,
    nodes: nodesOf(model, file),
    inputShapes: new Map(inputs.map(({ source, shape }) => [source.node, shape])),
    outputs: outputs.length === 0 ? null : outputs.map(({ source }) => source),
    manifest: model['weightsManifest'],
  };
}
