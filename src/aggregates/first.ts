/** The earliest record by event time. */
import type { Aggregate } from '../core/aggregate.js';
import type { Time } from '../core/values.js';

/** A record, or a part of it, with its event time; `null` before there is one. */
export type Dated<T> = { readonly value: T; readonly time: Time } | null;

export const copyDated = <T>(dated: Dated<T>): Dated<T> => (dated === null ? null : { value: dated.value, time: dated.time });

/**
 * The record with the earliest event time, or a part of it; `undefined` of none. Among equal times the one that arrived first, so it depends on the order of arrival there.
 *
 * @param of what to keep of the record; the record itself unless given. It becomes state, so keep little.
 * @example
 * ```ts
 * import { Stream, first, tumbling } from 'millrace';
 *
 * const prices = Stream.from([{ at: 5, price: 2 }, { at: 3, price: 1 }]).timestamps(quote => quote.at, { disorder: '1s' });
 * for await (const { value } of prices.window(tumbling('1m')).aggregate(first(quote => quote.price))) console.log(value); // 1
 * ```
 */
export function first<T, V = T>(of?: (value: T) => V): Aggregate<T, Dated<V>, V | undefined> {
  const part = of ?? ((value: T): V => value as unknown as V); // without `of`, V is T
  return {
    name: 'first',
    code: String(of ?? ''),
    zero: () => null,
    add: (acc, value, time) => (acc === null || time < acc.time ? { value: part(value), time } : acc),
    merge: (a, b) => (a === null || (b !== null && b.time < a.time) ? copyDated(b) : a),
    result: acc => acc?.value,
  };
}
