/** Two records into one, again and again: for operations that have no zero. */
import type { Aggregate } from '../core/aggregate.js';

/**
 * Combines records pairwise in order of arrival; `undefined` of none, the record itself of one.
 *
 * @param combine associative: `combine(combine(a, b), c)` equals `combine(a, combine(b, c))`. Returns a new value or one of the two; changes neither.
 * @example
 * ```ts
 * import { Stream, reduce, tumbling } from 'millrace';
 *
 * const bids = Stream.from([{ at: 0, price: 3 }, { at: 1, price: 7 }]).timestamps(bid => bid.at);
 * const highest = bids.window(tumbling('1m')).aggregate(reduce((a, b) => (b.price > a.price ? b : a)));
 * for await (const { value } of highest) console.log(value?.price); // 7
 * ```
 */
export function reduce<T>(combine: (a: T, b: T) => T): Aggregate<T, { readonly value: T } | null, T | undefined> {
  return {
    name: 'reduce',
    code: String(combine),
    zero: () => null,
    add: (acc, value) => ({ value: acc === null ? value : combine(acc.value, value) }),
    merge: (a, b) => (b === null ? a : { value: a === null ? b.value : combine(a.value, b.value) }),
    result: acc => acc?.value,
  };
}
