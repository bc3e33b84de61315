/** How many distinct values. */
import type { Aggregate } from '../core/aggregate.js';
import type { Key } from '../core/values.js';
import { setOf, type Distinct } from './distinct.js';

/**
 * The number of distinct values, exactly. It keeps every one of them: where their number has no bound, neither has this.
 *
 * @param of what is to be told apart: a key, as for `keyBy`. `undefined`, `null`, NaN or an object is an error of that record.
 * @example
 * ```ts
 * import { Stream, countDistinct, tumbling } from 'millrace';
 *
 * const visits = Stream.from([{ at: 0, user: 'b' }, { at: 1, user: 'a' }, { at: 2, user: 'b' }]).timestamps(visit => visit.at);
 * for await (const { value } of visits.window(tumbling('1m')).aggregate(countDistinct(visit => visit.user))) console.log(value); // 2
 * ```
 */
export function countDistinct<T, const K extends Key>(of: (value: T) => K): Aggregate<T, Distinct<K>, number> {
  return { name: 'countDistinct', ...setOf(of), result: values => values.size };
}
