import { describe, expect, test } from 'vitest';
import { needsOf, QUANTIZE_PRESETS, recipeOf } from '../../src/passes/recipe.ts';

const GIVEN = { calibration: null, weightScales: 'channel', equalize: null } as const;
const TENSOR = { ...GIVEN, weightScales: 'tensor' } as const;

describe('presets', () => {
  test('do more from one to the next', () => {
    const [fast, balanced, best] = QUANTIZE_PRESETS.map(preset => recipeOf(preset, GIVEN));
    const shared = { weightScales: 'channel', absorbBias: false, equalize: false };
    expect(fast).toEqual({
      ...shared,
      calibration: { kind: 'minmax' },
      rounding: 'nearest',
      biasCorrection: 'analytic',
    });
    expect(balanced).toEqual({
      ...shared,
      calibration: { kind: 'mse' },
      rounding: 'compensated',
      biasCorrection: 'analytic',
    });
    expect(best).toEqual({
      ...shared,
      calibration: { kind: 'auto' },
      rounding: 'compensated',
      biasCorrection: 'empirical',
    });
  });

  test.each(QUANTIZE_PRESETS)('%s equalizes where one scale has to do for a layer', preset => {
    const recipe = recipeOf(preset, TENSOR);
    expect(recipe).toMatchObject({ weightScales: 'tensor', equalize: true, absorbBias: true });
    const { weightScales: _scales, equalize: _equalize, absorbBias: _absorb, ...others } = recipe;
    expect(recipeOf(preset, GIVEN)).toMatchObject(others);
  });

  test.each(QUANTIZE_PRESETS)('%s gives way to what is said besides', preset => {
    const calibration = { kind: 'percentile', coverage: 0.999 } as const;
    expect(recipeOf(preset, { ...GIVEN, calibration }).calibration).toBe(calibration);
    expect(recipeOf(preset, { ...GIVEN, equalize: true }).equalize).toBe(true);
    expect(recipeOf(preset, { ...TENSOR, equalize: false }).equalize).toBe(false);
  });
});

describe('what has to be measured', () => {
  test.each([
    ['fast', { histograms: false, channels: false, moments: 'means' }],
    ['balanced', { histograms: true, channels: false, moments: 'products' }],
    ['best', { histograms: true, channels: false, moments: 'products' }],
  ] as const)('for %s', (preset, needs) => {
    expect(needsOf(recipeOf(preset, GIVEN))).toEqual(needs);
  });

  test('to equalize, channels and products, also in `fast`', () => {
    expect(needsOf(recipeOf('fast', TENSOR))).toEqual({ histograms: false, channels: true, moments: 'products' });
  });

  test('extremes alone where nothing else is read', () => {
    const recipe = { ...recipeOf('fast', GIVEN), biasCorrection: 'none' } as const;
    expect(needsOf(recipe)).toEqual({ histograms: false, channels: false, moments: 'none' });
    expect(needsOf({ ...recipe, absorbBias: true }).channels).toBe(true);
    expect(needsOf({ ...recipe, rounding: 'compensated' }).moments).toBe('products');
    expect(needsOf({ ...recipe, calibration: { kind: 'entropy' } }).histograms).toBe(true);
  });
});
