/** The open list gives back what it was given, the first one first. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OpenList } from '../../../src/plan/stream/open-list.ts';
import { holds } from '../../support/property.ts';

test('pops in order whatever the order of pushes, and in between', () => {
  holds(
    fc.property(fc.array(fc.option(fc.integer({ min: -20, max: 20 }), { nil: null })), actions => {
      const list = new OpenList<number>((a, b) => a - b);
      const model: number[] = [];
      // A number is pushed, null pops.
      for (const action of actions) {
        if (action === null) expect(list.pop()).toBe(model.sort((a, b) => a - b).shift());
        else {
          list.push(action);
          model.push(action);
        }
      }
      for (const value of model.sort((a, b) => a - b)) expect(list.pop()).toBe(value);
      expect(list.pop()).toBeUndefined();
    }),
    500,
  );
});
