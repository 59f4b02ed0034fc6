/** Tensor shapes. Feature maps are [batch, height, width, channels]; batch is 1 throughout. */
export type Shape = readonly number[];

/** The four dimensions of a feature map. */
export interface MapShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The product of the dimensions; 1 for a scalar. */
export function elementsOf(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** A shape of rank 4 by name; a vector [n, c] is a map of 1 × 1. */
export function mapShape(shape: Shape): MapShape {
  if (shape.length === 2) return { batch: shape[0]!, height: 1, width: 1, channels: shape[1]! };
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  return { batch, height, width, channels };
}

/** Whether rank and dimensions agree: [1, 1, 1, n] is not the shape [1, n]. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** `1×112×112×32`, as every report and error prints a shape. */
export function formatShape(shape: Shape): string {
  return shape.length === 0 ? 'scalar' : shape.join('×');
}
