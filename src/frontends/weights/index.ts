/** Weight files for networks that snug describes itself: which container a file is, and whose names its tensors have. */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import type { FrameworkConventions, ParameterSource } from '../../models/parameter-source.ts';
import { readContainer, type WeightContainer, type WeightFile } from './container.ts';
import { schemeOf, schemes } from './schemes/index.ts';
import { StateDict } from './state-dict.ts';

export { isWeightFile, type WeightFile } from './container.ts';

/** How many names an error shows. */
const SHOWN = 3;

/** What stands in a weight file, for people to look at. */
export interface WeightInspection extends WeightContainer {
  /** The library whose names the tensors have, as `torchvision`; null where it is none that is known. */
  readonly scheme: string | null;
  /** What networks with such names have unless the configuration says otherwise, in words; null where `scheme` is. */
  readonly conventions: string | null;
}

const withoutPrefix = (names: Iterable<string>, prefix: string): ReadonlySet<string> =>
  new Set([...names].filter(name => name.startsWith(prefix)).map(name => name.slice(prefix.length)));

const PADDING = { same: 'TensorFlow', symmetric: 'PyTorch' } as const;

/** In words, without a full stop. */
function describe({ padding, epsilon, channelDivisor, unitExpansion }: Partial<FrameworkConventions>): string {
  return [
    padding === undefined ? [] : [`padding as in ${PADDING[padding]}`],
    epsilon === undefined ? [] : [`epsilon ${epsilon}`],
    channelDivisor === 1 ? ['channels not rounded to multiples of 8'] : [],
    unitExpansion === true ? ['an expansion in the first block'] : [],
  ]
    .flat()
    .join(', ');
}

/**
 * The constants of a weight file, by the names of `ParameterSource`, with the conventions of the framework that names its
 * tensors so.
 * @param file its bytes, and its path for errors
 * @throws SnugError at once for a container that cannot be read, or names of no library that is known; in `finish()` for
 * tensors that do not fit
 */
export async function loadWeights(file: WeightFile): Promise<ParameterSource> {
  const { tensors, notes } = readContainer(file);
  const found = schemeOf(tensors.keys());
  if (found === null) {
    const names = [...tensors.keys()];
    const listed = names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ', …' : '');
    const problem = `its ${names.length} tensors are not named as those of a MobileNetV2 that snug knows: ${listed}`;
    const fix = `name them as in one of these: ${schemes.map(({ name, example }) => `${name} (${example})`).join(', ')}`;
    throw new SnugError(unsupportedModel({ problem, fix }, { file: file.path }));
  }
  const { scheme, prefix } = found;
  const names = withoutPrefix(tensors.keys(), prefix);
  const dict = new StateDict(file.path, tensors, prefix);
  const conventions = scheme.conventions(names);
  return {
    origin: 'file',
    library: scheme.name,
    conventions,
    notes: [
      ...notes,
      `weights named as in ${scheme.name}: ${describe(conventions)}, unless the configuration says otherwise`,
    ],
    ...scheme.constants(dict, names),
    finish: () => dict.finish(),
  };
}

/**
 * What a weight file holds, whether or not a network can take it.
 * @throws SnugError for a container that cannot be read
 */
export function inspectWeights(file: WeightFile): WeightInspection {
  const container = readContainer(file);
  const found = schemeOf(container.tensors.keys());
  if (found === null) return { ...container, scheme: null, conventions: null };
  const { scheme, prefix } = found;
  return {
    ...container,
    scheme: scheme.name,
    conventions: describe(scheme.conventions(withoutPrefix(container.tensors.keys(), prefix))),
  };
}
