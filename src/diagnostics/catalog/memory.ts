/** 6xx: schedules and budgets. */
import { type DiagnosticConstructor, define } from '../diagnostic.ts';

export const nothingToStream: DiagnosticConstructor<{ layer: string }> = define(
  'SNUG601',
  'usage',
  d => `the input cannot be streamed: ${d.layer} needs all of it, or something later reads it again`,
  () => 'take --input resident, which keeps the whole input in memory',
);
export const layersCannotStream: DiagnosticConstructor<Record<never, never>> = define(
  'SNUG602',
  'usage',
  () => 'layer by layer, the first layer needs the whole input, which --input streamed never has',
  () => 'take --schedule stream, or --input resident',
);
export const doesNotFit: DiagnosticConstructor<{ name: string; needed: number; budget: number; what: string }> = define(
  'SNUG603',
  'answer',
  d =>
    `${d.name} needs ${d.needed} bytes of ${d.what}, ${d.needed - d.budget} more than the ${d.budget} that there are`,
  () =>
    'snug fit with the same --ram, --flash, --classes and --input lists widths and resolutions of mobilenet-v2 that fit; --input streamed needs least RAM',
);

/** What to look for in place of a network that does not fit. */
interface Fit {
  readonly ramBytes: number;
  readonly flashBytes: number;
  /** Further flags of `snug fit`, which make it search sizes of this network; null for a model file, whose size is its own. */
  readonly fitFlags: string | null;
}

const fitCommand = ({ ramBytes, flashBytes, fitFlags }: Fit): string =>
  fitFlags === null
    ? 'export the network with a smaller width or resolution, or take a board with more memory'
    : `snug fit --ram ${ramBytes} --flash ${flashBytes}${fitFlags} lists the widths and resolutions that fit, or says that none does`;

export const arenaDoesNotFit: DiagnosticConstructor<
  {
    target: string;
    needed: number;
    /** Of a frame in a buffer of the caller's own; 0 without one. */
    frame: number;
    /** With the bytes that each has left. */
    regions: string;
    /** The one that lacks least, and what it lacks. */
    region: string;
    over: number;
    /** A change that fits; null where there is none, and the least that any schedule needs. */
    change: { flags: string; needed: number } | null;
    least: number;
  } & Fit
> = define(
  'SNUG604',
  'answer',
  d =>
    `the arena of ${d.needed} bytes${d.frame > 0 ? ` and the caller's input of ${d.frame} do` : ' does'} not fit into the RAM of ${d.target}: ${d.regions}; ${d.region} is ${d.over} bytes too small`,
  d =>
    d.change === null
      ? `no schedule needs less than ${d.least} bytes, not even with a streamed input; ${fitCommand(d)}`
      : `${d.change.flags} fits, with an arena of ${d.change.needed} bytes`,
);
export const weightsDoNotFit: DiagnosticConstructor<
  {
    target: string;
    needed: number;
    regions: string;
    over: number;
  } & Fit
> = define(
  'SNUG605',
  'answer',
  d =>
    `the constant tables of ${d.needed} bytes do not fit into the flash of ${d.target}: ${d.regions}; they are ${d.over} bytes too many`,
  d => `no schedule changes that; ${fitCommand(d)}`,
);

export const firmwareTooLarge: DiagnosticConstructor<{
  target: string;
  region: string;
  size: number | null;
  over: number;
  fix: string;
}> = define(
  'SNUG610',
  'answer',
  d =>
    `the firmware is ${d.over} bytes too large for region ${d.region} of ${d.target}${d.size === null ? '' : `, which has ${d.size}`}`,
  d => d.fix,
);
