/**
 * MobileNetV2: Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", table 2 for the blocks and
 * section 4.1 for the width multiplier. Weights are named as in PyTorch's (torchvision's) state dict.
 */
import { invalidAttribute } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type GraphBuilder, graphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import type { RealClamp } from '../ir/quantization.ts';
import { mapShape } from '../ir/shape.ts';
import type { TensorId } from '../ir/units.ts';
import { type Padding, symmetricPadding } from '../ops/window.ts';
import { type FrameworkConventions, type ParameterSource, seededParameters } from './parameter-source.ts';
import { checkNetworkSize } from './sizes.ts';

/** One row of the paper's table 2: expansion t, output channels c, repetitions n, stride s of the first repetition. */
export type BlockRow = readonly [t: number, c: number, n: number, s: number];

/**
 * The network's description; the paper's MobileNetV2 at width 1 and 224 × 224 where nothing is given. The conventions are
 * those of the weight file where it shows whose network it was made for; else TensorFlow's padding and PyTorch's epsilon.
 */
export interface MobilenetV2Options extends Partial<FrameworkConventions> {
  /** Width multiplier α > 0; 1 unless given. */
  readonly width?: number;
  /** Height and width of the input, one number where they are equal; each at least 32. 224 unless given. */
  readonly resolution?: number | readonly [height: number, width: number];
  /** Outputs of the classifier; 1000 unless given. */
  readonly classes?: number;
  /** Input channels, 3 unless given. */
  readonly channels?: 1 | 3;
  /** `features` ends with the map of the last convolution instead of pooling and classifier. */
  readonly head?: 'classifier' | 'features';
  /** Rows in place of the paper's table 2. */
  readonly blocks?: readonly BlockRow[];
  /** `mbv2_<width in hundredths>_<resolution>` unless given. */
  readonly name?: string;
}

const TABLE_2: readonly BlockRow[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];
const CONVENTIONS: FrameworkConventions = { padding: 'same', epsilon: 1e-5, channelDivisor: 8, unitExpansion: false };
/** Of the paper's 17; planning takes longer than in proportion to the layers. */
const MAX_BLOCKS = 256;
const STEM_CHANNELS = 32;
const LAST_CHANNELS = 1280;
const RELU6: RealClamp = { min: 0, max: 6 };

/**
 * Channels at a width multiplier. With divisor 8: the nearest multiple, at least 8, and one step more where rounding
 * would take away over 10 % (`_make_divisible` of the reference implementations).
 */
export function scaledChannels(channels: number, width: number, divisor: 1 | 8): number {
  const exact = channels * width;
  if (divisor === 1) return Math.max(1, Math.floor(exact));
  const rounded = Math.max(divisor, Math.floor((exact + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * exact ? rounded + divisor : rounded;
}

type Settings = Required<Omit<MobilenetV2Options, 'resolution'>> & { readonly resolution: readonly [number, number] };

function checked(name: string, holds: boolean, value: unknown, expected: string): void {
  if (!holds) throw new SnugError(invalidAttribute({ name, value: String(value), expected }));
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;

/** `mbv2_100_224`: width in hundredths and resolution, as the reference implementations name their checkpoints. */
function defaultName(width: number, [height, wide]: readonly [number, number]): string {
  return `mbv2_${String(Math.round(width * 100)).padStart(3, '0')}_${height === wide ? height : `${height}x${wide}`}`;
}

function settingsOf(options: MobilenetV2Options, ofSource: Partial<FrameworkConventions> = {}): Settings {
  const resolution = options.resolution ?? 224;
  const size: readonly [number, number] = typeof resolution === 'number' ? [resolution, resolution] : resolution;
  const width = options.width ?? 1;
  const settings: Settings = {
    ...CONVENTIONS,
    ...ofSource,
    ...options,
    width,
    resolution: size,
    classes: options.classes ?? 1000,
    channels: options.channels ?? 3,
    head: options.head ?? 'classifier',
    blocks: options.blocks ?? TABLE_2,
    name: options.name ?? defaultName(width, size),
  };
  checked('width', Number.isFinite(width) && width > 0, width, 'a number above 0');
  checked(
    'resolution',
    size.every(v => Number.isInteger(v) && v >= 32),
    size.join('×'),
    'whole numbers of at least 32',
  );
  checked('classes', isCount(settings.classes), settings.classes, 'a whole number of at least 1');
  checked('channels', settings.channels === 1 || settings.channels === 3, settings.channels, '1 or 3');
  checked(
    'channelDivisor',
    settings.channelDivisor === 1 || settings.channelDivisor === 8,
    settings.channelDivisor,
    '1 or 8',
  );
  checked(
    'blocks',
    settings.blocks.length > 0 && settings.blocks.every(row => row.length === 4 && row.every(isCount)),
    JSON.stringify(settings.blocks),
    'rows [t, c, n, s] of whole numbers of at least 1',
  );
  const blocks = settings.blocks.reduce((sum, [, , repetitions]) => sum + repetitions, 0);
  checked('blocks', blocks <= MAX_BLOCKS, `${blocks} blocks`, `at most ${MAX_BLOCKS}, the sum of n over the rows`);
  checked(
    'epsilon',
    Number.isFinite(settings.epsilon) && settings.epsilon >= 0,
    settings.epsilon,
    'a number of at least 0',
  );
  return settings;
}

/** Appends convolutions with their BatchNorm and activation, and remembers what they share. */
class Layers {
  readonly #builder: GraphBuilder;
  readonly #source: ParameterSource;
  readonly #settings: Settings;

  constructor(builder: GraphBuilder, source: ParameterSource, settings: Settings) {
    this.#builder = builder;
    this.#source = source;
    this.#settings = settings;
  }

  #padding(kernel: readonly [number, number]): Padding {
    return this.#settings.padding === 'same' ? 'same' : symmetricPadding(kernel);
  }

  #normalize(name: string, module: string, input: TensorId, activation: RealClamp | null): TensorId {
    const channels = mapShape(this.#builder.shapeOf(input)).channels;
    const parameters = this.#source.batchNorm(module, channels);
    const normalized = this.#builder.add(
      'batchNorm',
      `${name}_bn`,
      [input],
      { epsilon: this.#settings.epsilon },
      parameters,
    );
    return activation === null ? normalized : this.#builder.add('clamp', `${name}_relu6`, [normalized], activation, {});
  }

  /** conv–BatchNorm(–ReLU6); `modules` are the state-dict names of the convolution and of its BatchNorm. */
  convolution(
    name: string,
    modules: readonly [convolution: string, batchNorm: string],
    input: TensorId,
    shape: { readonly outputChannels: number; readonly kernel: 1 | 3; readonly stride: number },
    activation: RealClamp | null,
  ): TensorId {
    const { outputChannels } = shape;
    const kernel = [shape.kernel, shape.kernel] as const;
    const inputChannels = mapShape(this.#builder.shapeOf(input)).channels;
    const weights = this.#source.convolution(modules[0], { outputChannels, kernel, inputChannels });
    const output = this.#builder.add(
      'conv2d',
      name,
      [input],
      {
        outputChannels,
        kernel,
        stride: [shape.stride, shape.stride],
        padding: this.#padding(kernel),
        groups: 1,
        activation: null,
      },
      { weights, bias: new Float32Array(outputChannels) },
    );
    return this.#normalize(name, modules[1], output, activation);
  }

  depthwise(name: string, modules: readonly [string, string], input: TensorId, stride: number): TensorId {
    const kernel = [3, 3] as const;
    const channels = mapShape(this.#builder.shapeOf(input)).channels;
    const weights = this.#source.depthwise(modules[0], kernel, channels);
    const output = this.#builder.add(
      'depthwiseConv2d',
      name,
      [input],
      { kernel, stride: [stride, stride], padding: this.#padding(kernel), multiplier: 1, activation: null },
      { weights, bias: new Float32Array(channels) },
    );
    return this.#normalize(name, modules[1], output, RELU6);
  }

  /** The paper's bottleneck residual block (table 1 and figure 4): expand by t, depthwise, linear projection. */
  invertedResidual(
    name: string,
    module: string,
    input: TensorId,
    row: { t: number; channels: number; stride: number },
  ): TensorId {
    const inputChannels = mapShape(this.#builder.shapeOf(input)).channels;
    const isExpanded = row.t !== 1 || this.#settings.unitExpansion;
    // Without expansion, the state dict counts modules one lower.
    const [depthwise, project, projectNorm] = isExpanded ? ['1', '2', '3'] : ['0', '1', '2'];
    const hidden = inputChannels * row.t;
    const expanded = !isExpanded
      ? input
      : this.convolution(
          `${name}_expand`,
          [`${module}.conv.0.0`, `${module}.conv.0.1`],
          input,
          { outputChannels: hidden, kernel: 1, stride: 1 },
          RELU6,
        );
    const filtered = this.depthwise(
      `${name}_depthwise`,
      [`${module}.conv.${depthwise}.0`, `${module}.conv.${depthwise}.1`],
      expanded,
      row.stride,
    );
    const projected = this.convolution(
      `${name}_project`,
      [`${module}.conv.${project}`, `${module}.conv.${projectNorm}`],
      filtered,
      { outputChannels: row.channels, kernel: 1, stride: 1 },
      null,
    );
    return row.stride === 1 && inputChannels === row.channels
      ? this.#builder.add('add', `${name}_add`, [input, projected], { activation: null }, {})
      : projected;
  }
}

/** All layers, from the input to the output. */
function assemble(builder: GraphBuilder, source: ParameterSource, settings: Settings): TensorId {
  const { width, channelDivisor: divisor, classes } = settings;
  const layers = new Layers(builder, source, settings);

  const image = builder.input('image', [1, ...settings.resolution, settings.channels]);
  const stem = { outputChannels: scaledChannels(STEM_CHANNELS, width, divisor), kernel: 3, stride: 2 } as const;
  let x = layers.convolution('stem', ['features.0.0', 'features.0.1'], image, stem, RELU6);
  let index = 1;
  for (const [t, c, n, s] of settings.blocks) {
    for (let repetition = 0; repetition < n; repetition += 1, index += 1) {
      const row = { t, channels: scaledChannels(c, width, divisor), stride: repetition === 0 ? s : 1 };
      x = layers.invertedResidual(`block_${index}`, `features.${index}`, x, row);
    }
  }
  // Section 4.1: the width multiplier is applied to the last convolution only where it is above 1.
  const last = {
    outputChannels: scaledChannels(LAST_CHANNELS, Math.max(1, width), divisor),
    kernel: 1,
    stride: 1,
  } as const;
  x = layers.convolution('head', [`features.${index}.0`, `features.${index}.1`], x, last, RELU6);
  if (settings.head === 'classifier') {
    x = builder.add('averagePool', 'pool', [x], { window: 'global', activation: null }, {});
    x = builder.add('reshape', 'flatten', [x], { shape: [1, last.outputChannels] }, {});
    const parameters = source.linear('classifier.1', classes, last.outputChannels);
    x = builder.add('fullyConnected', 'classifier', [x], { outputs: classes, activation: null }, { ...parameters });
  }
  return x;
}

/**
 * The network as a float graph with live BatchNorm.
 * @param source weights; seeded ones unless given, which serve planning and tests
 * @throws SnugError where an option or a weight does not fit
 */
export function mobilenetV2(
  options: MobilenetV2Options = {},
  source: ParameterSource = seededParameters(1),
): Graph<'float'> {
  const settings = settingsOf(options, source.conventions);
  checkNetworkSize((builder, counted) => assemble(builder, counted, settings));
  const builder = graphBuilder(settings.name, source.origin);
  const output = assemble(builder, source, settings);
  source.finish();
  return builder.finish(output);
}
