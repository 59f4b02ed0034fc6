/** Where the weights of a layer lie: Keras's three ways of naming them behind one interface. */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';
import type { KerasLayer } from './network.ts';

/** One tensor of a file. */
export interface WeightTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** @throws SnugError where the file is damaged or the tensor holds no floats */
  read(): Float32Array;
}

/** What a weight is called; several names where versions differ. The order of roles is Keras's order of creation. */
export type Role = readonly [name: string, ...others: string[]];

/** A layer and the networks that it lies in, the outermost (the model itself) left out. */
export interface Place {
  readonly layer: KerasLayer;
  readonly parents: readonly KerasLayer[];
  /** The group of the layer as Keras 3 counts: `layers/functional/layers/conv2d_1`. */
  readonly counted: string;
}

/** The weights of a model. */
export interface WeightStore {
  /** One tensor a role; null where the file has none. */
  find(place: Place, roles: readonly Role[]): readonly (WeightTensor | null)[];
}

/** A tensor under its full name, `block/conv/kernel:0`. */
export interface NamedTensor extends WeightTensor {
  /** The layer of the model that it belongs to; null where the file does not say. */
  readonly group: string | null;
}

const partsOf = (name: string): readonly string[] => name.replace(/:\d+$/, '').split('/');

/** How many of the parents, the innermost first, a name contains in their order. */
function agreement(parts: readonly string[], parents: readonly KerasLayer[]): number {
  let end = parts.length - 2;
  let agreed = 0;
  for (const { name } of parents.toReversed()) {
    const at = parts.slice(0, end).lastIndexOf(name);
    if (at < 0) continue;
    end = at;
    agreed += 1;
  }
  return agreed;
}

function refuseAmbiguous(candidates: readonly NamedTensor[], origin: Origin): never {
  const names = candidates.slice(0, 2).map(({ name }) => name);
  throw new SnugError(
    unsupportedModel(
      {
        problem: `two weights fit this layer (${names.join(' and ')})`,
        fix: 'give the layers inside of nested models different names, or save the model as .keras',
      },
      origin,
    ),
  );
}

/**
 * Weights by name, `<networks>/<layer>/<role>`: legacy .h5 and TF.js. Only layer and role are always there; the networks
 * around it are compared where several weights end alike. A group that holds as many weights as there are roles, and none
 * by the layer's name, is taken in its order: renamed layers keep the old names of their weights.
 */
export function namedStore(tensors: readonly NamedTensor[], file: string): WeightStore {
  const byEnd = new Map<string, NamedTensor[]>();
  const byGroup = new Map<string, NamedTensor[]>();
  const put = (map: Map<string, NamedTensor[]>, key: string, tensor: NamedTensor): void => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [tensor]);
    else list.push(tensor);
  };
  for (const tensor of tensors) {
    put(byEnd, partsOf(tensor.name).slice(-2).join('/'), tensor);
    if (tensor.group !== null) put(byGroup, tensor.group, tensor);
  }
  const best = (place: Place, role: string): NamedTensor | null => {
    const { layer, parents } = place;
    const top = (parents[0] ?? layer).name;
    const end = partsOf(`${layer.name}/${role}`).slice(-2).join('/');
    const candidates = (byEnd.get(end) ?? []).filter(({ group }) => group === null || group === top);
    if (candidates.length < 2) return candidates[0] ?? null;
    const scores = candidates.map(({ name }) => agreement(partsOf(name), parents));
    const highest = Math.max(...scores);
    const fitting = candidates.filter((_, i) => scores[i] === highest);
    return fitting.length === 1 ? fitting[0]! : refuseAmbiguous(fitting, { file, layer: layer.name });
  };
  return {
    find(place, roles) {
      const found = roles.map(names => {
        for (const name of names) {
          const tensor = best(place, name);
          if (tensor !== null) return tensor;
        }
        return null;
      });
      const group = place.parents.length === 0 ? (byGroup.get(place.layer.name) ?? []) : [];
      return found.every(tensor => tensor === null) && group.length === roles.length ? group : found;
    },
  };
}

/** `BatchNormalization` becomes `batch_normalization`, `ReLU` becomes `re_lu`: Keras's own rule. */
export function snakeCase(className: string): string {
  return className
    .replaceAll(/\W+/g, '')
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
