/** How many records of each value. */
import type { Aggregate } from '../core/aggregate.js';
import { canonicalKey, compareKeys, keyText } from '../core/key.js';
import type { Key } from '../core/values.js';

/** A value, and how many records have it. */
export interface Counted<out K> {
  readonly key: K;
  readonly count: number;
}

/** By the text that is the same for equal values. */
export type Counts<K> = Map<string, Counted<K>>;

function put<K extends Key>(counts: Counts<K>, text: string, key: K, by: number): void {
  const count = (counts.get(text)?.count ?? 0) + by;
  if (count === 0) counts.delete(text);
  else counts.set(text, { key, count });
}
function combine<K extends Key>(a: Counts<K>, b: Counts<K>, sign: 1 | -1): Counts<K> {
  for (const [text, { key, count }] of b) put(a, text, key, sign * count);
  return a;
}

/**
 * How many records have each value, the most frequent first; equal numbers in order of the values. It keeps one number per distinct value.
 *
 * @param of what is counted: a key, as for `keyBy`. `undefined`, `null`, NaN or an object is an error of that record.
 * @returns an aggregate of `{ key, count }`. For counts by ranges of numbers there is {@link histogram}.
 * @example
 * ```ts
 * import { Stream, countBy, tumbling } from 'millrace';
 *
 * const visits = Stream.from([{ at: 0, page: '/' }, { at: 1, page: '/docs' }, { at: 2, page: '/' }]).timestamps(visit => visit.at);
 * for await (const { value } of visits.window(tumbling('1m')).aggregate(countBy(visit => visit.page))) console.log(value[0]); // { key: '/', count: 2 }
 * ```
 */
export function countBy<T, const K extends Key>(of: (value: T) => K): Aggregate<T, Counts<K>, readonly Counted<K>[]> {
  return {
    name: 'countBy',
    code: String(of),
    commutative: true,
    zero: () => new Map(),
    add(counts, value) {
      const key = canonicalKey(of(value)) as K; // the same value; a negative zero is 0
      put(counts, keyText(key), key, 1);
      return counts;
    },
    merge: (a, b) => combine(a, b, 1),
    subtract: (acc, part) => combine(acc, part, -1),
    result: counts => [...counts.values()].sort((a, b) => b.count - a.count || compareKeys(a.key, b.key)),
  };
}
