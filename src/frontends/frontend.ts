/** What a frontend is: the reader of one file format for whole networks. */
import type { Graph } from '../graph/graph.ts';

/** What a frontend is told besides the bytes. */
export interface LoadOptions {
  /** Name of the file, for errors and for the name of the graph. */
  readonly file: string;
  /** Height and width of the input where they differ from those in the file. */
  readonly resolution?: readonly [height: number, width: number] | undefined;
}

/** One row of the registry of formats. */
export interface Frontend {
  /** As users call the format. */
  readonly name: string;
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  /** Whether the content is of this format; a damaged or truncated file of it still is. Never throws. */
  detect(bytes: Uint8Array): boolean;
  /**
   * Reads a whole network; pure, without access to the disk.
   * @throws SnugError for every file that is damaged or holds what snug cannot express
   */
  load(bytes: Uint8Array, options: LoadOptions): Graph<'float'>;
}
