import { expect, test } from 'vitest';
import { pad } from '../../src/ops/pad.ts';
import { type Application, applyFloat, applyInt8, LAYER, normals } from '../support/operators.ts';
import { refusalOf } from '../support/refusal.ts';

const SIDES = { top: 1, bottom: 2, left: 3, right: 0 };
const application: Application<'pad'> = {
  kind: 'pad',
  attributes: SIDES,
  parameters: {},
  inputs: [{ ...normals([1, 2, 3, 2], 8), data: normals([1, 2, 3, 2], 8).data.map(value => value + 2) }],
};

/** The padded map of `data`, asked element by element. */
function padded(data: ArrayLike<number>, border: number): number[] {
  const result: number[] = [];
  for (let y = -SIDES.top; y < 2 + SIDES.bottom; y += 1) {
    for (let x = -SIDES.left; x < 3 + SIDES.right; x += 1) {
      const inside = y >= 0 && y < 2 && x >= 0 && x < 3;
      for (let c = 0; c < 2; c += 1) result.push(inside ? data[(y * 3 + x) * 2 + c]! : border);
    }
  }
  return result;
}

test('float: a border of zeros', () => {
  const output = applyFloat(application);
  expect(output.shape).toEqual([1, 5, 6, 2]);
  expect([...output.data]).toEqual(padded(application.inputs[0]!.data, 0));
});

test('int8: a border of zero points, in the input’s quantization', () => {
  const { inputs, output } = applyInt8(application);
  const { zeroPoint } = inputs[0]!.quantization;
  expect(zeroPoint).not.toBe(0);
  expect([...output.data]).toEqual(padded(inputs[0]!.data, zeroPoint));
});

test('refusals name the layer', () => {
  const refused = (sides: Partial<typeof SIDES>, shape: readonly number[] = [1, 2, 3, 2]) => {
    const { code, origin } = refusalOf(() => pad.outputShape({ ...SIDES, ...sides }, [shape], LAYER));
    expect(origin).toEqual(LAYER);
    return code;
  };
  expect(refused({}, [1, 6])).toBe('SNUG301');
  expect(refused({ bottom: -1 })).toBe('SNUG303');
  expect(refused({ left: 0.5 })).toBe('SNUG303');
});
