import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { sum } from '../../src/aggregates/sum.js';
import { passesSuite, resultOf } from './kit.js';

const total = (order: { total: number }): number => order.total;

describe('sum', () => {
  passesSuite(() => sum(total), { samples: [{ total: 3 }, { total: -5 }, { total: 1e9 }], oracle: values => values.reduce((t, order) => t + order.total, 0) });
  describe('of numbers that do not add up in binary', () => {
    const cents = [0.1, 0.2, 0.3, 1e16, 1, -1e16];
    passesSuite(() => sum((x: number) => x), { samples: cents, oracle: values => Number((values.reduce((t, x) => t + BigInt(Math.round(x * 10)), 0n) * 10n) / 10n) / 10 });
  });
  it('is the same in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 })), xs => {
        expect(resultOf(sum((x: number) => x), xs.toReversed())).toBe(resultOf(sum((x: number) => x), xs));
      }),
    );
  });
  it('infers its record', () => expectTypeOf(sum(total).add).parameter(1).toEqualTypeOf<{ total: number }>());
});
