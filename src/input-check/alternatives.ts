/** Other ways in which the same pictures could be given to a network: those that users take one for the other. */
import { conventionsFor, withConvention } from '../pictures/conventions.ts';
import type { Preprocess } from '../pictures/preprocess.ts';

/** One of them, with the flags that choose it. */
export interface Alternative {
  readonly preprocess: Preprocess;
  /** What it is, for a sentence. */
  readonly title: string;
  readonly flags: string;
}

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  [...a, ...b].every((_, c) => (a[c] ?? a[0]) === (b[c] ?? b[0]));

function sameValues(a: Preprocess, b: Preprocess): boolean {
  return sameNumbers(a.mean, b.mean) && sameNumbers(a.std, b.std);
}

function sameFraming(
  a: Pick<Preprocess, 'resize' | 'cropFraction'>,
  b: Pick<Preprocess, 'resize' | 'cropFraction'>,
): boolean {
  return a.resize === b.resize && a.cropFraction === b.cropFraction;
}

/** The flags that make one way of another. */
function flagsFrom(used: Preprocess, wanted: Preprocess): string {
  const { mean, std, channelOrder, resize, cropFraction } = wanted;
  return [
    ...(sameValues(used, wanted) ? [] : [`--mean ${mean.join()} --std ${std.join()}`]),
    ...(used.channelOrder === channelOrder ? [] : [`--channel-order ${channelOrder}`]),
    ...(sameFraming(used, wanted) ? [] : [`--resize ${resize}`]),
    ...(sameFraming(used, wanted) || cropFraction === 1 ? [] : [`--crop-fraction ${cropFraction}`]),
  ].join(' ');
}

function alternative(used: Preprocess, preprocess: Preprocess, title: string): Alternative {
  return { preprocess, title, flags: flagsFrom(used, preprocess) };
}

/** Numbers stay where they are, for they are stated in the order of the network's channels. */
function swapped(preprocess: Preprocess): Preprocess {
  return { ...preprocess, channelOrder: preprocess.channelOrder === 'rgb' ? 'bgr' : 'rgb' };
}

/** The usual numbers, in both orders of channels, but for the preprocessing in use. */
export function otherValues(used: Preprocess, channels: number): readonly Alternative[] {
  const usual = conventionsFor(channels)
    .map(convention => ({ title: convention.title, preprocess: withConvention(used, convention) }))
    .filter(({ preprocess }) => !sameValues(preprocess, used));
  const named = usual.map(({ preprocess, title }) => alternative(used, preprocess, title));
  if (channels !== 3) return named;
  const inOrder = (preprocess: Preprocess): string => `the order ${preprocess.channelOrder.toUpperCase()}`;
  const exchanged = usual.map(({ preprocess, title }) => {
    const other = swapped(preprocess);
    return alternative(used, other, `${title}, in ${inOrder(other)}`);
  });
  return [...named, alternative(used, swapped(used), `channels in ${inOrder(swapped(used))}`), ...exchanged];
}

const FRAMINGS = [
  { resize: 'crop', cropFraction: 1 },
  { resize: 'crop', cropFraction: 0.875 },
  { resize: 'squash', cropFraction: 1 },
  { resize: 'pad', cropFraction: 1 },
] as const;

/** The usual ways to reach the network's size, but for the one in use; none where pictures of another size are refused. */
export function otherFramings(used: Preprocess): readonly Alternative[] {
  if (used.resize === 'none') return [];
  const others = FRAMINGS.filter(framing => !sameFraming(framing, used));
  // Where two are equal, as for square pictures, the first is named: that of the mode in use.
  const sameMode = others.filter(({ resize }) => resize === used.resize);
  return [...sameMode, ...others.filter(framing => !sameMode.includes(framing))].map(framing => {
    const fraction = framing.cropFraction === 1 ? '' : `, the centre ${framing.cropFraction} of it`;
    return alternative(used, { ...used, ...framing }, `pictures by ${framing.resize}${fraction}`);
  });
}
