/** What flags and configuration say of preprocessing: flags win, and what is said by halves or in other units is refused. */
import { badUsage, configInvalid } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { GivenPreprocess, PreprocessSource } from '../pictures/choose-preprocess.ts';
import type { PreprocessOptions } from '../pictures/preprocess.ts';
import type { Flags } from './flags.ts';

const asList = (value: number | readonly number[]): readonly number[] => (typeof value === 'number' ? [value] : value);

/** Numbers that add nothing to a text. */
const short = (value: number): string => String(Number(value.toPrecision(6)));

/**
 * Means and deviations of a part of 255, as libraries state them, would make pixels thousands: (200 − 0.485) / 0.229 = 871.
 * No network is given such numbers.
 */
function refuseFractions({ mean, std }: PreprocessOptions, source: PreprocessSource): void {
  if (mean === undefined || std === undefined) return;
  const [means, stds] = [asList(mean), asList(std)];
  if (!means.every(value => Math.abs(value) <= 1) || !stds.every(value => value < 1)) return;
  const [m, s] = [means, stds].map(values => values.map(value => short(value * 255)).join(','));
  const given = `mean ${means.join(', ')} and deviation ${stds.join(', ')} are stated for pixels of 0 to 1, and pixels here are 0 to 255`;
  throw new SnugError(
    source === 'flag'
      ? badUsage({ problem: given, fix: `give --mean ${m} --std ${s}` })
      : configInvalid({ problem: `preprocess: ${given}; 255 times as much is mean [${m}], std [${s}]` }),
  );
}

/** Mean and deviation by flags; null where no flag says anything of them. */
function valuesOf({ mean, std, range }: Flags): Pick<PreprocessOptions, 'mean' | 'std'> | null {
  if (range !== undefined) {
    if (mean !== undefined || std !== undefined) {
      const fix = 'give one or the other: --range min..max, or --mean and --std';
      throw new SnugError(badUsage({ problem: '--range says what --mean and --std say too', fix }));
    }
    const [min, max] = range;
    const step = 255 / (max - min);
    // Adding 0 keeps −0 from being recorded.
    return { mean: -min * step + 0, std: step };
  }
  if (mean === undefined && std === undefined) return null;
  if (mean === undefined || std === undefined) {
    const [given, missing] = mean === undefined ? ['--std', '--mean'] : ['--mean', '--std'];
    const fix = `give ${missing} too; --mean 0 subtracts nothing, --std 1 divides by nothing`;
    throw new SnugError(badUsage({ problem: `${given} was given without ${missing}`, fix }));
  }
  return { mean, std };
}

/** How pictures reach the size, by flags where they say anything of it: a crop that was said of another mode is not kept. */
function framingOf(flags: Flags, config: PreprocessOptions): Pick<PreprocessOptions, 'resize' | 'cropFraction'> {
  if (flags.resize === undefined && flags.cropFraction === undefined) return pick(config, ['resize', 'cropFraction']);
  const resize = flags.resize ?? config.resize;
  if (flags.cropFraction !== undefined && (resize === 'none' || resize === 'pad')) {
    const fix = 'leave it out, or give --resize crop or squash';
    throw new SnugError(
      badUsage({ problem: `--crop-fraction has no meaning with ${resize}: nothing is cropped`, fix }),
    );
  }
  return { ...(resize !== undefined && { resize }), ...pick(flags, ['cropFraction']) };
}

/** The fields that are there. */
function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  const found = names.filter(name => from[name] !== undefined).map(name => [name, from[name]]);
  return Object.fromEntries(found) as Pick<T, K>;
}

/** @throws SnugError `badUsage` or `configInvalid` for what contradicts itself */
export function preprocessGiven(flags: Flags, config: PreprocessOptions): GivenPreprocess {
  const values = valuesOf(flags);
  const options: PreprocessOptions = {
    ...(values ?? pick(config, ['mean', 'std'])),
    ...framingOf(flags, config),
    ...pick(config, ['channelOrder']),
    ...pick(flags, ['channelOrder']),
  };
  const source = (byFlag: boolean, configured: boolean): PreprocessSource | undefined =>
    byFlag ? 'flag' : configured ? 'configuration' : undefined;
  const from = {
    values: source(values !== null, (config.mean ?? config.std) !== undefined),
    resize: source(
      (flags.resize ?? flags.cropFraction) !== undefined,
      (config.resize ?? config.cropFraction) !== undefined,
    ),
    channelOrder: source(flags.channelOrder !== undefined, config.channelOrder !== undefined),
  };
  refuseFractions(options, from.values ?? 'default');
  return { options, from: pick(from, ['values', 'resize', 'channelOrder']) as GivenPreprocess['from'] };
}
