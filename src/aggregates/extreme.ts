/** What `minBy` and `maxBy` share: the one record furthest in a direction. */
import type { Aggregate } from '../core/aggregate.js';
import type { Ranked } from './top.js';

/** The record in the lead; `null` before there is one. */
export type Extreme<T> = Ranked<T> | null;

/** Further first; then earlier; then in order of arrival. `sign` is 1 for the largest, -1 for the smallest. */
export function furthest<T>(name: string, by: (value: T) => number, sign: 1 | -1): Aggregate<T, Extreme<T>, T | undefined> {
  const beats = (rank: number, time: number, best: Ranked<T>): boolean => (rank === best.by ? time < best.time : sign * rank > sign * best.by);
  return {
    name,
    code: String(by),
    zero: () => null,
    add(best, value, time) {
      const rank = by(value);
      return best === null ? (Number.isNaN(rank) ? null : { value, by: rank, time }) : beats(rank, time, best) ? { value, by: rank, time } : best;
    },
    merge: (a, b) => (b === null ? a : a === null || beats(b.by, b.time, a) ? { value: b.value, by: b.by, time: b.time } : a),
    result: best => best?.value,
  };
}
