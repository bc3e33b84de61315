import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { map, type Observable } from 'rxjs';
import { ConfigurationError, Stream, toArray, type Sink } from '../../src/index.js';
import { errorOf, valuesOf } from '../operators/kit.js';

/** Calls a method as untyped code may: without its options. */
const untyped = (stream: object, method: string, ...given: readonly unknown[]): Stream<unknown> => (stream as Record<string, (...given: readonly unknown[]) => Stream<unknown>>)[method]!.apply(stream, [...given]);
const problemsOf = async (stream: Stream<unknown>): Promise<readonly string[]> => {
  const error = await errorOf(stream.collect());
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).problems.map(p => `${p.where}: ${p.what}`);
};

describe('Stream', () => {
  it('is immutable: what is built on it leaves it as it was', async () => {
    const numbers = Stream.from([1, 2, 3]);
    const doubled = numbers.map(n => n * 2);
    expect([await valuesOf(numbers), await valuesOf(doubled), await valuesOf(numbers)]).toEqual([[1, 2, 3], [2, 4, 6], [1, 2, 3]]);
  });
  it('generate counts, via hands itself to an operator of your own, split parts', async () => {
    const squares = Stream.generate(i => i * i, { count: 4 });
    const [even, odd] = squares.split(n => n % 2 === 0);
    expect(await valuesOf(squares.via(s => s.map(n => n + 1)))).toEqual([1, 2, 5, 10]);
    expect([await valuesOf(even), await valuesOf(odd)]).toEqual([[0, 4], [1, 9]]);
  });
  it('describe shows the plan up to here', () => {
    expect(Stream.from([1]).map(n => n, { name: 'same' }).describe()).toContain('map "same"');
  });
  it('options left out altogether are configuration errors of the step', async () => {
    const numbers = Stream.from([1]);
    const later = async (n: unknown): Promise<unknown> => n;
    expect(await problemsOf(untyped(numbers, 'mapAsync', later))).toEqual(['mapAsync: option `concurrency` is missing.']);
    expect(await problemsOf(untyped(numbers, 'mapBatch', later))).toEqual(['mapBatch: option `size` is missing.', 'mapBatch: option `within` is missing.']);
    expect(await problemsOf(untyped(numbers, 'enrich', later))).toEqual(['enrich: option `key` is undefined, not a function.']);
    expect(await problemsOf(untyped(numbers, 'rateLimit'))).toEqual(['rateLimit: option `records` is missing.', 'rateLimit: option `per` is missing.']);
    const keyed = untyped(numbers.keyBy(n => n), 'mapAsync', later) as unknown as ReturnType<typeof numbers.keyBy<number>>;
    expect(await problemsOf(keyed.process({ name: 'p', emits: {}, init: () => 0, onData: () => {} }))).toEqual(['mapAsync: option `concurrency` is missing.']);
  });
});

describe('the types of a stream', () => {
  const orders = Stream.from([{ id: 'a', total: 1 }]);
  it('follow the functions', () => {
    expectTypeOf(orders.map(o => o.total)).toEqualTypeOf<Stream<number>>();
    expectTypeOf(orders.flatMap(o => [o.id])).toEqualTypeOf<Stream<string>>();
    expectTypeOf(orders.parse(z.object({ id: z.string() }))).toEqualTypeOf<Stream<{ id: string }>>();
    expectTypeOf(orders.merge(Stream.from([1]))).toEqualTypeOf<Stream<{ id: string; total: number } | number>>();
    expectTypeOf(orders.pipe(map(o => o.id))).toEqualTypeOf<Stream<string>>();
    expectTypeOf(orders.toObservable()).toEqualTypeOf<Observable<{ id: string; total: number }>>();
    expectTypeOf(Stream.from<string | number>(['a', 1]).filter(v => typeof v === 'string')).toEqualTypeOf<Stream<string>>();
  });
  it('refuse a sink of another type and a field that is not there', () => {
    const texts: Sink<string> = toArray<string>([]);
    // @ts-expect-error a sink of texts cannot take orders
    orders.to(texts);
    // @ts-expect-error no such field
    orders.filter(o => o.totl === 1);
    // @ts-expect-error how many calls at once has no default
    expect(() => orders.mapAsync(async o => o)).not.toThrow();
    expectTypeOf(orders.to).toBeFunction();
  });
});
