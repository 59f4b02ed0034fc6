/**
 * Which sizes of a network fit a memory budget, and which of those are worth a look. A size is worth it where no other
 * that fits is at least as good for at most the same RAM, flash and work: the Pareto front. The figures come from the
 * caller, so that the search is exact for whatever they are: planned, measured or made up by a test.
 *
 * Quality needs an order over all points, also those without a known accuracy. It is:
 *
 * 1. a known top-1 is better than an unknown one, because a promise is not weighed against a guess;
 * 2. of two known ones the higher is better, published or interpolated;
 * 3. of two unknown ones the one with more MACs is better, a stand-in within one family of networks.
 *
 * This is a total preorder, so that "at least as good" is transitive and the front is never empty where something fits.
 * Two things follow. A point of unknown accuracy drops out as soon as one with a known accuracy costs no more in anything.
 * And since MACs count both as quality and as work, two of unknown accuracy displace each other only at equal MACs: without
 * a figure, nothing says that the larger network is not worth its work.
 */
import type { Top1 } from './published.ts';

/** One size of a network and what it costs. `ramBytes` and `flashBytes` are compared with the budget as they are. */
export interface FitPoint {
  /** Width multiplier. */
  readonly width: number;
  /** Side of the square input, pixels. */
  readonly resolution: number;
  readonly ramBytes: number;
  readonly flashBytes: number;
  /** Multiply-accumulates of one inference. */
  readonly macs: number;
  /** Null where no figure is known. */
  readonly top1: Top1 | null;
}

/** What the device has, in bytes; a point fits that needs exactly as much. Null: no limit. */
export interface Budget {
  readonly ramBytes: number | null;
  readonly flashBytes: number | null;
}

/** What a search found. */
export interface FitResult<P extends FitPoint> {
  /** Number of points searched. */
  readonly points: number;
  /** Number of points that fit. */
  readonly fitting: number;
  /** Best quality first; equal quality by less RAM, less flash, fewer MACs, and then in the order given. */
  readonly front: readonly P[];
  /** First of the front: the highest known top-1 that fits, or the most MACs where none is known. Null: nothing fits. */
  readonly best: P | null;
  /** Where nothing fits, the point that misses by the least, with the bytes missing of each memory; 0 where one suffices. */
  readonly nearest: {
    readonly point: P;
    readonly ramMissingBytes: number;
    readonly flashMissingBytes: number;
  } | null;
}

/** Negative where `a` is of better quality than `b`, 0 where they are level. */
function compareQuality(a: FitPoint, b: FitPoint): number {
  if (a.top1 !== null && b.top1 !== null) return b.top1.percent - a.top1.percent;
  if (a.top1 !== null) return -1;
  if (b.top1 !== null) return 1;
  return b.macs - a.macs;
}

/** Better quality first, then what costs less. No point is displaced by one that comes after it in this order. */
function comparePreference(a: FitPoint, b: FitPoint): number {
  return compareQuality(a, b) || a.ramBytes - b.ramBytes || a.flashBytes - b.flashBytes || a.macs - b.macs;
}

/** No worse in anything, and better in one thing. */
function displaces(a: FitPoint, b: FitPoint): boolean {
  const costs = [a.ramBytes - b.ramBytes, a.flashBytes - b.flashBytes, a.macs - b.macs];
  const differences = [...costs, compareQuality(a, b)];
  return differences.every(difference => difference <= 0) && differences.some(difference => difference < 0);
}

/** The part of `points` that no other displaces. Its members suffice to compare with, because displacing is transitive. */
function paretoFront<P extends FitPoint>(points: readonly P[]): readonly P[] {
  const front: P[] = [];
  for (const point of points.toSorted(comparePreference)) {
    if (!front.some(member => displaces(member, point))) front.push(point);
  }
  return front;
}

const missing = (need: number, budget: number | null): number => (budget === null ? 0 : Math.max(0, need - budget));

/** Need over budget. A budget of 0 counts as 1 byte, so that smaller needs still come nearer. */
const ratio = (need: number, budget: number | null): number => (budget === null ? 0 : need / Math.max(1, budget));

/**
 * Search `points` for those that fit `budget`.
 *
 * `nearest` has the least max(RAM / RAM budget, flash / flash budget): the factor by which the tightest memory would have
 * to grow. Ratios and not bytes, since a missing kilobyte weighs more in 64 KiB of RAM than in 2 MiB of flash. Of level
 * points the one that misses least of the other memory comes first, and then the order of the front decides.
 */
export function searchFit<P extends FitPoint>(points: readonly P[], budget: Budget): FitResult<P> {
  const ramMissing = (point: P): number => missing(point.ramBytes, budget.ramBytes);
  const flashMissing = (point: P): number => missing(point.flashBytes, budget.flashBytes);
  /** Factors by which the memories would have to grow, the larger one first; one that suffices need not. */
  const excess = (point: P): readonly [number, number] => {
    const ram = Math.max(1, ratio(point.ramBytes, budget.ramBytes));
    const flash = Math.max(1, ratio(point.flashBytes, budget.flashBytes));
    return [Math.max(ram, flash), Math.min(ram, flash)];
  };
  const compareExcess = (a: P, b: P): number => {
    const [[most, other], [mostOfB, otherOfB]] = [excess(a), excess(b)];
    return most - mostOfB || other - otherOfB;
  };

  const fitting = points.filter(point => ramMissing(point) === 0 && flashMissing(point) === 0);
  const front = paretoFront(fitting);
  const [nearest] = fitting.length > 0 ? [] : points.toSorted((a, b) => compareExcess(a, b) || comparePreference(a, b));
  return {
    points: points.length,
    fitting: fitting.length,
    front,
    best: front[0] ?? null,
    nearest:
      nearest === undefined
        ? null
        : { point: nearest, ramMissingBytes: ramMissing(nearest), flashMissingBytes: flashMissing(nearest) },
  };
}
