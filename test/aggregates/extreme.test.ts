/** What `minBy` and `maxBy` do is tested with them; here their mirror. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { furthest } from '../../src/aggregates/extreme.js';
import { resultOf } from './kit.js';

it('the smallest is the largest of the opposite numbers', () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.nat(3))), records => {
      const times = records.map(([, time]) => time);
      const least = resultOf(furthest<readonly [number, number]>('least', ([x]) => x, -1), records, times);
      expect(resultOf(furthest<readonly [number, number]>('most', ([x]) => -x, 1), records, times)).toBe(least);
    }),
  ));
