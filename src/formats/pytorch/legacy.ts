/**
 * Checkpoints as PyTorch wrote them before 1.6, and still does on demand: four pickles (a magic number, the version of the
 * protocol, sizes of the system's integers, the object), a fifth with the keys of the storages, and behind it for each key
 * the number of elements and the elements, little-endian. Source: `_legacy_save` in `torch/serialization.py`.
 */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { unpickle } from '../pickle/index.ts';
import { type StorageProvider, torchHost } from './host.ts';
import { elementBytesOf } from './tensor.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/** Whether the bytes begin as a pickle of protocol 2 to 5. */
export function isPickle(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5;
}

function notPytorch(file: string): never {
  const problem = 'this pickle was not written by torch.save';
  const fix = 'save the weights with torch.save(model.state_dict(), FILE), numpy.savez or safetensors';
  throw new SnugError(unsupportedModel({ problem, fix }, { file }));
}

/**
 * The object that was saved.
 * @throws SnugError `malformedFile` for a damaged file; `unsupportedModel` for a pickle of another program
 */
export function readLegacy(bytes: Uint8Array, file: string, refuse: (problem: string) => never): unknown {
  const types = new Map<string, string>();
  const blocks = new Map<string, Uint8Array>();
  const provider: StorageProvider = {
    storage({ key, type, offset }) {
      types.set(key, types.get(key) ?? type);
      const content = (): Uint8Array => blocks.get(key) ?? refuse(`storage ${key} is missing`);
      return { type, offset, bytes: content, isBigEndian: false, refuse };
    },
    refuse,
  };
  const host = torchHost(provider, bytes.length);
  const magic = unpickle(bytes, 0, host, refuse);
  if (magic.value !== MAGIC) return notPytorch(file);
  const protocol = unpickle(bytes, magic.end, host, refuse);
  if (protocol.value !== PROTOCOL)
    refuse(`it has version ${String(typeof protocol.value === 'number' ? protocol.value : '?')}`);
  const system = unpickle(bytes, protocol.end, host, refuse);
  const object = unpickle(bytes, system.end, host, refuse);
  const keys = unpickle(bytes, object.end, host, refuse);
  if (!Array.isArray(keys.value)) return refuse('the list of its storages is missing');

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = keys.end;
  for (const key of keys.value) {
    const elementBytes = elementBytesOf(types.get(String(typeof key === 'string' ? key : '')) ?? '');
    if (typeof key !== 'string' || elementBytes === null) return refuse('it stores elements of an unknown type');
    if (at + 8 > bytes.length) refuse(`storage ${key} is missing`);
    const length = Number(view.getBigUint64(at, true)) * elementBytes;
    at += 8;
    if (length > bytes.length - at)
      refuse(`storage ${key} has ${length} bytes, and the file ends after ${bytes.length - at}`);
    blocks.set(key, bytes.subarray(at, at + length));
    at += length;
  }
  return object.value;
}
