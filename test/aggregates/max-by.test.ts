import { describe, expect, it } from 'vitest';
import { maxBy } from '../../src/aggregates/max-by.js';
import { passesSuite, resultOf } from './kit.js';

interface Bid {
  readonly id: string;
  readonly price: number;
}
const bids: readonly Bid[] = [{ id: 'a', price: 3 }, { id: 'b', price: -1 }, { id: 'c', price: 3 }, { id: 'd', price: -1 }, { id: 'e', price: NaN }];
const price = (bid: Bid): number => bid.price;

describe('maxBy', () => {
  passesSuite(() => maxBy(price), {
    samples: bids,
    oracle: (values, times) =>
      values
        .map((value, i) => ({ value, i, time: times[i] ?? 0 }))
        .filter(({ value }) => !Number.isNaN(value.price))
        .toSorted((a, b) => b.value.price - a.value.price || a.time - b.time || a.i - b.i)[0]?.value,
  });
  it('takes the earliest of equal numbers, and what arrived first of equal times', () => {
    const same = [{ id: 'x', price: 1 }, { id: 'y', price: 1 }, { id: 'z', price: 1 }];
    expect(resultOf(maxBy(price), same, [5, 3, 3])?.id).toBe('y');
  });
  it('lets records without a number take no part', () => expect(resultOf(maxBy(price), [{ id: 'x', price: NaN }])).toBeUndefined());
});
