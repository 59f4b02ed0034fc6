/** Where the weights are in what was saved: a state dict itself, or a checkpoint that holds one under some key. */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { PickleDict, PickleObject } from '../pickle/values.ts';
import type { StoredTensor } from '../stored-tensor.ts';
import { TorchTensor } from './tensor.ts';

/** A checkpoint holds state dicts in itself or one level below; the tensors of an optimizer lie deeper. */
const DEEPEST = 2;
const SAVE_STATE_DICT = 'save the weights with torch.save(model.state_dict(), FILE)';

interface Candidate {
  /** Keys that lead to it, joined by dots; empty for the object itself. */
  readonly path: string;
  readonly dict: PickleDict;
  /** Tensors of at least one dimension, so that counters do not decide. */
  readonly tensors: number;
}

const isWeight = (value: unknown): boolean => value instanceof TorchTensor && value.shape.length > 0;

function candidatesOf(root: PickleDict): readonly Candidate[] {
  const found: Candidate[] = [];
  const seen = new Set<PickleDict>();
  const pending = [{ path: '', dict: root, depth: 0 }];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { path, dict, depth } = next;
    if (seen.has(dict)) continue;
    seen.add(dict);
    const tensors = [...dict.entries].filter(([key, value]) => typeof key === 'string' && isWeight(value)).length;
    if (tensors > 0) found.push({ path, dict, tensors });
    if (depth === DEEPEST) continue;
    for (const [key, value] of dict.entries) {
      if (typeof key !== 'string' || !(value instanceof PickleDict)) continue;
      pending.push({ path: path === '' ? key : `${path}.${key}`, dict: value, depth: depth + 1 });
    }
  }
  // Stable: of equals, the one that comes first.
  return found.toSorted((a, b) => b.tensors - a.tensors);
}

/** A tensor of a kind that is not read, under the name of what would make it. */
function unknownTensor({ path }: PickleObject): StoredTensor {
  return { dtype: path, shape: [], floats: null };
}

function tensorsOf(dict: PickleDict): ReadonlyMap<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const [key, value] of dict.entries) {
    if (typeof key !== 'string') continue;
    if (value instanceof TorchTensor) tensors.set(key, value);
    else if (value instanceof PickleObject && value.path.includes('_rebuild_')) tensors.set(key, unknownTensor(value));
  }
  return tensors;
}

function refuseWithoutWeights(root: unknown, file: string): never {
  const values = root instanceof PickleDict ? [...root.entries.values()] : [root];
  const instance = values.find(value => value instanceof PickleObject);
  const problem =
    instance === undefined
      ? 'this PyTorch file holds no dictionary of tensors'
      : `this file holds a whole pickled object of ${instance.path}, which cannot be read without its program`;
  throw new SnugError(unsupportedModel({ problem, fix: SAVE_STATE_DICT }, { file }));
}

/** The weights, and what the user should know of where they were found. */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly notes: readonly string[];
}

/**
 * The largest dictionary of tensors in a saved object.
 * @throws SnugError `unsupportedModel` where there is none, naming the class of a module that was saved whole
 */
export function checkpointOf(root: unknown, file: string): Checkpoint {
  const [best, ...others] = root instanceof PickleDict ? candidatesOf(root) : [];
  if (best === undefined) return refuseWithoutWeights(root, file);
  const rivals = others.filter(({ tensors }) => tensors === best.tensors).map(({ path }) => `'${path}'`);
  const unread = rivals.length === 0 ? '' : `; the weights of ${rivals.slice(0, 3).join(', ')} are not read`;
  const notes = best.path === '' ? [] : [`the checkpoint holds the weights under '${best.path}'${unread}`];
  return { tensors: tensorsOf(best.dict), notes };
}
