/** The latest record by event time. */
import type { Aggregate } from '../core/aggregate.js';
import { copyDated, type Dated } from './first.js';

/**
 * The record with the latest event time, or a part of it; `undefined` of none. Among equal times the one that arrived last, so it depends on the order of arrival there.
 *
 * @param of what to keep of the record; the record itself unless given. It becomes state, so keep little.
 * @example
 * ```ts
 * import { Stream, last, tumbling } from 'millrace';
 *
 * const prices = Stream.from([{ at: 5, price: 2 }, { at: 3, price: 1 }]).timestamps(quote => quote.at, { disorder: '1s' });
 * for await (const { value } of prices.window(tumbling('1m')).aggregate(last(quote => quote.price))) console.log(value); // 2
 * ```
 */
export function last<T, V = T>(of?: (value: T) => V): Aggregate<T, Dated<V>, V | undefined> {
  const part = of ?? ((value: T): V => value as unknown as V); // without `of`, V is T
  return {
    name: 'last',
    code: String(of ?? ''),
    zero: () => null,
    add: (acc, value, time) => (acc === null || time >= acc.time ? { value: part(value), time } : acc),
    merge: (a, b) => (a === null || (b !== null && b.time >= a.time) ? copyDated(b) : a),
    result: acc => acc?.value,
  };
}
