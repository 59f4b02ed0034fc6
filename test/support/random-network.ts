/**
 * Small random networks of every operator: odd sizes, strides 1 and 2, kernels 1, 3, 5 and 7, all paddings, channel counts
 * that are no multiples of 4, residuals, clamps that cannot be fused. The same seed gives the same network.
 *
 * `edgeNetwork` draws what trained networks seldom have: maps and kernels of one row or one column, another padding on each
 * side, strides to 3, 1 and 2 channels, channels that are constant or zero, weights from 1e-6 to 1e4.
 */
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { mapShape } from '../../src/ir/shape.ts';
import type { TensorId } from '../../src/ir/units.ts';
import { type Random, seededRandom } from '../../src/numerics/random.ts';
import { type Padding, symmetricPadding, type Window } from '../../src/ops/window.ts';

const RELU6 = { min: 0, max: 6 };

/** At the edge each side of a window is drawn by itself, even kernels among them. */
const EDGE_SIDES: readonly number[] = [1, 1, 2, 3, 4, 5, 7];
const EDGE_STRIDES: readonly number[] = [1, 1, 2, 3];

class Generator {
  readonly #random: Random;
  readonly #builder;
  readonly #edge: boolean;
  #layers = 0;

  constructor(seed: number, edge: boolean) {
    this.#random = seededRandom(seed);
    this.#builder = graphBuilder(`net_${seed}`, 'seeded');
    this.#edge = edge;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#random.integer(choices.length)]!;
  }

  #chance(probability: number): boolean {
    return this.#random.uniform() < probability;
  }

  #normal(length: number, deviation: number): Float32Array {
    return Float32Array.from({ length }, () => deviation * this.#random.normal());
  }

  #name(kind: string): string {
    this.#layers += 1;
    return `${kind}_${this.#layers}`;
  }

  #map(x: TensorId) {
    return mapShape(this.#builder.shapeOf(x));
  }

  /** Constants of a layer: at the edge some of its outputs are zero, some constant, and all may be tiny or huge. */
  #constants(weights: Float32Array, bias: Float32Array, channelOf: (index: number) => number) {
    if (!this.#edge) return { weights, bias };
    const magnitude = this.#magnitude();
    const fate = Array.from(bias, () => this.#pick(['live', 'live', 'live', 'live', 'constant', 'zero'] as const));
    return {
      weights: weights.map((value, i) => (fate[channelOf(i)] === 'live' ? magnitude * value : 0)),
      bias: bias.map((value, channel) => (fate[channel] === 'zero' ? 0 : magnitude * value)),
    };
  }

  /** Mostly 1, else a power of ten from 1e-6 to 1e4. */
  #magnitude(): number {
    return this.#chance(0.7) ? 1 : 10 ** (10 * this.#random.uniform() - 6);
  }

  /** A number of output channels. */
  #channels(most: number): number {
    return this.#edge && this.#chance(0.5) ? 1 + this.#random.integer(2) : 1 + this.#random.integer(most);
  }

  /** At the edge: any padding on each side, so long as the window fits. */
  #edgeWindow(x: TensorId, sides: number = 5): Window {
    const { height, width } = this.#map(x);
    const kernel = this.#pick([
      [1, this.#pick(EDGE_SIDES)],
      [this.#pick(EDGE_SIDES), 1],
      [this.#pick(EDGE_SIDES), this.#pick(EDGE_SIDES)],
    ] as const);
    const stride = [this.#pick(EDGE_STRIDES), this.#pick(EDGE_STRIDES)] as const;
    const side = (): number => (this.#chance(0.4) ? 0 : this.#random.integer(sides));
    const padding = { top: side(), bottom: side(), left: side(), right: side() };
    const fits =
      height + padding.top + padding.bottom >= kernel[0] && width + padding.left + padding.right >= kernel[1];
    return { kernel, stride, padding: fits && this.#chance(0.8) ? padding : 'same' };
  }

  /** A window that fits the map, with any kind of padding. */
  #window(x: TensorId, kernels: readonly number[], strides: readonly number[] = [1, 1, 2]): Window {
    if (this.#edge) return this.#edgeWindow(x);
    const { height, width } = this.#map(x);
    const kernel = [this.#pick(kernels), this.#pick(kernels)] as const;
    const stride = [this.#pick(strides), this.#pick(strides)] as const;
    const side = (): number => this.#random.integer(3);
    const padding = this.#pick<Padding>([
      'same',
      'same',
      symmetricPadding(kernel),
      { top: side(), bottom: side(), left: side(), right: side() },
      'valid',
    ]);
    const fits = padding === 'valid' ? kernel[0] <= height && kernel[1] <= width : true;
    const window = { kernel, stride, padding: fits ? padding : 'same' } as const;
    // Explicit padding may be too little for a large kernel on a small map.
    const explicit = typeof window.padding === 'object' ? window.padding : null;
    const enough =
      explicit === null ||
      (height + explicit.top + explicit.bottom >= kernel[0] && width + explicit.left + explicit.right >= kernel[1]);
    return enough ? window : { kernel, stride, padding: 'same' };
  }

  #clamp(x: TensorId): TensorId {
    const activation = this.#pick([RELU6, { min: 0, max: Infinity }, { min: -0.5, max: 1.5 }]);
    return this.#builder.add('clamp', this.#name('clamp'), [x], activation, {});
  }

  #norm(x: TensorId): TensorId {
    const { channels } = this.#map(x);
    const around = (mean: number, deviation: number) => this.#normal(channels, deviation).map(v => mean + v);
    const variance = Float32Array.from({ length: channels }, () => 0.3 + this.#random.uniform());
    // At the edge a channel that training has switched off.
    const gamma = around(1, 0.2).map(v => (this.#edge && this.#chance(0.1) ? 0 : v));
    const parameters = { gamma, beta: around(0, 0.3), mean: around(0, 0.2), variance };
    return this.#builder.add('batchNorm', this.#name('norm'), [x], { epsilon: 1e-3 }, parameters);
  }

  #finishConvolution(x: TensorId): TensorId {
    const normalized = this.#chance(0.4) ? this.#norm(x) : x;
    return this.#chance(0.6) ? this.#clamp(normalized) : normalized;
  }

  #convolution(x: TensorId, outputChannels: number, window: Window, groups = 1): TensorId {
    const depth = (window.kernel[0] * window.kernel[1] * this.#map(x).channels) / groups;
    const parameters = this.#constants(
      this.#normal(outputChannels * depth, Math.sqrt(2 / depth)),
      this.#normal(outputChannels, 0.2),
      i => Math.floor(i / depth),
    );
    const attributes = { ...window, outputChannels, groups, activation: null };
    return this.#finishConvolution(this.#builder.add('conv2d', this.#name('conv'), [x], attributes, parameters));
  }

  #depthwise(x: TensorId, window: Window, multiplier = 1): TensorId {
    const channels = this.#map(x).channels * multiplier;
    const taps = window.kernel[0] * window.kernel[1];
    const parameters = this.#constants(
      this.#normal(channels * taps, Math.sqrt(2 / taps)),
      this.#normal(channels, 0.2),
      i => i % channels,
    );
    const attributes = { ...window, multiplier, activation: null };
    return this.#finishConvolution(
      this.#builder.add('depthwiseConv2d', this.#name('depthwise'), [x], attributes, parameters),
    );
  }

  #pointwise(x: TensorId, outputChannels: number): TensorId {
    return this.#convolution(x, outputChannels, { kernel: [1, 1], stride: [1, 1], padding: 'valid' });
  }

  #residual(x: TensorId): TensorId {
    const { channels } = this.#map(x);
    const expanded = this.#pointwise(x, channels * (1 + this.#random.integer(3)) + this.#random.integer(2));
    const kernel = this.#pick([1, 3, 5]);
    const filtered = this.#depthwise(expanded, { kernel: [kernel, kernel], stride: [1, 1], padding: 'same' });
    const projected = this.#pointwise(filtered, channels);
    const operands = this.#chance(0.5) ? [x, projected] : [projected, x];
    const sum = this.#builder.add('add', this.#name('add'), operands, { activation: null }, {});
    return this.#chance(0.3) ? this.#clamp(sum) : sum;
  }

  #grouped(x: TensorId): TensorId {
    const { channels } = this.#map(x);
    const groups = [2, 3, 5].find(g => channels % g === 0) ?? 1;
    return this.#convolution(x, groups * (1 + this.#random.integer(3)), this.#window(x, [1, 3]), groups);
  }

  #pad(x: TensorId): TensorId {
    const side = (): number => this.#random.integer(3);
    const attributes = { top: side(), bottom: side(), left: side(), right: side() };
    const padded = this.#builder.add('pad', this.#name('pad'), [x], attributes, {});
    // Half of them are followed by an operator that cannot take the padding over.
    return this.#chance(0.5) ? this.#depthwise(padded, this.#window(padded, [3])) : this.#clamp(padded);
  }

  #pool(x: TensorId): TensorId {
    const { height, width } = this.#map(x);
    const kernel = [Math.min(height, this.#pick([2, 3])), Math.min(width, this.#pick([2, 3]))] as const;
    const usual = {
      kernel,
      stride: [this.#pick([1, 2]), this.#pick([1, 2])] as const,
      padding: this.#pick(['same', 'valid'] as const),
    };
    const window = this.#edge ? this.#edgePool(x) : usual;
    return this.#builder.add('averagePool', this.#name('pool'), [x], { window, activation: null }, {});
  }

  /** Every window of a pool must see the map. */
  #edgePool(x: TensorId): Window {
    const { height, width } = this.#map(x);
    const { kernel, stride, padding } = this.#edgeWindow(x);
    const within = (pixels: number, axis: 0 | 1): number => Math.min(pixels, kernel[axis] - 1);
    const sides =
      typeof padding === 'string'
        ? padding
        : {
            top: within(padding.top, 0),
            bottom: within(padding.bottom, 0),
            left: within(padding.left, 1),
            right: within(padding.right, 1),
          };
    const fits =
      typeof sides === 'string' ||
      (height + sides.top + sides.bottom >= kernel[0] && width + sides.left + sides.right >= kernel[1]);
    return { kernel, stride, padding: fits ? sides : 'same' };
  }

  #body(x: TensorId): TensorId {
    switch (this.#random.integer(8)) {
      case 0:
      case 1:
        return this.#convolution(x, this.#channels(11), this.#window(x, [1, 3, 5]));
      case 2:
        return this.#depthwise(x, this.#window(x, [1, 3, 5, 7]), this.#pick(this.#edge ? [1, 1, 2, 3] : [1, 1, 1, 2]));
      case 3:
      case 4:
        return this.#residual(x);
      case 5:
        return this.#grouped(x);
      case 6:
        return this.#pad(x);
      default:
        return this.#pool(x);
    }
  }

  /** The row of means over the map, by one of the three ways to it. */
  #means(x: TensorId): TensorId {
    const { channels } = this.#map(x);
    const way = this.#layers % 4;
    if (way === 0) return this.#builder.add('mean', this.#name('mean'), [x], { keepDimensions: false }, {});
    const pooled =
      way === 1
        ? this.#builder.add('mean', this.#name('mean'), [x], { keepDimensions: true }, {})
        : this.#builder.add('averagePool', this.#name('gap'), [x], { window: 'global', activation: null }, {});
    return this.#builder.add('reshape', this.#name('flatten'), [pooled], { shape: [1, channels] }, {});
  }

  #head(x: TensorId): TensorId {
    const { channels } = this.#map(x);
    const flat = this.#means(x);
    const outputs = 2 + this.#random.integer(9);
    const parameters = this.#constants(this.#normal(outputs * channels, 1), this.#normal(outputs, 0.3), i =>
      Math.floor(i / channels),
    );
    const logits = this.#builder.add(
      'fullyConnected',
      this.#name('dense'),
      [flat],
      { outputs, activation: null },
      parameters,
    );
    return this.#chance(0.4) ? this.#builder.add('softmax', this.#name('softmax'), [logits], {}, {}) : logits;
  }

  /** Height, width and channels of the input. */
  #input(): readonly [number, number, number] {
    const size = (): number => 5 + this.#random.integer(11);
    if (!this.#edge) return [size(), size(), this.#pick([1, 2, 3, 3, 5, 7])];
    const long = 1 + this.#random.integer(15);
    const [height, width] = this.#pick([
      [1, long],
      [long, 1],
      [long, 1 + this.#random.integer(15)],
    ] as const);
    return [height, width, this.#pick([1, 1, 2, 2, 3, 4, 8])];
  }

  generate(): Graph<'float'> {
    let x = this.#builder.input('input', [1, ...this.#input()]);
    const depth = 2 + this.#random.integer(5);
    for (let layer = 0; layer < depth; layer += 1) x = this.#body(x);
    return this.#builder.finish(this.#chance(0.6) ? this.#head(x) : x);
  }
}

export function randomNetwork(seed: number): Graph<'float'> {
  return new Generator(seed, false).generate();
}

/** Some of them are refused when they are quantized, for a factor or a sum leaves int32. */
export function edgeNetwork(seed: number): Graph<'float'> {
  return new Generator(seed, true).generate();
}
