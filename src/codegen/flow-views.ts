/**
 * The view models of groups through which rows or pixels flow, and of what the caller pushes rows with. They belong to the
 * table of templates in `views.ts`.
 */

import type { MemoryView, StretchView } from './arena-views.ts';

/** How camera pixels become input values. */
export interface PixelsView {
  /** Of the network: 1 or 3; `colour` is true for 3. */
  readonly channels: number;
  readonly preprocessing: string;
  readonly colour: boolean;
  /** Input channel that takes each colour. */
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  /** For each input channel, the 256 int8 values as text. */
  readonly tables: readonly { readonly values: string }[];
}

/** What the trace hook is told after a call: C expressions. */
export interface TraceView {
  readonly pointer: string;
  readonly bytes: string;
}

/** A layer in a segment; all texts are C expressions. */
export interface StageView {
  readonly number: number;
  readonly name: string;
  /** Pixels of one pass of the loop over line buffers that wrap around; null where one call does it. */
  readonly part: string | null;
  /** Copies windows side by side in front of the call. */
  readonly gather: string | null;
  readonly call: string;
  /** Null where the call puts out nothing yet. */
  readonly trace: TraceView | null;
}

/**
 * One function of a flow. `index` is the place of its counter, `previous` that of the counter of what it reads. `parameters`
 * declares the caller's buffers that it uses, after a comma, and `pointers` passes them on.
 */
export interface SegmentView {
  readonly function: string;
  readonly title: string;
  readonly parameters: string;
  readonly pointers: string;
  readonly index: number;
  readonly previous: number;
  /** True where the counters count rows, of `width` pixels each. */
  readonly rows: boolean;
  /** Name of the window's `flow_window`; null for the source. */
  readonly window: string | null;
  readonly width: number;
  /** Pixels that one call makes at most. */
  readonly most: number;
  /** Variables that hold the addresses of the arena's arrays. */
  readonly memories: readonly MemoryView[];
  readonly usesContext: boolean;
  /** The address of the scratch. */
  readonly scratch: string;
  readonly usesRow: boolean;
  readonly usesPosition: boolean;
  readonly usesTop: boolean;
  readonly stages: readonly StageView[];
  /** The strip whose oldest rows go once the row has been made. */
  readonly slide: { readonly buffer: string; readonly rowBytes: number } | null;
  /** The workspace, which holds nothing once the function has returned. */
  readonly dead: readonly StretchView[];
}

/** The constants of a window. */
export interface WindowView {
  readonly symbol: string;
  readonly initializer: string;
}

/** `flow.c.hbs`: a group of layers through which rows or pixels flow. */
export interface FlowView {
  readonly name: string;
  readonly upper: string;
  readonly number: number;
  readonly title: string;
  readonly parameters: string;
  readonly pointers: string;
  /** In the order of the flow; all but the source begin with a window. `depth` is the number of windows. */
  readonly segments: readonly SegmentView[];
  readonly depth: number;
  /** Parameters of the loop over the windows. */
  readonly drain: { readonly parameters: string; readonly pointers: string };
  /** What takes the input in; null where the first window reads it where it lies. */
  readonly source: { readonly function: string; readonly pointers: string } | null;
  readonly rows: boolean;
  /** Of the group's input, and the same in units of its counter. */
  readonly inputPixels: number;
  readonly inputUnits: number;
  /** Pixels that the source takes at most. */
  readonly most: number;
  readonly sums: StretchView | null;
  /** False where the caller pushes the input. */
  readonly runs: boolean;
}

/** A group in `run`: a flow, or layers one after another; `dead` are bytes that nothing reads afterwards. */
export interface BodyView {
  readonly flow: {
    readonly number: number;
    readonly runs: boolean;
    readonly pointers: string;
    /** What follows when everything has arrived. */
    readonly finish: {
      readonly call: string;
      readonly number: number;
      readonly outputPointer: string;
      readonly outputBytes: number;
    } | null;
  } | null;
  readonly steps: readonly {
    readonly number: number;
    readonly call: string;
    readonly outputPointer: string;
    readonly outputBytes: number;
    readonly dead: readonly StretchView[];
  }[];
  readonly dead: readonly StretchView[];
}

/** `streamed.c.hbs`: what the caller pushes rows with. */
export interface StreamedView {
  readonly name: string;
  readonly upper: string;
  /** Number of the flow that takes them, and what it is given besides the arena. */
  readonly flow: number;
  readonly pointers: string;
  readonly rows: boolean;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** The address of the next pixels and how many of `left` may go there. */
  readonly room: {
    readonly pointer: string;
    readonly memories: readonly MemoryView[];
    readonly part: string;
  };
  readonly pixels: PixelsView | null;
}
