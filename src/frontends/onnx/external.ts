/**
 * External data: weights that lie in files beside the model, as `torch.onnx.export(dynamo=True)` writes them. An entry
 * names a file relative to the model's folder and a range of bytes in it.
 * Source: https://onnx.ai/onnx/repo-docs/ExternalData.html
 */
import { companionMissing, unsupportedModel } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';
import { type Companion, isCompanionName } from '../../formats/companion-name.ts';
import { elementsOf } from '../../ir/shape.ts';
import { bytesOfElement } from './constant.ts';
import { type OnnxModel, refuseFile } from './decode.ts';
import { modelProto, type RawModel, type RawTensor, toNumber } from './schema.ts';

const EXTERNAL = 1;

function entry({ externalData }: RawTensor, key: string): string | null {
  return externalData.find(pair => pair.key === key)?.value ?? null;
}

const isExternal = (tensor: RawTensor): boolean => tensor.dataLocation === EXTERNAL || tensor.externalData.length > 0;

/** Where the data of a tensor ends in its file; 0 where its entry is damaged, which is found when it is used. */
function endOf(tensor: RawTensor): number {
  const number = (key: string, fallback: number): number => {
    const text = entry(tensor, key);
    return text === null ? fallback : Number(text);
  };
  const size = bytesOfElement(tensor.dataType) ?? 0;
  const end = number('offset', 0) + number('length', size * elementsOf(tensor.dims.map(toNumber)));
  return end > 0 && end < Number.MAX_SAFE_INTEGER ? end : 0;
}

/**
 * The files that hold weights of the model, each up to the last byte that a tensor uses; more may follow. Those that leave its
 * folder are left out. Never throws.
 */
export function externalFiles(bytes: Uint8Array): readonly Companion[] {
  try {
    const { graph } = modelProto.decode(bytes) as unknown as RawModel;
    const ends = new Map<string, number>();
    for (const tensor of (graph?.initializer ?? []).filter(isExternal)) {
      const name = entry(tensor, 'location') ?? '';
      if (isCompanionName(name)) ends.set(name, Math.max(ends.get(name) ?? 0, endOf(tensor)));
    }
    return Array.from(ends, ([name, end]) => ({ name, bytes: end, whole: false }));
  } catch {
    return [];
  }
}

/** A whole number of the entry, or `fallback` where it is absent. */
function numberOf(tensor: RawTensor, key: string, fallback: number, origin: Origin): number {
  const text = entry(tensor, key);
  if (text === null) return fallback;
  return /^[0-9]{1,15}$/.test(text)
    ? Number(text)
    : refuseFile(`the ${key} of its external data is no whole number of bytes`, origin);
}

/** The tensor with the bytes that its entry names as `rawData`, not copied. */
function resolved(tensor: RawTensor, files: ReadonlyMap<string, Uint8Array>, file: string): RawTensor {
  if (!isExternal(tensor)) return tensor;
  const origin = { file, tensor: tensor.name };
  const name = entry(tensor, 'location') ?? refuseFile('its external data names no file', origin);
  if (!isCompanionName(name)) {
    const problem = `the tensor is stored in ${JSON.stringify(name.slice(0, 200))}, which is not beside the model`;
    const fix = 'save the model with its data in the same folder, or as one file';
    throw new SnugError(unsupportedModel({ problem, fix }, origin));
  }
  const bytes = files.get(name);
  if (bytes === undefined) throw new SnugError(companionMissing({ name }, origin));
  const offset = numberOf(tensor, 'offset', 0, origin);
  const size = bytesOfElement(tensor.dataType) ?? 0;
  const length = numberOf(tensor, 'length', size * elementsOf(tensor.dims.map(toNumber)), origin);
  if (!(offset + length <= bytes.length)) {
    refuseFile(`its data ends at byte ${offset + length} of ${name}, which has ${bytes.length}`, origin);
  }
  return { ...tensor, rawData: bytes.subarray(offset, offset + length), externalData: [], dataLocation: 0 };
}

/**
 * The model with all of its weights.
 * @param files the companions by name
 * @throws SnugError `companionMissing` for a file that is not among them; `unsupportedModel` for one outside the model's
 * folder; `malformedFile` for a range that the file does not have
 */
export function withExternalData(model: OnnxModel, files: ReadonlyMap<string, Uint8Array>): OnnxModel {
  const initializers = new Map(
    Array.from(model.initializers, ([name, tensor]) => [name, resolved(tensor, files, model.file)] as const),
  );
  return { ...model, initializers };
}
