import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Figures, paretoFront } from '../../../src/plan/level-3/pareto.ts';
import { holds } from '../../support/property.ts';

const figure = fc.integer({ min: 0, max: 6 });

test('keeps what no other item beats, one of equal ones, in the order of the first figure', () => {
  holds(
    fc.property(fc.array(fc.tuple(figure, figure, figure), { maxLength: 40 }), items => {
      const noWorse = (a: Figures, b: Figures): boolean => a.every((value, i) => value <= b[i]!);
      const distinct = items.filter((a, i) => items.findIndex(b => String(a) === String(b)) === i);
      const expected = distinct.filter(a => !distinct.some(b => a !== b && noWorse(b, a)));
      const front = paretoFront(items, item => item);
      expect(new Set(front.map(String))).toEqual(new Set(expected.map(String)));
      expect(front).toHaveLength(expected.length);
      expect(front.map(([first]) => first)).toEqual(front.map(([first]) => first).sort((a, b) => a - b));
    }),
  );
});

test('of equal items the first one stays', () => {
  const items = [
    { name: 'a', figures: [1, 2, 3] as const },
    { name: 'b', figures: [1, 2, 3] as const },
  ];
  expect(paretoFront(items, ({ figures }) => figures).map(({ name }) => name)).toEqual(['a']);
});
