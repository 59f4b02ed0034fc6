/** Names that C and CMake take. */
import { expect, test } from 'vitest';
import { checkName, toIdentifier, uniqueIdentifiers } from '../../src/codegen/naming.ts';
import { refusalOf } from '../support/refusal.ts';

test.each(['digits', 'mbv2_100_224', 'a'])('%s is a name', name => {
  expect(checkName(name)).toBe(name);
});

test.each(['', 'Digits', '_digits', '2d', 'a-b', 'é', 'while', 'main'])('%j is no name in C', name => {
  expect(refusalOf(() => checkName(name))).toMatchObject({ code: 'SNUG101' });
});

test.each(['test', 'all', 'clean', 'help', 'install', 'package', 'snug_cmsis_nn'])('%s is a target already', name => {
  const { hint } = refusalOf(() => checkName(name));
  expect(hint).toContain(`such as ${name}_`);
  expect(checkName(toIdentifier(name))).toBe(`${name}_`);
});

test('what a model file is called becomes a name', () => {
  expect(['MobileNet v2.1', '__x__', '2d', 'test', 'é'].map(toIdentifier)).toEqual([
    'mobilenet_v2_1',
    'x',
    'n_2d',
    'test_',
    'n_',
  ]);
});

test('layers whose names become the same are numbered', () => {
  expect(uniqueIdentifiers(['a/b', 'a.b', 'a b', 'c'])).toEqual(['a_b', 'a_b_2', 'a_b_3', 'c']);
});
