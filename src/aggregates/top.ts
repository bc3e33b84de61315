/** The largest few records. */
import type { Aggregate } from '../core/aggregate.js';
import type { Time } from '../core/values.js';

/** A record in the running. */
export interface Ranked<out T> {
  readonly value: T;
  readonly by: number;
  readonly time: Time;
}

/** Larger first; then earlier; then in order of arrival (the list is sorted with that kept). */
const ahead = (a: { readonly by: number; readonly time: Time }, b: { readonly by: number; readonly time: Time }): boolean => (a.by === b.by ? a.time < b.time : a.by > b.by);

/**
 * The `n` records with the largest numbers, largest first; fewer if there are fewer. Equal numbers: the earlier event time first, then the order of arrival.
 *
 * @param n how many, at least 1.
 * @param by the number of a record; records with NaN take no part.
 * @example
 * ```ts
 * import { Stream, top, tumbling } from 'millrace';
 *
 * const pages = Stream.from([{ at: 0, views: 3 }, { at: 1, views: 9 }, { at: 2, views: 5 }]).timestamps(page => page.at);
 * const best = pages.window(tumbling('1m')).aggregate(top(2, page => page.views));
 * for await (const { value } of best) console.log(value.map(page => page.views)); // [9, 5]
 * ```
 */
export function top<T>(n: number, by: (value: T) => number): Aggregate<T, Ranked<T>[], readonly T[]> {
  const insert = (list: Ranked<T>[], value: T, rank: number, time: Time): void => {
    const last = list.at(-1);
    if (list.length >= n && last !== undefined && !ahead({ by: rank, time }, last)) return;
    let index = list.length;
    const entry = { value, by: rank, time };
    for (let before = list[index - 1]; before !== undefined && ahead(entry, before); before = list[index - 1]) index--;
    list.splice(index, 0, entry);
    if (list.length > n) list.pop();
  };
  return {
    name: `top(${n})`,
    code: String(by),
    ...(Number.isInteger(n) && n > 0 ? {} : { problems: [`The number of records of top is ${n}, which is not a whole number above 0.`] }),
    zero: () => [],
    add(list, value, time) {
      const rank = by(value);
      if (!Number.isNaN(rank)) insert(list, value, rank, time);
      return list;
    },
    merge(a, b) {
      for (const { value, by: rank, time } of b) insert(a, value, rank, time);
      return a;
    },
    result: list => list.map(entry => entry.value),
  };
}
