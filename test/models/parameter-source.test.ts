import { expect, test } from 'vitest';
import { printGraph } from '../../src/graph/print.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { type ParameterSource, seededParameters } from '../../src/models/parameter-source.ts';
import { zeroParameters } from '../support/plain-networks.ts';

const small = { width: 0.35, resolution: 32, classes: 10 };

test('the same seed gives the same network, another seed another', () => {
  const text = (seed: number) => printGraph(mobilenetV2(small, seededParameters(seed)));
  expect(text(3)).toBe(text(3));
  expect(text(3)).not.toBe(text(4));
  expect(mobilenetV2(small).weights).toBe('seeded');
});

test('asks for PyTorch’s module names, each once, and finishes last', () => {
  const asked: string[] = [];
  const zero = zeroParameters();
  const source: ParameterSource = {
    ...zero,
    convolution: (module, shape) => {
      asked.push(`${module} ${shape.outputChannels}×${shape.inputChannels}×${shape.kernel.join('×')}`);
      return zero.convolution(module, shape);
    },
    depthwise: (module, kernel, channels) => {
      asked.push(`${module} ${channels}×1×${kernel.join('×')}`);
      return zero.depthwise(module, kernel, channels);
    },
    batchNorm: (module, channels) => {
      asked.push(`${module} ${channels}`);
      return zero.batchNorm(module, channels);
    },
    linear: (module, outputs, inputs) => {
      asked.push(`${module} ${outputs}×${inputs}`);
      return zero.linear(module, outputs, inputs);
    },
    finish: () => asked.push('finish'),
  };
  mobilenetV2({ resolution: 32 }, source);
  expect(asked.slice(0, 13)).toEqual([
    'features.0.0 32×3×3×3',
    'features.0.1 32',
    'features.1.conv.0.0 32×1×3×3',
    'features.1.conv.0.1 32',
    'features.1.conv.1 16×32×1×1',
    'features.1.conv.2 16',
    'features.2.conv.0.0 96×16×1×1',
    'features.2.conv.0.1 96',
    'features.2.conv.1.0 96×1×3×3',
    'features.2.conv.1.1 96',
    'features.2.conv.2 24×96×1×1',
    'features.2.conv.3 24',
    'features.3.conv.0.0 144×24×1×1',
  ]);
  expect(asked.slice(-4)).toEqual([
    'features.18.0 1280×320×1×1',
    'features.18.1 1280',
    'classifier.1 1000×1280',
    'finish',
  ]);
  expect(new Set(asked).size).toBe(asked.length);
});
