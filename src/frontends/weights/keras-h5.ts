/**
 * Weights in HDF5 files of Keras, by names of the form `<layer>/<weight>`. Keras 2 and tf.keras name the datasets so, in a
 * group for each layer; Keras 3 (`.weights.h5`) counts a layer's weights and, since 3.7, gives the layer's name as an attribute. Source:
 * `keras/src/legacy/saving/legacy_h5_format.py` and `keras/src/saving/saving_lib.py`.
 */
import { isFloatType } from '../../formats/float-tensor.ts';
import { type Hdf5Dataset, type Hdf5File, readHdf5 } from '../../formats/hdf5.ts';
import type { StoredTensor, StoredTensors } from '../../formats/stored-tensor.ts';
import { countedLayers } from './keras-counted.ts';

/** The group of the weights in the files of whole models. */
const MODEL_WEIGHTS = 'model_weights/';
/** The state of training, and of layers that draw random numbers. */
const NO_WEIGHTS = /^(?:optimizer|optimizer_weights|model_weights\/optimizer)\/|(?:^|\/)seed_generator/;
const COUNTED = /^((?:.*\/)?([^/]+))\/vars\/(\d+)$/;

/** The weights of a layer in the order in which Keras 3 counts them, by the class in snake case. */
const WEIGHTS: Readonly<Record<string, readonly string[]>> = {
  conv2d: ['kernel', 'bias'],
  depthwise_conv2d: ['kernel', 'bias'],
  dense: ['kernel', 'bias'],
  batch_normalization: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
};

/** `layers/conv2d_1/vars/0` → `expanded_conv_project/kernel`, or null for a dataset that Keras 3 did not write. */
function countedName(file: Hdf5File, counted: ReadonlyMap<string, string>, path: string): string | null {
  const [, group, last, index] = COUNTED.exec(path) ?? [];
  if (group === undefined || last === undefined) return null;
  const name = file.texts(`${group}/vars`, 'name')?.[0] ?? counted.get(group) ?? last;
  return `${name}/${WEIGHTS[last.replace(/_\d+$/, '')]?.[Number(index)] ?? index}`;
}

/** `dense/sequential/dense/kernel:0` → `dense/kernel`. */
function writtenName(path: string): string {
  return path.replace(/:\d+$/, '').split('/').slice(-2).join('/');
}

function tensorOf(dataset: Hdf5Dataset): StoredTensor {
  const { type, shape } = dataset;
  return { dtype: type, shape, floats: isFloatType(type) ? () => dataset.read() : null };
}

/** Whether an HDF5 file holds a whole model of Keras or weights alone. Never throws: what is damaged is a model. */
export function isKerasH5(bytes: Uint8Array, path: string): 'model' | 'weights' {
  try {
    return readHdf5(bytes, path).texts('', 'model_config') === null ? 'weights' : 'model';
  } catch {
    return 'model';
  }
}

/**
 * Reads the weights of a file; of a whole model's file, those in it.
 * @throws SnugError `malformedFile` for a damaged file; else as `readHdf5` does
 */
export function readKerasH5(bytes: Uint8Array, path: string): StoredTensors {
  const file = readHdf5(bytes, path);
  const isModel = file.groups.has(MODEL_WEIGHTS.slice(0, -1));
  const counted = countedLayers(file.groups);
  const tensors = new Map<string, StoredTensor>();
  for (const [at, dataset] of file.datasets) {
    if (NO_WEIGHTS.test(at) || (isModel && !at.startsWith(MODEL_WEIGHTS))) continue;
    const name = countedName(file, counted, at) ?? writtenName(at);
    // Two layers of one name, in models within models, stay apart by their paths.
    tensors.set(tensors.has(name) ? at : name, tensorOf(dataset));
  }
  return tensors;
}
