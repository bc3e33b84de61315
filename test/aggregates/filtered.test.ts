import { describe, expect, expectTypeOf, it } from 'vitest';
import type { AggregateOf } from '../../src/core/aggregate.js';
import { toAggregate } from '../../src/aggregates/compose.js';
import { count } from '../../src/aggregates/count.js';
import { filtered } from '../../src/aggregates/filtered.js';
import { sum } from '../../src/aggregates/sum.js';
import { passesSuite, resultOf } from './kit.js';

interface Order {
  readonly total: number;
  readonly paid: boolean;
}
const samples: readonly Order[] = [{ total: 1, paid: true }, { total: 2, paid: false }, { total: 4, paid: true }];

describe('filtered', () => {
  passesSuite(() => filtered(sum((order: Order) => order.total), (order: Order) => order.paid), { samples, oracle: orders => orders.filter(order => order.paid).reduce((total, order) => total + order.total, 0) });
  it('infers the record from the stream, also around an aggregate of anything', () => {
    const aggregate = <R>(of: AggregateOf<Order, R>) => toAggregate(of);
    const both = aggregate({ paid: filtered(count(), o => o.paid), spent: filtered(sum(o => o.total), o => o.paid) });
    expectTypeOf(both.result).returns.toEqualTypeOf<{ paid: number; spent: number }>();
    expect(resultOf(both, samples)).toEqual({ paid: 2, spent: 5 });
  });
});
