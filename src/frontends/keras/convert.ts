/** A Keras network and its weights to a graph of snug. Maps are channels-last in both. */
import { graphBuilder } from '../../graph/builder.ts';
import type { Graph } from '../../graph/graph.ts';
import { checkSize, WeightBudget } from '../../ir/size-limits.ts';
import { atResolution } from '../at-resolution.ts';
import type { LoadOptions } from '../frontend.ts';
import { changedResolution, inputShape, isOpen, layoutOf, resolutionOf } from '../input-layout.ts';
import { graphName, layerNamer } from '../layer-names.ts';
import { type Conversion, LayerCall, type Value } from './call.ts';
import { refuseFile } from './fields.ts';
import { layers } from './layers/index.ts';
import type { KerasLayer, KerasNetwork, LayerUse } from './network.ts';
import { type Step, stepsOf } from './order.ts';
import { snakeCase, type WeightStore } from './weights.ts';

const MAX_CALLS = 20_000;
/** Of all files that hold Keras's configuration. */
const EXTENSIONS = ['.keras', '.h5', '.hdf5', '.json'];

/** Where a network lies: the layers that it is the content of, outermost first, and their group in Keras 3's files. */
interface Surroundings {
  readonly parents: readonly KerasLayer[];
  readonly counted: string;
}

/** Keras 3 names the groups of a list of layers by class, and counts the later ones of a class. */
function countedNames(network: KerasNetwork): ReadonlyMap<KerasLayer, string> {
  const counts = new Map<string, number>();
  const names = new Map<KerasLayer, string>();
  for (const layer of network.layers.values()) {
    const base = snakeCase(layer.className);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    names.set(layer, count === 0 ? base : `${base}_${count}`);
  }
  return names;
}

function convertUse(
  conversion: Conversion,
  layer: KerasLayer,
  use: LayerUse,
  inputs: readonly Value[],
  around: Surroundings,
  group: string,
): Value {
  conversion.calls += 1;
  if (conversion.calls > MAX_CALLS)
    refuseFile(`it calls its layers more than ${MAX_CALLS} times`, { file: conversion.file });
  const counted = `${around.counted}layers/${group}`;
  const call = new LayerCall(conversion, { layer, parents: around.parents, counted }, use, inputs);
  if (layer.network !== null) {
    return convertNetwork(conversion, layer.network, call.value(), {
      parents: [...around.parents, layer],
      counted: `${counted}/`,
    });
  }
  const convert = layers.get(layer.className);
  return convert === undefined ? call.refuse('') : convert(call);
}

/** The value of the network's output, given that of its input. */
function convertNetwork(conversion: Conversion, network: KerasNetwork, input: Value, around: Surroundings): Value {
  const { file } = conversion;
  const names = countedNames(network);
  const values = new Map<Step, Value>();
  let output = input;
  for (const step of stepsOf(network, file)) {
    const { layer, call, inputs } = step;
    if (layer !== network.input) {
      const use = layer.uses[call] ?? refuseFile('the layer has no input', { file, layer: layer.name });
      const given = inputs.map(made => values.get(made)!);
      output = convertUse(conversion, layer, use, given, around, names.get(layer)!);
    } else {
      output = input;
    }
    values.set(step, output);
  }
  return output;
}

/** What a file of Keras or TF.js becomes. */
export interface ConvertedNetwork {
  readonly graph: Graph<'float'>;
  readonly notes: readonly string[];
}

/**
 * Converts a network at the resolution of the file, and changes it to the one given (`at-resolution.ts`); where the file
 * leaves the resolution open, ZeroPadding2D keeps its numbers.
 * @throws SnugError for the first layer that snug cannot express, naming it
 */
export function convertKeras(
  network: KerasNetwork,
  weights: WeightStore,
  { file, resolution }: Pick<LoadOptions, 'file' | 'resolution'>,
): ConvertedNetwork {
  const origin = { file, layer: network.input.name };
  const layout = layoutOf([null, ...network.inputShape], false, origin);
  const wanted = resolutionOf(layout, resolution, origin);
  const own = changedResolution(layout, wanted);
  const nameLayer = layerNamer();
  const notes = new Set<string>();
  const builder = graphBuilder(graphName(file, EXTENSIONS, network.name), 'file');
  const conversion: Conversion = {
    file,
    builder,
    weights,
    nameLayer,
    resized: isOpen(layout),
    supported: [...layers.keys()].join(', '),
    notes,
    budget: new WeightBudget(),
    calls: 0,
  };
  const shape = inputShape(layout, own ?? wanted);
  checkSize(shape, origin);
  const input = { id: builder.input(nameLayer([network.input.name], 'input'), shape), affine: null };
  const output = convertNetwork(conversion, network, input, { parents: [], counted: '' });
  if (output.id === input.id || output.affine !== null) {
    refuseFile('no layer computes its output from its input', { file });
  }
  const graph = builder.finish(output.id);
  return { graph: own === null ? graph : atResolution(graph, wanted!, file), notes: [...notes] };
}
