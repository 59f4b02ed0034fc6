/**
 * Weights of a network described in TypeScript, read from a safetensors file with the names and layouts of a PyTorch state
 * dict (torchvision's MobileNetV2). Everything that does not fit is collected, so that one run names every such tensor.
 */
import {
  tensorMisshapen,
  tensorMissing,
  tensorSurplus,
  tensorWrongType,
  weightNotFinite,
} from '../../diagnostics/catalog.ts';
import { type Diagnostic, SnugError } from '../../diagnostics/diagnostic.ts';
import { decodeFloats, isFloatType } from '../../formats/float-tensor.ts';
import { readSafetensors, type SafetensorsTensor } from '../../formats/safetensors.ts';
import { elementsOf, formatShape, type Shape, sameShape } from '../../ir/shape.ts';
import type { ParameterSource } from '../../models/parameter-source.ts';
import { firstNonFinite } from '../../numerics/statistics.ts';
import { depthwiseFromTorch, filtersFromTorch } from '../weight-layout.ts';

/** PyTorch puts this in front of every name when the model was trained with DataParallel. */
const DATA_PARALLEL_PREFIX = 'module.';
/** BatchNorm's counter of training steps, which inference does not need. */
const IGNORED_SUFFIX = '.num_batches_tracked';

function withoutPrefix(tensors: ReadonlyMap<string, SafetensorsTensor>): ReadonlyMap<string, SafetensorsTensor> {
  const names = [...tensors.keys()];
  if (!names.every(name => name.startsWith(DATA_PARALLEL_PREFIX))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(DATA_PARALLEL_PREFIX.length), tensor]));
}

/** Hands out tensors by name and notes each one that is missing, misshapen, of a wrong type, not finite or left over. */
class StateDict {
  readonly #file: string;
  readonly #tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly #taken = new Set<string>();
  readonly #problems: Diagnostic[] = [];

  constructor(file: string, tensors: ReadonlyMap<string, SafetensorsTensor>) {
    this.#file = file;
    this.#tensors = tensors;
  }

  /** The tensor's values in the file's order, or zeros where there is a problem, which `finish` reports. */
  take(name: string, shape: Shape): Float32Array {
    const origin = { file: this.#file, tensor: name };
    const tensor = this.#tensors.get(name);
    this.#taken.add(name);
    if (tensor === undefined) {
      this.#problems.push(tensorMissing({ shape: formatShape(shape) }, origin));
    } else if (!isFloatType(tensor.dtype)) {
      this.#problems.push(tensorWrongType({ type: tensor.dtype }, origin));
    } else if (!sameShape(tensor.shape, shape)) {
      const [actual, expected] = [formatShape(tensor.shape), formatShape(shape)];
      this.#problems.push(tensorMisshapen({ actual, expected }, origin));
    } else {
      const values = decodeFloats(tensor.dtype, tensor.data);
      const index = firstNonFinite(values);
      if (index < 0) return values;
      this.#problems.push(weightNotFinite({ parameter: name, index, value: values[index]! }, origin));
    }
    return new Float32Array(elementsOf(shape));
  }

  finish(): void {
    for (const [name, { shape }] of this.#tensors) {
      if (this.#taken.has(name) || name.endsWith(IGNORED_SUFFIX)) continue;
      this.#problems.push(tensorSurplus({ shape: formatShape(shape) }, { file: this.#file, tensor: name }));
    }
    if (this.#problems.length > 0) throw new SnugError(...this.#problems);
  }
}

/**
 * Weights from a safetensors file. Convolutions come as [O, I, kh, kw] and leave as OHWI, depthwise ones as [C, 1, kh, kw]
 * and leave as 1HWC; a common prefix `module.` is dropped and `num_batches_tracked` is ignored.
 * @throws SnugError at once where the file is no safetensors container; in `finish()` with one diagnostic for each tensor
 * that is missing, surplus, misshapen, not of a float type or not finite. Until then such tensors read as zeros.
 */
export function torchvisionParameters(file: { readonly path: string; readonly bytes: Uint8Array }): ParameterSource {
  const dict = new StateDict(file.path, withoutPrefix(readSafetensors(file.bytes, file.path).tensors));
  return {
    origin: 'file',
    convolution(module, { outputChannels, kernel, inputChannels }) {
      const shape = [outputChannels, inputChannels, ...kernel] as const;
      return filtersFromTorch(dict.take(`${module}.weight`, shape), shape);
    },
    depthwise(module, kernel, channels) {
      const shape = [channels, 1, ...kernel] as const;
      return depthwiseFromTorch(dict.take(`${module}.weight`, shape), shape);
    },
    batchNorm: (module, channels) => ({
      gamma: dict.take(`${module}.weight`, [channels]),
      beta: dict.take(`${module}.bias`, [channels]),
      mean: dict.take(`${module}.running_mean`, [channels]),
      variance: dict.take(`${module}.running_var`, [channels]),
    }),
    linear: (module, outputs, inputs) => ({
      weights: dict.take(`${module}.weight`, [outputs, inputs]),
      bias: dict.take(`${module}.bias`, [outputs]),
    }),
    finish: () => dict.finish(),
  };
}
