/** Small networks for tests of the TensorFlow Lite frontend, written by `tflite-writer.ts`. */
import { type ModelSpec, type OperatorSpec, type OptionSpec, ramp, type TensorSpec } from './tflite-writer.ts';

const SCALE = 0.05;

/** An int8 activation. */
export function act(name: string, shape: readonly number[], scale: number = SCALE, zeroPoint: number = -3): TensorSpec {
  return { name, type: 'INT8', shape, scales: [scale], zeroPoints: [zeroPoint] };
}

export function int32(name: string, data: readonly number[], shape: readonly number[] = [data.length]): TensorSpec {
  return { name, type: 'INT32', shape, data };
}

/** Int8 weights with one scale for each channel along `axis`. */
export function weights(name: string, shape: readonly number[], axis: number = 0): TensorSpec {
  const count = shape.reduce((a, b) => a * b, 1);
  const scales = Array.from({ length: shape[axis]! }, (_, i) => 0.01 + 0.003 * i);
  return { name, type: 'INT8', shape, scales, axis, data: ramp(count, 127) };
}

export const PADDING: Readonly<Record<'same' | 'valid', OptionSpec>> = {
  same: [0, 'int8', 0],
  valid: [0, 'int8', 1],
};

/** Options of a convolution: padding, stride, fused activation by number. */
export function convolutionOptions(
  padding: 'same' | 'valid',
  stride: number = 1,
  activation: number = 0,
  depthwise: boolean = false,
): readonly OptionSpec[] {
  return [PADDING[padding], [1, 'int32', stride], [2, 'int32', stride], [depthwise ? 4 : 3, 'int8', activation]];
}

/** One operator between the input `x` and the output `y`. */
export function oneOperator(
  x: TensorSpec,
  y: TensorSpec,
  operator: Pick<OperatorSpec, 'name' | 'options' | 'list'>,
  constants: readonly TensorSpec[] = [],
): ModelSpec {
  return {
    tensors: [x, ...constants, y],
    operators: [{ ...operator, inputs: [x.name, ...constants.map(({ name }) => name)], outputs: [y.name] }],
    inputs: [x.name],
    outputs: [y.name],
  };
}

/** Convolution, depthwise convolution, MEAN, FULLY_CONNECTED: what the tests of damage and of sizes change. */
export function chain(shape: readonly number[] = [1, 8, 8, 3]): ModelSpec {
  const [, height = 0, width = 0] = shape;
  const half = [1, Math.ceil(height / 2), Math.ceil(width / 2), 4];
  return {
    tensors: [
      act('x', shape),
      weights('w', [4, 3, 3, 3]),
      int32('b', [100, -200, 300, -400]),
      act('c', half, 0.1),
      weights('dw', [1, 3, 3, 4], 3),
      int32('db', [1, 2, 3, 4]),
      act('d', half, 0.2),
      int32('axes', [1, 2]),
      act('m', [1, 4], 0.15, 9),
      weights('fw', [5, 4]),
      act('y', [1, 5], 0.3),
    ],
    operators: [
      { name: 'CONV_2D', inputs: ['x', 'w', 'b'], outputs: ['c'], options: convolutionOptions('same', 2, 3) },
      {
        name: 'DEPTHWISE_CONV_2D',
        inputs: ['c', 'dw', 'db'],
        outputs: ['d'],
        options: convolutionOptions('same', 1, 1, true),
      },
      { name: 'MEAN', inputs: ['d', 'axes'], outputs: ['m'] },
      { name: 'FULLY_CONNECTED', inputs: ['m', 'fw', ''], outputs: ['y'] },
    ],
    inputs: ['x'],
    outputs: ['y'],
  };
}

/**
 * Changes of scale that no convolution makes: a QUANTIZE in the midst, RELU and RELU_N1_TO_1 with outputs of their own, and a
 * fused RELU_N1_TO_1 whose lower bound lies half way between two steps.
 */
export function rescales(): ModelSpec {
  const map = [1, 4, 4, 3];
  return {
    tensors: [
      act('x', map),
      act('q', map, 0.031, 11),
      act('r', map, 0.021, -128),
      act('s', map, 0.4, 2),
      weights('w', [3, 1, 1, 3]),
      int32('b', [-4000, 0, 4000]),
      act('y', map, 2 / 3, 5),
    ],
    operators: [
      { name: 'QUANTIZE', inputs: ['x'], outputs: ['q'] },
      { name: 'RELU', inputs: ['q'], outputs: ['r'] },
      { name: 'CONV_2D', inputs: ['r', 'w', 'b'], outputs: ['s'], options: convolutionOptions('valid', 1, 2) },
      { name: 'RELU_N1_TO_1', inputs: ['s'], outputs: ['y'] },
    ],
    inputs: ['x'],
    outputs: ['y'],
  };
}

/** A network of 2018: uint8 throughout, one scale, weights around `zeroPoint`. */
export function legacy(zeroPoint: number): ModelSpec {
  const uint8 = (name: string, shape: readonly number[], scale: number, point: number): TensorSpec => ({
    name,
    type: 'UINT8',
    shape,
    scales: [scale],
    zeroPoints: [point],
  });
  const kernel = (name: string, shape: readonly number[]): TensorSpec => ({
    ...uint8(name, shape, 0.013, zeroPoint),
    data: ramp(
      shape.reduce((a, b) => a * b, 1),
      127,
    ).map(value => value + 128),
  });
  return {
    tensors: [
      uint8('x', [1, 6, 6, 3], 0.0078125, 128),
      kernel('w', [4, 3, 3, 3]),
      int32('b', [500, -500, 250, 0]),
      uint8('c', [1, 3, 3, 4], 0.0235, 0),
      kernel('dw', [1, 3, 3, 4]),
      int32('db', [-900, 800, 700, -600]),
      uint8('d', [1, 3, 3, 4], 0.04, 120),
      uint8('p', [1, 1, 1, 4], 0.04, 120),
      kernel('fw', [5, 4]),
      int32('fb', [1, 20, 300, -4000, 5]),
      uint8('y', [1, 5], 0.05, 100),
    ],
    operators: [
      { name: 'CONV_2D', inputs: ['x', 'w', 'b'], outputs: ['c'], options: convolutionOptions('same', 2, 3) },
      {
        name: 'DEPTHWISE_CONV_2D',
        inputs: ['c', 'dw', 'db'],
        outputs: ['d'],
        options: [...convolutionOptions('same', 1, 0, true), [3, 'int32', 1]],
      },
      {
        name: 'AVERAGE_POOL_2D',
        inputs: ['d'],
        outputs: ['p'],
        options: [PADDING.valid, [1, 'int32', 3], [2, 'int32', 3], [3, 'int32', 3], [4, 'int32', 3]],
      },
      { name: 'FULLY_CONNECTED', inputs: ['p', 'fw', 'fb'], outputs: ['y'] },
    ],
    inputs: ['x'],
    outputs: ['y'],
  };
}

/**
 * Convolution, depthwise convolution, pointwise convolution, MEAN, FULLY_CONNECTED. Every other channel of the depthwise layer
 * has tiny weights and a bias beyond 2^30, which no network that snug quantizes itself has.
 */
export function largeBiases(): ModelSpec {
  const channels = 20;
  const map = [1, 12, 10, channels];
  const isLarge = (c: number): boolean => c % 2 === 1;
  const each = (value: (c: number) => number): readonly number[] =>
    Array.from({ length: channels }, (_, c) => value(c));
  return {
    tensors: [
      act('x', [1, 24, 20, 3]),
      weights('w', [channels, 3, 3, 3]),
      int32(
        'b',
        each(c => 100 * c - 800),
      ),
      act('c', map, 0.1),
      { ...weights('dw', [1, 3, 3, channels], 3), scales: each(c => (isLarge(c) ? 5e-8 : 0.01)) },
      int32(
        'db',
        each(c => (isLarge(c) ? (c % 4 === 1 ? 1 : -1) * (1.1e9 + 4e7 * c) : 70 * c - 700)),
      ),
      act('d', map, 0.1, 4),
      weights('pw', [8, 1, 1, channels]),
      act('p', [1, 12, 10, 8], 0.7),
      int32('axes', [1, 2]),
      act('m', [1, 8], 0.15, 9),
      weights('fw', [5, 8]),
      act('y', [1, 5], 0.3),
    ],
    operators: [
      { name: 'CONV_2D', inputs: ['x', 'w', 'b'], outputs: ['c'], options: convolutionOptions('same', 2, 3) },
      {
        name: 'DEPTHWISE_CONV_2D',
        inputs: ['c', 'dw', 'db'],
        outputs: ['d'],
        options: convolutionOptions('same', 1, 0, true),
      },
      { name: 'CONV_2D', inputs: ['d', 'pw', ''], outputs: ['p'], options: convolutionOptions('valid') },
      { name: 'MEAN', inputs: ['p', 'axes'], outputs: ['m'] },
      { name: 'FULLY_CONNECTED', inputs: ['m', 'fw', ''], outputs: ['y'] },
    ],
    inputs: ['x'],
    outputs: ['y'],
  };
}
