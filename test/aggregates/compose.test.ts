import { describe, expect, expectTypeOf, it } from 'vitest';
import type { AggregateOf } from '../../src/core/aggregate.js';
import { compose, toAggregate } from '../../src/aggregates/compose.js';
import { count } from '../../src/aggregates/count.js';
import { last } from '../../src/aggregates/last.js';
import { max } from '../../src/aggregates/max.js';
import { mean } from '../../src/aggregates/mean.js';
import { min } from '../../src/aggregates/min.js';
import { sum } from '../../src/aggregates/sum.js';
import { top } from '../../src/aggregates/top.js';
import { passesSuite, resultOf } from './kit.js';

interface Order {
  readonly id: string;
  readonly total: number;
}
const samples: readonly Order[] = [{ id: 'a', total: 3 }, { id: 'b', total: 8 }, { id: 'c', total: -1 }];
const total = (order: Order): number => order.total;
const totals = (values: readonly Order[]): number[] => values.map(total);
const plain = {
  n: (values: readonly Order[]): number => values.length,
  sum: (values: readonly Order[]): number => totals(values).reduce((a, b) => a + b, 0),
  max: (values: readonly Order[]): number | undefined => (values.length === 0 ? undefined : Math.max(...totals(values))),
  min: (values: readonly Order[]): number | undefined => (values.length === 0 ? undefined : Math.min(...totals(values))),
};

describe('compose', () => {
  const { n, sum: s, max: x, min: m } = plain;
  describe('of none', () => passesSuite(() => compose({}), { samples, oracle: () => ({}) }));
  describe('of one', () => passesSuite(() => compose({ n: count() }), { samples, oracle: v => ({ n: n(v) }) }));
  describe('of two', () => passesSuite(() => compose({ n: count(), s: sum(total) }), { samples, oracle: v => ({ n: n(v), s: s(v) }) }));
  describe('of three', () => passesSuite(() => compose({ n: count(), s: sum(total), x: max(total) }), { samples, oracle: v => ({ n: n(v), s: s(v), x: x(v) }) }));
  describe('of four', () => passesSuite(() => compose({ n: count(), s: sum(total), x: max(total), m: min(total) }), { samples, oracle: v => ({ n: n(v), s: s(v), x: x(v), m: m(v) }) }));
  describe('of five', () => passesSuite(() => compose({ n: count(), s: sum(total), x: max(total), m: min(total), n2: count() }), { samples, oracle: v => ({ n: n(v), s: s(v), x: x(v), m: m(v), n2: n(v) }) }));
  describe('of objects of aggregates', () => passesSuite(() => compose({ inner: compose({ n: count() }), s: sum(total) }), { samples, oracle: v => ({ inner: { n: n(v) }, s: s(v) }) }));

  it('subtracts and commutes only if all members do', () => {
    expect([compose({ a: count(), b: sum(total) }).subtract === undefined, compose({ a: count(), b: max(total) }).subtract === undefined]).toEqual([false, true]);
    expect([compose({ a: count(), b: max(total) }).commutative, compose({ a: count(), b: last<Order>() }).commutative]).toEqual([true, false]);
  });
  it('takes what all of its members take', () => {
    const both = compose({ n: count(), s: sum(total), best: max((bid: { price: number }) => bid.price) });
    expectTypeOf(both.add).parameter(1).toEqualTypeOf<Order & { price: number }>();
    expectTypeOf(both.result).returns.toEqualTypeOf<{ n: number; s: number; best: number | undefined }>();
  });
  it('has the names of its members', () => expect(compose({ orders: count(), spend: sum(total) }).name).toBe('{ orders: count, spend: sum }'));
  it('takes names that plain objects choke on', () => {
    const names = ['__proto__', 'constructor', 'add', 'zero', 'toString', ''];
    const result = resultOf(compose(Object.fromEntries(names.map(name => [name, count()]))), [1, 2]);
    expect(Object.entries(result)).toEqual(names.map(name => [name, 2]));
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  });
});

describe('one aggregate or an object of them', () => {
  /** As the windowed stream declares it. */
  const windowed = <T>() => ({ aggregate: <R>(of: AggregateOf<T, R>) => toAggregate(of) });
  const orders = windowed<Order>();

  it('infers the result from either, and the record inside', () => {
    const spend = orders.aggregate({ orders: count(), spend: sum(o => o.total), mean: mean(o => o.total), last: last(o => o.id), best: top(3, o => o.total) });
    expectTypeOf(spend.result).returns.toEqualTypeOf<{ orders: number; spend: number; mean: number | undefined; last: string | undefined; best: readonly Order[] }>();
    const one = orders.aggregate(sum(o => o.total));
    expectTypeOf(one.result).returns.toEqualTypeOf<number>();
    expect(resultOf(one, samples)).toBe(10);
    expect(resultOf(orders.aggregate({ n: count() }), samples)).toEqual({ n: 3 });
    // @ts-expect-error no such field
    orders.aggregate({ s: sum(o => Number(o.totl)) });
  });
  it('knows an aggregate from an object with a member called add', () => {
    expect(resultOf(orders.aggregate({ add: count(), zero: count() }), samples)).toEqual({ add: 3, zero: 3 });
    expect(resultOf(orders.aggregate(count()), samples)).toBe(3);
  });
});
