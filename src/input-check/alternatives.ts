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

const other = { rgb: 'bgr', bgr: 'rgb' } as const;

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  [...a, ...b].every((_, c) => (a[c] ?? a[0]) === (b[c] ?? b[0]));

function sameValues(a: Preprocess, b: Preprocess): boolean {
  return sameNumbers(a.mean, b.mean) && sameNumbers(a.std, b.std);
}

/** The usual numbers, in both orders of channels, but for the preprocessing in use. */
export function otherValues(used: Preprocess, channels: number): readonly Alternative[] {
  const all = conventionsFor(channels).map(convention => ({
    convention,
    preprocess: withConvention(used, convention),
  }));
  const values = all.filter(({ preprocess }) => !sameValues(preprocess, used));
  const named = values.map(({ convention: { title, channelOrder }, preprocess }): Alternative => {
    const order = channelOrder === null || channelOrder === used.channelOrder ? '' : ` --channel-order ${channelOrder}`;
    return { preprocess, title, flags: `--mean ${preprocess.mean.join()} --std ${preprocess.std.join()}${order}` };
  });
  if (channels !== 3) return named;
  // Numbers stay where they are, for they are stated in the order of the network's channels.
  const swapped = (preprocess: Preprocess): Preprocess => ({
    ...preprocess,
    channelOrder: other[preprocess.channelOrder],
  });
  const order = other[used.channelOrder];
  return [
    ...named,
    {
      preprocess: swapped(used),
      title: `channels in the order ${order.toUpperCase()}`,
      flags: `--channel-order ${order}`,
    },
    ...named.map(({ preprocess, title, flags }): Alternative => {
      const to = other[preprocess.channelOrder];
      const flag = flags.includes('--channel-order')
        ? flags.replace(/ --channel-order \w+/, '')
        : `${flags} --channel-order ${to}`;
      return { preprocess: swapped(preprocess), title: `${title}, in the order ${to.toUpperCase()}`, flags: flag };
    }),
  ];
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
  const isUsed = ({ resize, cropFraction }: Pick<Preprocess, 'resize' | 'cropFraction'>): boolean =>
    resize === used.resize && cropFraction === used.cropFraction;
  // Where two are equal, as for square pictures, the first is named: that of the mode in use.
  const sameMode = FRAMINGS.filter(({ resize }) => resize === used.resize);
  const ordered = [...sameMode, ...FRAMINGS.filter(framing => !sameMode.includes(framing))];
  return ordered
    .filter(framing => !isUsed(framing))
    .map(framing => {
      const fraction = framing.cropFraction === 1 ? '' : `, the centre ${framing.cropFraction} of it`;
      return {
        preprocess: { ...used, ...framing },
        title: `pictures by ${framing.resize}${fraction}`,
        flags: `--resize ${framing.resize}${fraction === '' ? '' : ` --crop-fraction ${framing.cropFraction}`}`,
      };
    });
}
