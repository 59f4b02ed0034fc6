/**
 * Small random networks of every operator: odd sizes, strides 1 and 2, kernels 1, 3, 5 and 7, all paddings, channel counts
 * that are no multiples of 4, residuals, clamps that cannot be fused. The same seed gives the same network.
 */
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { mapShape } from '../../src/ir/shape.ts';
import type { TensorId } from '../../src/ir/units.ts';
import { type Random, seededRandom } from '../../src/numerics/random.ts';
import { type Padding, symmetricPadding, type Window } from '../../src/ops/window.ts';

const RELU6 = { min: 0, max: 6 };

class Generator {
  readonly #random: Random;
  readonly #builder;
  #layers = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#builder = graphBuilder(`net_${seed}`, 'seeded');
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

  /** A window that fits the map, with any kind of padding. */
  #window(x: TensorId, kernels: readonly number[], strides: readonly number[] = [1, 1, 2]): Window {
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
    const parameters = { gamma: around(1, 0.2), beta: around(0, 0.3), mean: around(0, 0.2), variance };
    return this.#builder.add('batchNorm', this.#name('norm'), [x], { epsilon: 1e-3 }, parameters);
  }

  #finishConvolution(x: TensorId): TensorId {
    const normalized = this.#chance(0.4) ? this.#norm(x) : x;
    return this.#chance(0.6) ? this.#clamp(normalized) : normalized;
  }

  #convolution(x: TensorId, outputChannels: number, window: Window, groups = 1): TensorId {
    const depth = (window.kernel[0] * window.kernel[1] * this.#map(x).channels) / groups;
    const parameters = {
      weights: this.#normal(outputChannels * depth, Math.sqrt(2 / depth)),
      bias: this.#normal(outputChannels, 0.2),
    };
    const attributes = { ...window, outputChannels, groups, activation: null };
    return this.#finishConvolution(this.#builder.add('conv2d', this.#name('conv'), [x], attributes, parameters));
  }

  #depthwise(x: TensorId, window: Window, multiplier = 1): TensorId {
    const channels = this.#map(x).channels * multiplier;
    const taps = window.kernel[0] * window.kernel[1];
    const parameters = {
      weights: this.#normal(channels * taps, Math.sqrt(2 / taps)),
      bias: this.#normal(channels, 0.2),
    };
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
    const window = {
      kernel,
      stride: [this.#pick([1, 2]), this.#pick([1, 2])] as const,
      padding: this.#pick(['same', 'valid'] as const),
    };
    return this.#builder.add('averagePool', this.#name('pool'), [x], { window, activation: null }, {});
  }

  #body(x: TensorId): TensorId {
    switch (this.#random.integer(8)) {
      case 0:
      case 1:
        return this.#convolution(x, 1 + this.#random.integer(11), this.#window(x, [1, 3, 5]));
      case 2:
        return this.#depthwise(x, this.#window(x, [1, 3, 5, 7]), this.#pick([1, 1, 1, 2]));
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
    const parameters = { weights: this.#normal(outputs * channels, 1), bias: this.#normal(outputs, 0.3) };
    const logits = this.#builder.add(
      'fullyConnected',
      this.#name('dense'),
      [flat],
      { outputs, activation: null },
      parameters,
    );
    return this.#chance(0.4) ? this.#builder.add('softmax', this.#name('softmax'), [logits], {}, {}) : logits;
  }

  generate(): Graph<'float'> {
    const size = (): number => 5 + this.#random.integer(11);
    let x = this.#builder.input('input', [1, size(), size(), this.#pick([1, 2, 3, 3, 5, 7])]);
    const depth = 2 + this.#random.integer(5);
    for (let layer = 0; layer < depth; layer += 1) x = this.#body(x);
    return this.#builder.finish(this.#chance(0.6) ? this.#head(x) : x);
  }
}

export function randomNetwork(seed: number): Graph<'float'> {
  return new Generator(seed).generate();
}
