/**
 * Pareto sets: of many ways to the same place, those of which no other one is at least as good in everything.
 * Source: Kung, Luccio and Preparata 1975, "On Finding the Maxima of a Set of Vectors": sorted by one figure, a staircase of the
 * other two decides.
 */

/** Three figures of which less is better. */
export type Figures = readonly [first: number, second: number, third: number];

/** The items that no other one beats, by their first figure; of equal ones the one that was given first. */
export function paretoFront<T>(items: readonly T[], figuresOf: (item: T) => Figures): T[] {
  const figures = items.map(figuresOf);
  const order = [...items.keys()].sort((a, b) => {
    const [x, y] = [figures[a]!, figures[b]!];
    return x[0] - y[0] || x[1] - y[1] || x[2] - y[2] || a - b;
  });
  // Second figures rise, third ones fall.
  const stairs: { second: number; third: number }[] = [];
  return order
    .filter(index => {
      const [, second, third] = figures[index]!;
      const above = countUpTo(stairs, second);
      if (above > 0 && stairs[above - 1]!.third <= third) return false;
      const start = above > 0 && stairs[above - 1]!.second === second ? above - 1 : above;
      let end = start;
      while (end < stairs.length && stairs[end]!.third >= third) end += 1;
      stairs.splice(start, end - start, { second, third });
      return true;
    })
    .map(index => items[index]!);
}

/** How many of the stairs have a second figure of at most `limit`. */
function countUpTo(stairs: readonly { readonly second: number }[], limit: number): number {
  let [low, high] = [0, stairs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stairs[middle]!.second <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
