/**
 * Weights in HDF5. A legacy file has `model_weights/<layer>` with the names of the weights in an attribute; Keras 3 (and
 * Keras 2 since 2.12 in .keras files) has `layers/<class>_<count>/vars/<number>`, counting the layers of a class in the
 * order of the model. Source: keras, `legacy_h5_format.py` and `saving_lib.py`.
 */
import type { Hdf5Dataset, Hdf5File } from '../../formats/hdf5.ts';
import { refuseFile } from './fields.ts';
import { type NamedTensor, namedStore, type WeightStore, type WeightTensor } from './weights.ts';

/** Lists that are too long for one attribute lie in `name0`, `name1`, and so on. */
function listOf(h5: Hdf5File, group: string, attribute: string): readonly string[] {
  const whole = h5.texts(group, attribute);
  if (whole !== null) return whole;
  const parts: string[] = [];
  for (let i = 0; ; i += 1) {
    const part = h5.texts(group, `${attribute}${i}`);
    if (part === null) return parts;
    parts.push(...part);
  }
}

const ROOT = 'model_weights';

/** The weights of a file that `model.save('x.h5')` wrote. */
export function legacyStore(h5: Hdf5File, file: string): WeightStore {
  const tensors: NamedTensor[] = [];
  for (const group of listOf(h5, ROOT, 'layer_names')) {
    for (const name of listOf(h5, `${ROOT}/${group}`, 'weight_names')) {
      const dataset = h5.datasets.get(`${ROOT}/${group}/${name}`);
      if (dataset === undefined) refuseFile('the dataset of this weight is missing', { file, tensor: name });
      else tensors.push({ group, name, shape: dataset.shape, read: () => dataset.read() });
    }
  }
  return namedStore(tensors, file);
}

const CONTAINERS = ['layers', '_layer_checkpoint_dependencies'];

/** The group of a place in this file: versions call the list of layers differently. */
function candidatesFor(counted: string): readonly string[] {
  return CONTAINERS.map(container => counted.replaceAll(/(^|\/)layers\//g, `$1${container}/`));
}

/** The weights of the `model.weights.h5` in a .keras file. */
export function countedStore(h5: Hdf5File): WeightStore {
  const tensor = (path: string, dataset: Hdf5Dataset): WeightTensor => ({
    name: path,
    shape: dataset.shape,
    read: () => dataset.read(),
  });
  return {
    find({ counted }, roles) {
      const group = candidatesFor(counted).find(path => h5.groups.has(`${path}/vars`)) ?? counted;
      return roles.map((_, i) => {
        const path = `${group}/vars/${i}`;
        const dataset = h5.datasets.get(path);
        return dataset === undefined ? null : tensor(path, dataset);
      });
    },
  };
}
