/** What a naming scheme is: the names and layouts that one framework gives to MobileNetV2's tensors. */
import type { FrameworkConventions, ParameterSource } from '../../../models/parameter-source.ts';
import type { StateDict } from '../state-dict.ts';

/** Constants of the modules, by torchvision's names of them. */
export type Constants = Pick<ParameterSource, 'convolution' | 'depthwise' | 'batchNorm' | 'linear'>;

/** One row of the table of schemes. */
export interface NamingScheme {
  /** Of the library whose names they are. */
  readonly name: string;
  /** The name of a tensor that every such network has; what stands before it in a file is a prefix of all names. */
  readonly signature: string;
  /** What the names look like, for errors. */
  readonly example: string;
  /** What the framework's own network does, given the names of the file without their prefix. */
  conventions(names: ReadonlySet<string>): Partial<FrameworkConventions>;
  /** @param names of the file, without their prefix */
  constants(dict: StateDict, names: ReadonlySet<string>): Constants;
}
