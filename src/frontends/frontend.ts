/** What a frontend is: the reader of one file format for whole networks, float or quantized already. */
import type { Companion } from '../formats/companion-name.ts';
import type { Graph } from '../graph/graph.ts';
import type { InputScaling } from '../ir/input-scaling.ts';

/** What a frontend is told besides the bytes. */
export interface LoadOptions {
  /** Name of the file, for errors and for the name of the graph. */
  readonly file: string;
  /** Height and width of the input where they differ from those in the file. */
  readonly resolution?: readonly [height: number, width: number] | undefined;
  /** The files that `companions` named, by that name; one that is missing is refused before `load` is called. */
  readonly companions?: ReadonlyMap<string, Uint8Array> | undefined;
}

/** A network as a file gives it, and what its user should know of the reading. */
export interface LoadedNetwork {
  /** Quantized where the file holds integers: they are kept exactly, and nothing is calibrated. */
  readonly graph: Graph<'float'> | Graph<'quantized'>;
  /** Scaling of the input that a quantized file does first and the graph does not; null where it does none. */
  readonly scaling?: InputScaling | null;
  /** The library whose names the weights in the file have, as `torchvision`; null where it is none that is known. */
  readonly library?: string | null;
  /** Sentences without a full stop: what was changed on the way, as an input of uint8 that is int8 here. */
  readonly notes: readonly string[];
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
   * The files that hold the rest of the network, none of them outside of the folder of this one. Never throws: damage is for
   * `load` to find.
   */
  companions?(bytes: Uint8Array): readonly Companion[];
  /**
   * Reads a whole network; pure, without access to the disk.
   * @throws SnugError for every file that is damaged or holds what snug cannot express
   */
  load(bytes: Uint8Array, options: LoadOptions): LoadedNetwork | Promise<LoadedNetwork>;
}
