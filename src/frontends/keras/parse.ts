/**
 * A Keras model configuration (the JSON of `model.to_json()`) to a network. Source: keras, `Functional.get_config` and
 * `Sequential.get_config`, versions 2 and 3.
 */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';
import { type Fields, isFields, quoted } from '../../formats/json.ts';
import { refuseFile, Settings } from './fields.ts';
import type { KerasLayer, KerasNetwork, LayerUse, Reference } from './network.ts';
import { endsOf, usesOf } from './uses.ts';

/** Networks in networks: a backbone in a model in a wrapper is 3. */
const MAX_DEPTH = 16;
const MAX_LAYERS = 10_000;
const NETWORKS: ReadonlySet<string> = new Set(['Functional', 'Model', 'Sequential']);
const INPUT = 'InputLayer';

/** What all networks of a file share. */
interface Parsing {
  readonly file: string;
  layers: number;
}

function titleOf(entry: Fields, config: Fields, index: number): string {
  const name = config['name'] ?? entry['name'];
  return typeof name === 'string' && name !== '' ? name : `layer ${index}`;
}

function layerOf(parsing: Parsing, entry: unknown, index: number, depth: number): KerasLayer {
  const { file } = parsing;
  parsing.layers += 1;
  if (parsing.layers > MAX_LAYERS) return refuseFile(`it has more than ${MAX_LAYERS} layers`, { file });
  if (!isFields(entry)) return refuseFile(`layer ${index} is ${quoted(entry)}`, { file });
  const config = isFields(entry['config']) ? entry['config'] : {};
  const name = titleOf(entry, config, index);
  const origin: Origin = { file, layer: name };
  const className = entry['class_name'];
  if (typeof className !== 'string') return refuseFile(`its class is ${quoted(className)}`, origin);
  return {
    name,
    className,
    settings: new Settings(config, origin),
    uses: usesOf(entry['inbound_nodes'], origin),
    network: NETWORKS.has(className) ? networkOf(parsing, entry, name, depth + 1) : null,
  };
}

/** Sizes behind the batch; null where the value is no shape. */
function shapeOf(value: unknown): readonly (number | null)[] | null {
  if (!Array.isArray(value) || value.length < 2) return null;
  const sizes = value.slice(1) as unknown[];
  return sizes.every(size => size === null || (Number.isSafeInteger(size) && (size as number) > 0))
    ? (sizes as (number | null)[])
    : null;
}

/** The batch that the shape is fixed to; null where it is open. */
function checkBatch(value: unknown, origin: Origin): void {
  const batch: unknown = Array.isArray(value) ? value[0] : null;
  if (batch === null || batch === 1) return;
  throw new SnugError(
    unsupportedModel(
      {
        problem: `the input is a batch of ${quoted(batch)}; snug compiles for one picture at a time`,
        fix: 'save the model with an open batch size',
      },
      origin,
    ),
  );
}

function statedShape({ settings, network }: KerasLayer, origin: Origin): readonly (number | null)[] | null {
  const stated = settings.raw('batch_shape') ?? settings.raw('batch_input_shape');
  checkBatch(stated, origin);
  return shapeOf(stated) ?? network?.inputShape ?? null;
}

function single(references: readonly Reference[], what: string, origin: Origin): Reference {
  const [first, ...others] = references;
  if (first === undefined) return refuseFile(`it names no ${what}`, origin);
  if (others.length === 0) return first;
  const names = references.map(({ layer }) => layer).join(', ');
  throw new SnugError(
    unsupportedModel(
      {
        problem: `the model has ${references.length} ${what}s (${names}); snug takes one`,
        fix: `save the part of the network that has one ${what}`,
      },
      origin,
    ),
  );
}

function byName(layers: readonly KerasLayer[], origin: Origin): ReadonlyMap<string, KerasLayer> {
  const map = new Map<string, KerasLayer>();
  for (const layer of layers) {
    if (map.has(layer.name)) refuseFile(`two layers are called ${layer.name}`, origin);
    map.set(layer.name, layer);
  }
  return map;
}

const chained = (layer: string): readonly LayerUse[] => [
  { inputs: [{ layer, call: 0, output: 0 }], constants: [], constantFirst: false },
];

/** Without an InputLayer in the file, one is put in front; its shape stands in the first layer or beside the layers. */
function sequential(name: string, config: Fields, listed: readonly KerasLayer[], origin: Origin): KerasNetwork {
  const first = listed[0] ?? refuseFile('it has no layers', origin);
  const shape = statedShape(first, origin) ?? shapeOf(config['build_input_shape']);
  if (shape === null) {
    throw new SnugError(
      unsupportedModel(
        { problem: 'the model does not say what shape its input has', fix: 'build it with an Input layer and save it' },
        origin,
      ),
    );
  }
  const input: KerasLayer =
    first.className === INPUT
      ? first
      : { name: `${name} input`, className: INPUT, settings: new Settings({}, origin), uses: [], network: null };
  const chain = [input];
  for (const layer of first === input ? listed.slice(1) : listed) {
    chain.push({ ...layer, uses: chained(chain.at(-1)!.name) });
  }
  const output = { layer: chain.at(-1)!.name, call: 0, output: 0 };
  return { name, layers: byName(chain, origin), input, inputShape: shape, output };
}

function functional(name: string, config: Fields, listed: readonly KerasLayer[], origin: Origin): KerasNetwork {
  const layers = byName(listed, origin);
  const { layer } = single(endsOf(config['input_layers']), 'input', origin);
  const input = layers.get(layer);
  if (input?.className !== INPUT) return refuseFile(`its input ${layer} is no InputLayer`, origin);
  const inputOrigin = { ...origin, layer };
  const inputShape = statedShape(input, inputOrigin) ?? refuseFile('the input has no shape', inputOrigin);
  return { name, layers, input, inputShape, output: single(endsOf(config['output_layers']), 'output', origin) };
}

function networkOf(parsing: Parsing, entry: Fields, outer: string | null, depth: number): KerasNetwork {
  const { file } = parsing;
  const origin: Origin = outer === null ? { file } : { file, layer: outer };
  if (depth > MAX_DEPTH) return refuseFile('its networks lie in each other too deep', origin);
  // Early versions of Keras 2 have the list of layers itself as the configuration of a Sequential model.
  const given = entry['config'];
  const config: Fields = Array.isArray(given) ? { layers: given } : isFields(given) ? given : {};
  const entries: unknown = config['layers'];
  if (!Array.isArray(entries)) return refuseFile('its configuration has no list of layers', origin);
  const name = typeof config['name'] === 'string' ? config['name'] : (outer ?? 'model');
  const listed = entries.map((layer, index) => layerOf(parsing, layer, index, depth));
  return entry['class_name'] === 'Sequential'
    ? sequential(name, config, listed, origin)
    : functional(name, config, listed, origin);
}

/**
 * Reads a configuration.
 * @throws SnugError `malformedFile` where it is none; `unsupportedModel` for several inputs or outputs, subclassed models,
 * batches, and an input without a shape
 */
export function parseNetwork(configuration: unknown, file: string): KerasNetwork {
  if (!isFields(configuration)) return refuseFile('its configuration is not a JSON object', { file });
  const className = configuration['class_name'];
  if (typeof className !== 'string') return refuseFile('its configuration names no class', { file });
  if (NETWORKS.has(className)) return networkOf({ file, layers: 0 }, configuration, null, 0);
  throw new SnugError(
    unsupportedModel(
      {
        problem: `the model is of class ${className}; snug reads Functional and Sequential models`,
        fix: 'build it with the functional API, or export it as ONNX',
      },
      { file },
    ),
  );
}
