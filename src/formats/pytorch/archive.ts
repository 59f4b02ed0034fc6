/**
 * Checkpoints of PyTorch 1.6 and later: a zip archive with a folder of any name, in it the object as `data.pkl`, its storages
 * as `data/<key>` and the order of their bytes as `byteorder`. Source: `_save` in `torch/serialization.py`.
 */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { unpickle } from '../pickle/index.ts';
import { type StorageProvider, torchHost } from './host.ts';

/** Entries of a zip archive by name, each read when its function is called. */
export type ZipEntries = ReadonlyMap<string, () => Uint8Array>;

const OBJECT = 'data.pkl';

/** `<folder>/` of the archive's `data.pkl`, or null where it has none. */
function folderOf(entries: ZipEntries): string | null {
  const name = [...entries.keys()].find(path => path === OBJECT || path.endsWith(`/${OBJECT}`));
  return name === undefined ? null : name.slice(0, -OBJECT.length);
}

/** Whether a zip archive was written by PyTorch; TorchScript's are. */
export function isTorchArchive(entries: ZipEntries): boolean {
  return folderOf(entries) !== null;
}

/** Whether an archive holds a program: code, and constants that it refers to. */
export function isTorchScript(entries: ZipEntries): boolean {
  const folder = folderOf(entries);
  if (folder === null) return false;
  return [...entries.keys()].some(name => name === `${folder}constants.pkl` || name.startsWith(`${folder}code/`));
}

/**
 * The object that was saved.
 * @throws SnugError `malformedFile` for damage; `unsupportedModel` for TorchScript
 */
export function readArchive(entries: ZipEntries, file: string, refuse: (problem: string) => never): unknown {
  if (isTorchScript(entries)) {
    const problem = 'this file is a TorchScript archive, which holds a program and not only weights';
    const fix = 'save the weights of the module with torch.save(model.state_dict(), FILE)';
    throw new SnugError(unsupportedModel({ problem, fix }, { file }));
  }
  const folder = folderOf(entries);
  if (folder === null) return refuse(`it has no ${OBJECT}`);
  const order = entries.get(`${folder}byteorder`);
  const isBigEndian = order !== undefined && new TextDecoder().decode(order().subarray(0, 8)).trim() === 'big';

  const blocks = new Map<string, Uint8Array>();
  const blockOf = (key: string): Uint8Array => {
    const known = blocks.get(key);
    if (known !== undefined) return known;
    const entry = entries.get(`${folder}data/${key}`) ?? (() => refuse(`storage ${key} is missing`));
    const block = entry();
    blocks.set(key, block);
    return block;
  };
  const provider: StorageProvider = {
    storage: ({ key, type, offset }) => ({ type, offset, bytes: () => blockOf(key), isBigEndian, refuse }),
    refuse,
  };
  const pickle = entries.get(`${folder}${OBJECT}`)!();
  return unpickle(pickle, 0, torchHost(provider, pickle.length), refuse).value;
}
