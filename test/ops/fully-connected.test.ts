import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dequantizeArray } from '../../src/ir/quantization.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { fullyConnected } from '../../src/ops/fully-connected.ts';
import { exactClamp, exactRequantize } from '../support/fixed-point-oracle.ts';
import { type Application, applyFloat, applyInt8, LAYER, largestDifference, normals } from '../support/operators.ts';
import { holds } from '../support/property.ts';

function layer(inputs: number, outputs: number, relu6: boolean, seed: number): Application<'fullyConnected'> {
  const random = seededRandom(seed);
  return {
    kind: 'fullyConnected',
    attributes: { outputs, activation: relu6 ? { min: 0, max: 6 } : null },
    parameters: {
      weights: normals([inputs * outputs], random, 1 / Math.sqrt(inputs)).data,
      bias: normals([outputs], random).data,
    },
    inputs: [normals([1, inputs], random, 2)],
  };
}

test('float and int8 equal their definitions', () => {
  const counts = fc.integer({ min: 1, max: 40 });
  holds(
    fc.property(counts, counts, fc.boolean(), fc.integer(), (inputs, outputs, relu6, seed) => {
      const application = layer(inputs, outputs, relu6, seed);
      const { weights, bias } = application.parameters;
      const rows = [...bias.keys()];
      const float = applyFloat(application);
      const exactFloat = rows.map(o => {
        const sum = application.inputs[0]!.data.reduce((s, value, i) => s + value * weights[o * inputs + i]!, bias[o]!);
        return relu6 ? Math.min(Math.max(sum, 0), 6) : sum;
      });
      expect(largestDifference(float.data, exactFloat)).toBeLessThan(1e-5);

      const {
        parameters: q,
        inputs: [input],
        output,
      } = applyInt8(application, float);
      const exact = rows.map(o => {
        let acc = BigInt(q.bias[o]!);
        input!.data.forEach((value, i) => {
          acc += BigInt(value - input!.quantization.zeroPoint) * BigInt(q.weights[o * inputs + i]!);
        });
        const scaled = exactRequantize(acc, q.multipliers[o]!, q.shifts[o]!);
        return exactClamp(scaled + BigInt(output.quantization.zeroPoint), q.activation);
      });
      expect([...output.data]).toEqual(exact);
      const noise = input!.quantization.scale + 2 * Math.max(...q.weightScales);
      const bound = 6 * 0.29 * noise * Math.sqrt(inputs) + 1.5 * output.quantization.scale;
      expect(largestDifference(dequantizeArray(output.data, output.quantization), float.data)).toBeLessThan(bound);
    }),
    60,
  );
});

describe('shape and work', () => {
  const attributes = { outputs: 1000, activation: null };

  test('the classifier of MobileNetV2', () => {
    expect(fullyConnected.outputShape(attributes, [[1, 1280]], LAYER)).toEqual([1, 1000]);
    expect(fullyConnected.parameterShapes(attributes, [[1, 1280]])).toEqual({ weights: [1000, 1280], bias: [1000] });
    expect(fullyConnected.macs(attributes, [[1, 1280]], [1, 1000])).toBe(1_280_000);
  });

  test('a map is read in its order', () => {
    expect(fullyConnected.parameterShapes(attributes, [[1, 2, 3, 4]])).toEqual({ weights: [1000, 24], bias: [1000] });
  });
});
