import { describe, expect, expectTypeOf, it } from 'vitest';
import { distinct } from '../../src/aggregates/distinct.js';
import { passesSuite, resultOf } from './kit.js';

describe('distinct', () => {
  passesSuite(() => distinct((x: number) => x), { samples: [10, 9, -2, 9], oracle: xs => [...new Set(xs)].toSorted((a, b) => a - b) });
  it('tells values of different types apart, in order', () =>
    expect(resultOf(distinct((x: string | number | boolean | bigint | readonly number[]) => x), ['1', 1, 1n, true, [1, 2], [1], false, '1', [1], -0, 0])).toEqual([false, true, 0, 1, 1n, '1', [1], [1, 2]]));
  it('infers the type of the values', () => expectTypeOf(distinct((o: { id: string }) => o.id).result).returns.toEqualTypeOf<readonly string[]>());
  it('refuses what cannot be a key', () => expect(() => resultOf(distinct((x: number) => x), [NaN])).toThrow(/key is NaN/));
});
