/** The distinct values of records, and how many there are. */
import type { Aggregate } from '../core/aggregate.js';
import { canonicalKey, compareKeys, keyText } from '../core/key.js';
import type { Key } from '../core/values.js';

/** A value under the text that is the same for equal ones. */
export type Distinct<K extends Key> = Map<string, K>;

/**
 * Every distinct value once, in order: `false`, `true`, then numbers, bigints, texts, tuples, each among themselves. It keeps them all: where their number has no bound, neither has this set.
 *
 * @param of what is to be told apart: a key, as for `keyBy`. `undefined`, `null`, NaN or an object is an error of that record.
 * @example
 * ```ts
 * import { Stream, distinct, tumbling } from 'millrace';
 *
 * const visits = Stream.from([{ at: 0, user: 'b' }, { at: 1, user: 'a' }, { at: 2, user: 'b' }]).timestamps(visit => visit.at);
 * for await (const { value } of visits.window(tumbling('1m')).aggregate(distinct(visit => visit.user))) console.log(value); // ['a', 'b']
 * ```
 */
export function distinct<T, const K extends Key>(of: (value: T) => K): Aggregate<T, Distinct<K>, readonly K[]> {
  return { name: 'distinct', ...setOf(of), result: values => [...values.values()].sort(compareKeys) };
}

/** What {@link distinct} and `countDistinct` keep. */
export function setOf<T, K extends Key>(of: (value: T) => K): Omit<Aggregate<T, Distinct<K>, unknown>, 'name' | 'result'> {
  return {
    code: String(of),
    commutative: true,
    zero: () => new Map(),
    add(values, value) {
      const key = canonicalKey(of(value)) as K; // the same value; a negative zero is 0
      return values.set(keyText(key), key);
    },
    merge(a, b) {
      for (const [text, key] of b) a.set(text, key);
      return a;
    },
  };
}
