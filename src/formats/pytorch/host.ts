/**
 * The classes and functions of Python that stand for data in a state dict; everything else in a pickle stays an object
 * without content. Source: `torch/_utils.py` and `torch/serialization.py` of PyTorch, where the arguments are described.
 */
import { PickleDict, PickleGlobal, type PickleHost } from '../pickle/values.ts';
import { elementTypeOf, type TorchStorage, TorchTensor } from './tensor.ts';

/** As many as PyTorch allows. */
const MOST_DIMENSIONS = 64;

/** What the persistent id of a storage says: `('storage', class, key, location, number of elements[, view])`. */
export interface StorageId {
  readonly type: string;
  readonly key: string;
  /** Offset in elements of a view, which files before PyTorch 0.4 have. */
  readonly offset: number;
}

/** How a file's form gives storages. */
export interface StorageProvider {
  storage(id: StorageId): TorchStorage;
  refuse(problem: string): never;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MOST_DIMENSIONS && value.every(isCount);
const isStorage = (value: unknown): value is TorchStorage =>
  typeof value === 'object' && value !== null && 'isBigEndian' in value;

function storageIdOf(id: unknown): StorageId | null {
  if (!Array.isArray(id)) return null;
  const [kind, storageClass, key, , , view] = id as readonly unknown[];
  if (kind !== 'storage' || !(storageClass instanceof PickleGlobal) || typeof key !== 'string') return null;
  const offset = Array.isArray(view) && isCount(view[1]) ? view[1] : 0;
  return { type: elementTypeOf(storageClass.name), key, offset };
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, …)`; version 3 has the element type in its seventh argument. */
function rebuilt(args: readonly unknown[], hasType: boolean, refuse: (problem: string) => never): TorchTensor {
  const [storage, offset, shape, strides] = args;
  if (!isStorage(storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) {
    return refuse('a tensor is described by values of wrong types');
  }
  if (shape.length !== strides.length) refuse(`a tensor has ${shape.length} dimensions and ${strides.length} strides`);
  const type = args[6];
  return hasType && type instanceof PickleGlobal
    ? new TorchTensor(storage, { offset, shape, strides }, type.name)
    : new TorchTensor(storage, { offset, shape, strides });
}

/** Builds tensors and dictionaries; a budget keeps repeated copies of one list from taking quadratic time. */
class TorchHost implements PickleHost {
  readonly #provider: StorageProvider;
  #copies: number;

  constructor(provider: StorageProvider, copies: number) {
    this.#provider = provider;
    this.#copies = copies;
  }

  /** `OrderedDict()`, or `OrderedDict([[key, value], …])` as Python 2 writes it. */
  #dict([pairs]: readonly unknown[]): PickleDict {
    const dict = new PickleDict();
    if (!Array.isArray(pairs)) return dict;
    this.#copies -= pairs.length;
    if (this.#copies < 0) this.#provider.refuse('it copies its lists too often');
    for (const pair of pairs) if (Array.isArray(pair)) dict.entries.set(pair[0], pair[1]);
    return dict;
  }

  construct(callable: PickleGlobal, args: readonly unknown[]): unknown {
    switch (callable.path) {
      case 'collections.OrderedDict':
      case 'builtins.dict':
        return this.#dict(args);
      case 'collections.defaultdict':
        return new PickleDict();
      case 'torch.Size':
        return args[0];
      case 'torch._utils._rebuild_tensor':
      case 'torch._utils._rebuild_tensor_v2':
        return rebuilt(args, false, problem => this.#provider.refuse(problem));
      case 'torch._utils._rebuild_tensor_v3':
        return rebuilt(args, true, problem => this.#provider.refuse(problem));
      case 'torch._utils._rebuild_parameter':
      case 'torch._utils._rebuild_parameter_with_state':
      case 'torch.nn.parameter.Parameter':
        return args[0];
      case 'torch._tensor._rebuild_from_type_v2': {
        // (function, class, its arguments, attributes): a tensor of a class of its own.
        const [inner, , innerArgs] = args;
        const known = inner instanceof PickleGlobal && inner.path !== callable.path && Array.isArray(innerArgs);
        return known ? this.construct(inner, innerArgs) : undefined;
      }
      case 'torch.storage.TypedStorage':
      case 'torch.storage._TypedStorage':
        return args.find(isStorage);
      default:
        return undefined;
    }
  }

  persistent(id: unknown): unknown {
    // `('module', class, file, source)` of whole modules in the form before PyTorch 1.6.
    if (Array.isArray(id) && id[0] === 'module') return id[1];
    const storage = storageIdOf(id);
    return storage === null ? undefined : this.#provider.storage(storage);
  }
}

/** @param bytes size of the pickle */
export function torchHost(provider: StorageProvider, bytes: number): PickleHost {
  return new TorchHost(provider, bytes);
}
