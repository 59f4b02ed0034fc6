/**
 * How a layer works on a part of its map, as data: what lets rows and pixels flow through several layers while none of
 * their maps exists as a whole. Pixels are counted in raster order.
 */
import type { KernelCall } from './kernel-call.ts';
import type { Bytes } from './units.ts';

/** A sliding window between two maps; sizes in pixels, vertical values first. */
export interface FlowWindow {
  readonly input: readonly [height: number, width: number];
  readonly output: readonly [height: number, width: number];
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  /** Rows of padding above, and columns left of the input. */
  readonly top: number;
  readonly left: number;
}

/** A window that computes single pixels from a line buffer that wraps around. */
export interface PixelKernel {
  readonly call: KernelCall;
  /**
   * Where the kernel wants the values of each window side by side (im2col): their bytes for one output pixel, and what
   * stands for positions outside of the map. Null where the kernel reads the line buffer itself.
   */
  readonly columns: { readonly bytes: Bytes; readonly outside: number } | null;
}

/**
 * `pixels`: each output pixel depends on the input pixels of the same index. `window`: on a window of its one input;
 * `pixels` computes from a line buffer that wraps around, `rows` whole rows from contiguous ones, null where there is no
 * such kernel. `reduce`: the output is one pixel, known when all have arrived; `sumBytes` are kept until then.
 */
export type Flow =
  | { readonly kind: 'pixels'; readonly call: KernelCall }
  | {
      readonly kind: 'window';
      readonly window: FlowWindow;
      readonly pixels: PixelKernel | null;
      readonly rows: KernelCall | null;
    }
  | {
      readonly kind: 'reduce';
      /** Input: pixels; output: the sums. */
      readonly accumulate: KernelCall;
      /** Input: the sums; output: the output. */
      readonly finish: KernelCall;
      readonly sumBytes: Bytes;
    };
