/**
 * HDF5 files, as far as those of neural networks go: groups, float datasets and attributes of text. Source: the HDF5 File
 * Format Specification, version 3.0. Read here and not by the HDF5 library because the library, compiled for this purpose,
 * takes more than 1 GB of memory and stops for good on damaged files; this reader allocates only what the file backs.
 */
import { tensorWrongType, unsupportedModel } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { readTexts } from './hdf5/attribute.ts';
import { type Dataset, datasetOf, readFloats } from './hdf5/dataset.ts';
import { countOf, typeName } from './hdf5/datatype.ts';
import { linksOf } from './hdf5/group.ts';
import { type Message, messagesOf } from './hdf5/header.ts';
import { Source } from './hdf5/source.ts';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** Networks have some thousand; the limits keep damaged files, whose groups may hold each other, from running on. */
const MAX_OBJECTS = 2 ** 16;
const MAX_DEPTH = 32;
/** Of all paths together. */
const MAX_CHARACTERS = 2 ** 25;
const MAX_ELEMENTS = 2 ** 26;

/** A dataset of numbers. */
export interface Hdf5Dataset {
  readonly shape: readonly number[];
  /** `F16`, `BF16`, `F32` or `F64` as in safetensors; the name of any other type, which cannot be read. */
  readonly type: string;
  /**
   * The values in C order, as float32.
   * @throws SnugError `tensorWrongType` for anything but floats of 2, 4 or 8 bytes; `malformedFile` for damaged data;
   * `unsupportedModel` for compression other than gzip, and where all reads together go beyond 64 Mi elements
   */
  read(): Float32Array;
}

/** An open file. Paths are names joined by `/`, without one in front; the root group is the empty path. */
export interface Hdf5File {
  /** Paths of the groups, the root included. */
  readonly groups: ReadonlySet<string>;
  /** In the order of the file. */
  readonly datasets: ReadonlyMap<string, Hdf5Dataset>;
  /** The text in an attribute, one entry for a single text; null where there is no such group, attribute or text. */
  texts(path: string, attribute: string): readonly string[] | null;
}

/** Whether the bytes begin as an HDF5 file does. */
export function isHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/** Reads the superblock; returns the address of the root group's header. */
function rootOf(source: Source): number {
  const version = source.number(8, 1);
  if (version > 3) source.refuse(`a superblock of version ${version}`);
  const sizesAt = version < 2 ? 13 : 9;
  source.offsetSize = source.number(sizesAt, 1);
  source.lengthSize = source.number(sizesAt + 1, 1);
  if (![4, 8].includes(source.offsetSize) || ![4, 8].includes(source.lengthSize)) {
    source.refuse(`addresses of ${source.offsetSize} bytes`);
  }
  const base = version === 0 ? 24 : version === 1 ? 28 : 12;
  const end = source.address(base + 2 * source.offsetSize);
  if (source.address(base) !== 0) source.refuse('it does not begin at its first byte');
  if (end === null || end > source.bytes.length) {
    source.refuse(`it is said to have ${end} bytes and has ${source.bytes.length}`);
  }
  const root = source.address(base + (version < 2 ? 5 : 3) * source.offsetSize);
  return root ?? source.refuse('it has no root group');
}

interface Content {
  readonly groups: Map<string, readonly Message[]>;
  readonly datasets: Map<string, Dataset>;
}

function walk(source: Source): Content {
  const content: Content = { groups: new Map(), datasets: new Map() };
  const pending = [{ path: '', address: rootOf(source), depth: 0 }];
  let objects = 0;
  let characters = 0;
  for (let object = pending.pop(); object !== undefined; object = pending.pop()) {
    const { path, address, depth } = object;
    objects += 1;
    characters += path.length;
    if (objects > MAX_OBJECTS || depth > MAX_DEPTH || characters > MAX_CHARACTERS) {
      source.refuse('its groups hold each other, or are too many');
    }
    const messages = messagesOf(source, address);
    const links = linksOf(source, messages);
    const dataset = links === null ? datasetOf(source, messages) : null;
    if (dataset !== null) content.datasets.set(path, dataset);
    if (links === null) continue;
    content.groups.set(path, messages);
    for (const [name, child] of links.toReversed()) {
      pending.push({ path: path === '' ? name : `${path}/${name}`, address: child, depth: depth + 1 });
    }
  }
  return content;
}

/**
 * Opens a file; values are read when they are asked for.
 * @param file names it in errors
 * @throws SnugError `malformedFile` for a damaged file; `unsupportedModel` for parts of the format that h5py writes only
 * when told to (`libver="latest"`)
 */
export function readHdf5(bytes: Uint8Array, file: string): Hdf5File {
  const source = new Source(bytes, file);
  if (!isHdf5(bytes)) source.refuse('it does not begin as one');
  const { groups, datasets } = walk(source);
  let read = 0;
  const open = (path: string, dataset: Dataset): Hdf5Dataset => ({
    shape: dataset.shape,
    type: typeName(dataset.type),
    read() {
      const origin = { file, tensor: path };
      read += countOf(source, dataset.shape);
      if (read > MAX_ELEMENTS) {
        const problem = `the weights have more than ${MAX_ELEMENTS} elements`;
        throw new SnugError(unsupportedModel({ problem, fix: 'compile a smaller network' }, origin));
      }
      const values = readFloats(source, dataset);
      if (values !== null) return values;
      throw new SnugError(tensorWrongType({ type: typeName(dataset.type) }, origin));
    },
  });
  return {
    groups: new Set(groups.keys()),
    datasets: new Map([...datasets].map(([path, dataset]) => [path, open(path, dataset)])),
    texts(path, attribute) {
      const messages = groups.get(path);
      return messages === undefined ? null : readTexts(source, messages, attribute);
    },
  };
}
