/** The flags that commands share, one vocabulary for all of them (docs/cli.md), and their values checked. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { INTEGRATIONS, type IntegrationName } from '../codegen/integrations/index.ts';
import { parseSize } from '../ir/units.ts';
import { PASS_NAMES, type PassName } from '../passes/index.ts';
import { CALIBRATION_METHODS, type CalibrationMethod } from '../passes/ranges/index.ts';
import { QUANTIZE_PRESETS, type QuantizePreset } from '../passes/recipe.ts';
import { RESIZE_MODES, type ResizeMode } from '../pictures/preprocess.ts';
import { SCHEDULE_CHOICES, type ScheduleChoice } from '../plan/plan-network.ts';
import { INPUT_MODES, type InputMode } from '../plan/schedule.ts';
import { KERNEL_CHOICES } from '../plan/select-kernels.ts';

/** Flags as given; undefined where they were not. */
export interface Flags {
  /** False with --no-config: none is run that was not named. */
  readonly config?: string | false;
  readonly model?: string;
  readonly weights?: string;
  readonly width?: number;
  readonly resolution?: readonly [number, number];
  readonly classes?: number;
  readonly channels?: 1 | 3;
  readonly padding?: 'same' | 'symmetric';
  readonly images?: string;
  readonly samples?: number;
  readonly seed?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly range?: readonly [number, number];
  readonly resize?: ResizeMode;
  readonly cropFraction?: number;
  readonly channelOrder?: 'rgb' | 'bgr';
  readonly strict?: boolean;
  readonly quantize?: QuantizePreset;
  readonly weightScales?: 'channel' | 'tensor';
  readonly calibration?: CalibrationMethod['kind'];
  readonly coverage?: number;
  readonly kernels?: 'portable' | 'cmsis-nn' | 'auto';
  readonly schedule?: ScheduleChoice;
  readonly input?: InputMode;
  readonly ram?: number;
  readonly flash?: number;
  readonly softmax?: boolean;
  readonly explain?: boolean;
  readonly minSqnr?: number;
  readonly golden?: number;
  readonly integration?: readonly IntegrationName[];
  readonly name?: string;
  readonly out?: string;
  readonly labelOffset?: number;
  readonly dumpAfter?: PassName;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly target?: string;
  readonly compiler?: string;
  readonly cmsisNn?: string;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function wholeNumber(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** The value of a flag that counts something: a whole number of at least 1. */
export function count(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError('It must be at least 1.');
  return value;
}

function notNegative(text: string): number {
  const value = wholeNumber(text);
  if (value < 0) throw new InvalidArgumentError('It must be at least 0.');
  return value;
}

/** `131072`, `128K` or `1M`; 1 K is 1024 bytes. */
function size(text: string): number {
  const value = parseSize(text);
  if (value === null)
    throw new InvalidArgumentError('It must be a number of bytes, as 131072, 128K or 1M (1K is 1024).');
  return value;
}

function resolution(text: string): readonly [number, number] {
  const match = /^(\d+)(?:x(\d+))?$/i.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be one number, or height and width as 96x128.');
  const height = Number(match[1]);
  return [height, match[2] === undefined ? height : Number(match[2])];
}

/** Commander asks a parser or the choices, not both. */
function channels(text: string): 1 | 3 {
  if (text !== '1' && text !== '3') throw new InvalidArgumentError('Allowed choices are 1, 3.');
  return text === '1' ? 1 : 3;
}

/** One name or several with commas between them, added to those of the flags before. */
function integrations(text: string, before: readonly IntegrationName[] = []): readonly IntegrationName[] {
  const names = text.split(',').map(part => INTEGRATIONS.find(name => name === part.trim()));
  if (names.includes(undefined)) throw new InvalidArgumentError(`Allowed choices are ${INTEGRATIONS.join(', ')}.`);
  return [...new Set([...before, ...(names as IntegrationName[])])];
}

/** Numbers with commas between them; a minus may be that of a text. */
function numbers(text: string): readonly number[] {
  const values = text.split(',').map(part => (part.trim() === '' ? Number.NaN : Number(part.replace('−', '-'))));
  if (!values.every(Number.isFinite)) throw new InvalidArgumentError('It must be a number, or several as 1,2,3.');
  return values;
}

const means = (text: string): readonly number[] => numbers(text);

function deviations(text: string): readonly number[] {
  const values = numbers(text);
  if (values.some(value => value <= 0)) throw new InvalidArgumentError('It must be above 0.');
  return values;
}

/** `-1..1`; a comma serves as well. */
function range(text: string): readonly [number, number] {
  const [min, max, ...others] = numbers(text.replace('..', ','));
  if (min === undefined || max === undefined || others.length > 0 || min >= max)
    throw new InvalidArgumentError('It must be two numbers, the smaller one first, as 0..1 or -1..1.');
  return [min, max];
}

function fraction(text: string): number {
  const value = positiveNumber(text);
  if (value > 1) throw new InvalidArgumentError('It must be at most 1.');
  return value;
}

/** Flags that say which network is meant. */
export function addModelFlags(command: Command): Command {
  return command
    .option('--config <file>', 'configuration; snug.config.ts of this folder where there is one')
    .option('--no-config', 'do not run the snug.config.ts of this folder')
    .option('--model <file|mobilenet-v2>', 'a model file (TFLite, ONNX, Keras, TF.js), or the network that snug builds')
    .option('--weights <file>', 'trained weights for mobilenet-v2 (PyTorch, safetensors, NumPy, Keras)')
    .option('--width <w>', 'width multiplier of mobilenet-v2', positiveNumber)
    .option('--resolution <n|HxW>', 'input size; re-shapes a fully convolutional model file', resolution)
    .option('--classes <n>', 'outputs of mobilenet-v2', count)
    .addOption(new Option('--channels <n>', 'input channels of mobilenet-v2').choices(['1', '3']).argParser(channels))
    .addOption(
      new Option(
        '--padding <rule>',
        'padding of mobilenet-v2: TensorFlow or PyTorch (as the weights were trained)',
      ).choices(['same', 'symmetric']),
    )
    .option('--seed <n>', 'seed of weights and inputs that are drawn', notNegative);
}

/** Flags of everything that is done for a board. */
export function addBoardFlags(command: Command): Command {
  return command
    .option('--target <id>', 'the board; snug targets lists them (the one that DIR was compiled for)')
    .option('--config <file>', 'configuration beside which targets/ may hold boards of your own')
    .option('--compiler <command>', "a compiler in place of the target's")
    .option('--cmsis-nn <dir>', "a checkout of CMSIS-NN, or a folder with its archive, in place of DIR's kernels");
}

/** Flags of everything that prints. */
export function addOutputFlags(command: Command): Command {
  return command.option('--json', 'one JSON object on stdout, nothing else').option('--quiet', 'no progress on stderr');
}

/** Flags of the schedule and of what it has to fit into. */
export function addPlanFlags(command: Command): Command {
  return command
    .addOption(new Option('--kernels <which>', 'whose kernels the C calls (auto)').choices([...KERNEL_CHOICES]))
    .addOption(
      new Option('--schedule <how>', 'whole layers, least RAM, or cheapest within --ram (auto)').choices([
        ...SCHEDULE_CHOICES,
      ]),
    )
    .addOption(new Option('--input <where>', 'where the input lies (resident)').choices([...INPUT_MODES]))
    .option('--ram <size>', 'RAM for all but the stack, as 128K', size)
    .option('--flash <size>', 'flash for constant tables, as 1M', size);
}

/** The board whose memory a network is placed in. */
export function addTargetFlag(command: Command): Command {
  return command.option('--target <id>', 'the board whose memory arena and weights go into; snug targets lists them');
}

/** From a picture's bytes to the network's input. */
function addPreprocessFlags(command: Command): Command {
  return command
    .option(
      '--mean <m>',
      'subtracted from pixels 0 to 255: a number, or one for each channel as 123.7,116.3,103.5',
      means,
    )
    .option('--std <s>', 'divides the difference, in the same way', deviations)
    .option('--range <min..max>', 'in place of both: what pixels 0 and 255 become, as 0..1', range)
    .addOption(
      new Option(
        '--resize <how>',
        'crop the centre, squash, pad with black, or none: pictures of the size (crop)',
      ).choices([...RESIZE_MODES]),
    )
    .option('--crop-fraction <f>', 'part of the side that a crop keeps (1); 0.875 crops 224 from 256', fraction)
    .addOption(new Option('--channel-order <order>', 'of the network (rgb)').choices(['rgb', 'bgr']))
    .option('--strict', 'refuse pictures that do not reach the network as those of its training did');
}

/** Flags of calibration and quantization. */
export function addQuantizeFlags(command: Command): Command {
  return addPreprocessFlags(command)
    .option('--images <folder>', 'pictures to calibrate with')
    .option('--samples <n>', 'how many of them, evenly spread (100)', count)
    .addOption(
      new Option('--quantize <preset>', 'how much work goes into accuracy (balanced)').choices([...QUANTIZE_PRESETS]),
    )
    .addOption(
      new Option('--weight-scales <per>', 'a scale for each output channel, or one a layer (channel)').choices([
        'channel',
        'tensor',
      ]),
    )
    .addOption(new Option('--calibration <method>', 'how ranges are chosen').choices([...CALIBRATION_METHODS]))
    .option('--coverage <f>', 'part of the values that percentile keeps', fraction)
    .option('--softmax', 'end with a softmax')
    .option('--min-sqnr <dB>', 'refuse a layer whose output has more noise than this', positiveNumber);
}

/** Flags of quantization and emission. */
export function addCompileFlags(command: Command): Command {
  return addQuantizeFlags(addTargetFlag(addPlanFlags(command)))
    .option('--explain', 'print what quantization costs, and write quantization.json and quantization.html')
    .option('--golden <n>', 'golden vectors in the emitted C test (2)', notNegative)
    .option('--integration <name>', `files for a build system: ${INTEGRATIONS.join(', ')}`, integrations)
    .option('--name <identifier>', 'prefix of every symbol in the C')
    .option('--out <folder>', 'where the C goes')
    .addOption(new Option('--dump-after <pass>', 'print the graph after a pass, on stderr').choices([...PASS_NAMES]));
}

/** `--label-offset` of commands that read labelled folders. */
export function addLabelFlags(command: Command): Command {
  return command.option('--label-offset <n>', "added to a picture's label to give its class", wholeNumber);
}
