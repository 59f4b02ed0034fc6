/**
 * What accuracy to expect of a MobileNetV2 that is not trained yet: the ImageNet figures its authors published, by width
 * multiplier and resolution. A search over sizes needs figures between the published ones too. Those are interpolated and
 * marked so. Nothing is extrapolated: accuracy outside of the figures is unknown, and null says so.
 *
 * Source: TensorFlow models repository, research/slim/nets/mobilenet/README.md, "Mobilenet V2 Imagenet Checkpoints", column
 * "Top 1 Accuracy": float networks, each trained at its own resolution.
 */

/** ImageNet top-1 of the float network in percent, to 0.1, and whether it was measured or lies between measured ones. */
export interface Top1 {
  readonly percent: number;
  readonly kind: 'published' | 'interpolated';
}

/** Percent at a resolution or at a width, in ascending order. */
type Curve = readonly (readonly [at: number, percent: number])[];

interface PublishedWidth {
  readonly width: number;
  readonly byResolution: Curve;
}

const FULL_RESOLUTION = 224;

/** The width that is 1.0 in the paper, the widest with figures below 224. */
const FULL_WIDTH: PublishedWidth = {
  width: 1,
  byResolution: [
    [96, 60.3],
    [128, 65.3],
    [160, 68.8],
    [192, 70.7],
    [224, 71.8],
  ],
};

const WIDTHS: readonly PublishedWidth[] = [
  {
    width: 0.35,
    byResolution: [
      [96, 45.5],
      [128, 50.8],
      [160, 55.7],
      [192, 58.2],
      [224, 60.3],
    ],
  },
  {
    width: 0.5,
    byResolution: [
      [96, 51.2],
      [128, 57.7],
      [160, 61.0],
      [192, 63.9],
      [224, 65.4],
    ],
  },
  {
    width: 0.75,
    byResolution: [
      [96, 58.8],
      [128, 63.2],
      [160, 66.4],
      [192, 68.7],
      [224, 69.8],
    ],
  },
  FULL_WIDTH,
  { width: 1.3, byResolution: [[224, 74.4]] },
  { width: 1.4, byResolution: [[224, 75.0]] },
];

/** Widths come from sums such as 0.1 + 26 × 0.05, which lies above 1.4; no two widths worth a search are this close. */
const WIDTH_TOLERANCE = 1e-6;

/** Linear in log2 between neighbours, since the curves bend less there than over the sizes themselves; null outside. */
function along(curve: Curve, at: number): number | null {
  for (const [index, [high, percent]] of curve.entries()) {
    if (at === high) return percent;
    const [low, lowPercent] = curve[index - 1] ?? [high, percent];
    if (low < at && at < high)
      return lowPercent + ((percent - lowPercent) * Math.log2(at / low)) / Math.log2(high / low);
  }
  return null;
}

/** A width at a resolution. Where it has no figures below 224, it loses as many points from there as width 1.0 does. */
function percentAt({ byResolution }: PublishedWidth, resolution: number): number | null {
  const own = along(byResolution, resolution);
  if (own !== null) return own;
  const atFull = along(byResolution, FULL_RESOLUTION);
  const reference = along(FULL_WIDTH.byResolution, resolution);
  const referenceAtFull = along(FULL_WIDTH.byResolution, FULL_RESOLUTION);
  return atFull === null || reference === null || referenceAtFull === null
    ? null
    : atFull - (referenceAtFull - reference);
}

/**
 * Top-1 of MobileNetV2 at a width multiplier and a square input of `resolution` pixels a side; null outside of widths
 * 0.35 … 1.4 and resolutions 96 … 224, and where an argument is no number.
 *
 * Up to width 1.0 the figures fill a grid, and what lies between is bilinear in log2 width and log2 resolution. This
 * never falls as a size grows, because the figures do not. As a check of the scheme: a figure left out and taken from its
 * neighbours, a gap wider than any in use, misses by at most 1.0 points over resolutions and 2.3 over widths.
 *
 * Above 1.0 there are figures at 224 only. Other resolutions subtract what width 1.0 loses between 224 and there; its
 * neighbour 0.75 loses the same to within 0.5 points.
 */
export function publishedTop1(width: number, resolution: number): Top1 | null {
  const exact = WIDTHS.find(row => Math.abs(row.width - width) <= WIDTH_TOLERANCE);
  const published = exact?.byResolution.find(([at]) => at === resolution);
  if (published !== undefined) return { percent: published[1], kind: 'published' };
  const byWidth = WIDTHS.flatMap(row => {
    const percent = percentAt(row, resolution);
    return percent === null ? [] : [[row.width, percent] as const];
  });
  const percent = along(byWidth, exact?.width ?? width);
  return percent === null ? null : { percent: Math.round(percent * 10) / 10, kind: 'interpolated' };
}
